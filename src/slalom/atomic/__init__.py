"""Files and folders that are whole or not there, whatever happens while they are written."""

from .reading import read_folder
from .scratch import scratch, sweep
from .writing import check_writable, replacing, write, write_folder, writing

__all__ = [
    "check_writable",
    "read_folder",
    "replacing",
    "scratch",
    "sweep",
    "write",
    "write_folder",
    "writing",
]
