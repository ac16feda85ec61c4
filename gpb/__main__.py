"""``python -m gpb``."""

import signal

# Ctrl-C while modules are loaded ends the process without a traceback; where it is ignored, as by nohup, it stays so.
_IS_USUAL = signal.getsignal(signal.SIGINT) is signal.default_int_handler
if _IS_USUAL:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from gpb.cli import main  # noqa: E402  # what it loads is what Ctrl-C may meet

if _IS_USUAL:
    signal.signal(signal.SIGINT, signal.default_int_handler)
main()
