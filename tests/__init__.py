"""The tests, in folders like those of the program.

Whatever the environment says, compiled modules are kept: the processes that tests start would each compile them anew.
"""

from __future__ import annotations

import os
import sys

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
