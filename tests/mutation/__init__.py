"""Mutation testing: spoil the operations one small place at a time, and see whether a test fails.

`python -m tests.mutation` (`make mutants`) runs every mutant and rewrites SURVIVORS.md;
`test_share.py` runs a share of them with the ordinary tests.
"""
