"""Two rules, or a rule and a library's own optimizer, compared."""

from .compare import diff
from .explaining import Explanation, Setting
from .result import Diff, Parting

__all__ = ["Diff", "Explanation", "Parting", "Setting", "diff"]
