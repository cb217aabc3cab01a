"""Outside judges: test cases that others wrote for their own frameworks, put to our layers.

`make judges` runs them and shows the counts. They need the `judges` extra and are skipped
without it.
"""

NEEDED = "needs the judges extra: pip install 'minitorchcnn[judges]'"
