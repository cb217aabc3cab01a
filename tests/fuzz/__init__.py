"""Broken files by the thousand: every reader must refuse them with a FormatError, or read them.

`mutations` spoils bytes, `forgeries` spoils what the bytes mean, `readers` is the table of what
is read and how, `cases` runs one file and judges. `make fuzz` runs the whole.
"""
