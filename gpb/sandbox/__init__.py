"""A district in a box: Canvas and Focus over real HTTP, for trying the program out and for its tests.

It shares no code with the rest of the program, for a counterpart that did would prove nothing.
"""

from __future__ import annotations

from gpb.sandbox.config import SandboxConfig
from gpb.sandbox.district.world import World
from gpb.sandbox.serve.server import Running, running, serve

__all__ = ["Running", "SandboxConfig", "World", "running", "serve"]
