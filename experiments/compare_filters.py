"""Hand-set or learned filters: which serve better, for what, and from how many images on."""

import sys

from minitorchcnn.cli.compare import main

if __name__ == "__main__":
    sys.exit(main())
