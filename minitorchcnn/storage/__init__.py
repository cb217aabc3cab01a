"""Files that are replaced whole or stay as they are, arrays and JSON in them, and their hashes."""
