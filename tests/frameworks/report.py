"""What the tests compared, and the page that `make frameworks` writes of it."""

from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

ABOUT = """\
# In training frameworks

`make frameworks` trains the same small network twice within each framework, with PyTorch's own
optimizer and with Slalom's rule of the same formula and defaults, and writes this page. A gap is
the largest difference between any two parameters of the same place after training; where a run is
broken off and resumed from a checkpoint, that between the resumed run and one that was not broken
off. All runs are on the CPU; what several processes do, two processes do over gloo.
"""
MISSING = (
    (
        "`ZeroRedundancyOptimizer(overlap_with_ddp=True)`: PyTorch has it for its own optimizers "
        "alone, and says so when it is made."
    ),
    (
        "`FullyShardedDataParallelPlugin` of Accelerate as a whole: Accelerate takes it on "
        "accelerators alone. Its part on the optimizer, `fsdp2_switch_optimizer_parameters`, is "
        "in the table."
    ),
)
"""What does not work, or could not be compared, a line each."""


@dataclass(frozen=True)
class Row:
    """One comparison."""

    package: str
    what: str
    gap: float
    tolerance: float

    def __str__(self) -> str:
        name = f"{self.package} {metadata.version(self.package)}"
        gap = f"{self.gap:.1e}" if self.gap else "0"
        tolerance = f"{self.tolerance:.0e}" if self.tolerance else "0"
        return f"| {name} | {self.what} | {gap} | {tolerance} |"


class Report:
    """The comparisons of a session, each checked as it is made."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def compare(
        self,
        package: str,
        what: str,
        found: torch.Tensor,
        expected: torch.Tensor,
        start: torch.Tensor,
        tolerance: float,
    ) -> None:
        """Hold two trained models against each other, and note how far apart they are.

        Args:
            package: the distribution that is the framework.
            what: was compared, in the words of the framework.
            found: the parameters as Slalom's optimizer left them.
            expected: the parameters as PyTorch's left them, or an unbroken run.
            start: the parameters before training, so that what did not train is no agreement.
            tolerance: the largest gap that is allowed.
        """
        assert float((expected - start).abs().max()) > 10 * tolerance, "hardly trained"
        gap = float((found - expected).abs().max())
        assert gap <= tolerance, f"{package}, {what}: a gap of {gap:.1e}"
        self.rows.append(Row(package, what, gap, tolerance))

    def same(self, package: str, what: str, found: Any, expected: Any) -> None:
        """Hold two records that a framework wrote against each other, and note that they agree."""
        assert found == expected
        self.rows.append(Row(package, what, 0.0, 0.0))

    def page(self) -> str:
        """The page as it should be."""
        head = ["| framework | what | gap | tolerance |", "|---|---|---|---|"]
        lines = [ABOUT, *head, *map(str, sorted(self.rows, key=lambda row: row.package.lower()))]
        lines += ["", "Not working, or not compared:", "", *(f"- {line}" for line in MISSING)]
        return "\n".join(lines) + "\n"

    def write(self, path: Path) -> None:
        path.write_text(self.page(), encoding="utf-8")
