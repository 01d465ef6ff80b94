"""The command line: it parses, calls the library and prints."""

from .entry import main

__all__ = ["main"]
