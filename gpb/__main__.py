"""``python -m gpb``."""

import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C while modules are loaded ends the process without a traceback

from gpb.cli import main  # noqa: E402

signal.signal(signal.SIGINT, signal.default_int_handler)
main()
