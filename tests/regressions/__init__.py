"""Defects seen in other packages, by their numbers in the list that this library answers to.

Each has a check that our code passes. So that nobody has to believe the check, a copy of the
defect is planted in a textbook implementation: the textbook passes, the planted copy must fail.
"""
