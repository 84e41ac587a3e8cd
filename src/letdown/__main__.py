"""`python -m letdown` is the command `letdown`."""

import sys

from letdown.cli import main

__all__: list[str] = []

if __name__ == "__main__":
    sys.exit(main())
