"""Questions asked of the library, one script each, so that its claims can be repeated.

Each script prints a table, writes its figures and says the answer in plain words.
"""
