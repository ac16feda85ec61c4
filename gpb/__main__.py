"""``python -m gpb``."""

from gpb.cli import main

main()
