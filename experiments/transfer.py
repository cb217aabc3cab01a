"""Whether a network that has only ever seen drawn digits reads people's handwriting."""

import sys

from minitorchcnn.cli.transfer import main

if __name__ == "__main__":
    sys.exit(main())
