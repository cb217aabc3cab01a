"""Lets ``python -m minitorchcnn`` do what the `minitorchcnn` command does."""

import sys

from minitorchcnn.cli import main

if __name__ == "__main__":
    sys.exit(main())
