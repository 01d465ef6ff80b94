"""`python -m slalom`: the command line."""

import sys

from slalom.cli import main

if __name__ == "__main__":
    sys.exit(main())
