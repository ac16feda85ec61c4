"""``python -m gpb.sandbox``."""

from gpb.sandbox.serve.command import sandbox

sandbox()
