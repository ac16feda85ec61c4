"""The version, for the package, its user agent and the wheel alike."""

__version__ = "0.17.0"
