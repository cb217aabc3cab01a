"""What every operation should give, worked out by loops slow enough to be obviously right.

Each function follows the mathematical definition, one index at a time, in float64, and never
imports the library it is a witness for. Sizes are (height, width) pairs; padding is always
((top, bottom), (left, right)).
"""
