"""Writes docs/conventions.md: every rule in other libraries, by what the rules say themselves.

And docs/disagreements.md: how far these end apart.

python -m tools.conventions
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from slalom import atomic
from slalom.cli.counterparts import Elsewhere
from slalom.cli.explained import Comparison, Explanation, explain
from slalom.rules import COMPOSITIONS, RULES, WRAPPERS
from tools import apart

PAGE = Path(__file__).parents[1] / "docs" / "conventions.md"
ABOUT = """\
# The same optimizer in other libraries

Optimizers of one name compute different things: a default is another number, eps stands under
the root or beside it, the rate inside the momentum buffer or outside. This page says for every
rule of Slalom what it is in other libraries and in what they differ. `adam@keras` in text, or
`Adam.like("keras")`, is the rule with the formula and the defaults of a library, and
`slalom diff adam@torch adam@keras` shows what the difference does;
[disagreements](disagreements.md) says how large it is.

`make conventions` writes the page from what each rule says below its formula. Tests compare that
with the signatures of the installed PyTorch, Keras and Optax, and the rules with their steps.

A table has the settings in which the libraries differ, at their defaults; in brackets stands
Slalom's own where the library, or the paper, has no default. Below it: the optimizer with its
arguments, where they are called otherwise there, the entries of its state, its weight decay, what
it has that no setting here says ("not here"), and in what it departs beside all that. *kozistr*
is the package pytorch_optimizer, *authors* the code that a paper's authors publish.
"""


def main() -> None:
    atomic.write(PAGE, page())
    atomic.write(apart.PAGE, apart.page())


def page() -> str:
    """The page as it should be."""
    return "\n".join([ABOUT, *_parts()])


def _parts() -> Iterator[str]:
    groups = {"Rules": RULES, "Compositions": COMPOSITIONS, "Wrappers": WRAPPERS}
    for group, makers in groups.items():
        yield f"## {group}\n"
        for name in makers:
            yield from _rule(explain(name))


def _rule(told: Explanation) -> Iterator[str]:
    yield f"### {told.name}\n"
    yield f"{told.summary}\n"
    for comparison in told.presets:
        yield from _table(comparison)
    for one in told.counterparts:
        yield _counterpart(one)
    if told.counterparts:
        yield ""
    if not told.presets and not told.counterparts:
        yield "No other library is known to have it under settings of its own.\n"


def _table(comparison: Comparison) -> Iterator[str]:
    columns = list(next(iter(comparison.settings.values())))
    columns = [c for c in columns if any(own[c] for own in comparison.settings.values())]
    corner = f"with {comparison.given}" if comparison.given else "setting"
    yield f"| {corner} | {' | '.join(columns)} |"
    yield f"|---|{'---|' * len(columns)}"
    for field, values in comparison.settings.items():
        yield f"| {field} | {' | '.join(values[c] or '' for c in columns)} |"
    yield ""


def _counterpart(one: Elsewhere) -> str:
    (_, optimizer), *lines = one.lines()
    own = "; ".join(text if what == "arguments" else f"{what}: {text}" for what, text in lines)
    return f"- {one.library}: `{optimizer}`" + (f"; {own}" if own else "")


if __name__ == "__main__":
    main()
