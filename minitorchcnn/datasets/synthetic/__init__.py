"""Digits drawn by an imaginary pen."""
