"""`python -m nasreid`, the same as the command `nasreid`."""

import sys

from nasreid.cli import main

if __name__ == "__main__":
    sys.exit(main())
