"""What a coordinator does at the desk, measured."""

from benchmarks.desk.tasks import measure

__all__ = ["measure"]
