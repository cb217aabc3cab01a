"""How the operations are made fast; nothing here needs to be known to understand them."""
