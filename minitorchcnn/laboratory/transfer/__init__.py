"""Networks that have seen drawn digits only, reading people's handwriting."""
