"""The command line: the same verbs as the pages. Names and exit codes are fixed, others script against them."""

from gpb.cli.group import main

__all__ = ["main"]
