"""The machinery of the project's own questions; experiments/ asks them."""
