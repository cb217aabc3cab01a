"""A nine, step by step: the tutorial's network in numbers, then the training it leaves out."""

import sys

from minitorchcnn.cli.tutorial import main

if __name__ == "__main__":
    sys.exit(main())
