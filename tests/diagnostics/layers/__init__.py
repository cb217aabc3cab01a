"""What a check of somebody else's layer must find, and what it must not."""
