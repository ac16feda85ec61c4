"""``python -m gpb.sandbox``."""

from gpb.sandbox.command import sandbox

sandbox()
