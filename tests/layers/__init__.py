"""The layers: one table of cases, and one battery of tests that every case goes through."""
