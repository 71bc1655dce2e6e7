"""`python -m pcbin` is `pcbin`."""

from pcbin.cli import main

main()
