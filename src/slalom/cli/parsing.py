"""Arguments that Typer would misread: those that begin with a minus and are no options."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from typer.core import TyperCommand

from ..errors import SlalomError, unknown

# `--steps`, `--steps=3` and the mistyped `-steps`; but `-x`, `-y`, `-2*x` are formulas
_OPTION = re.compile(r"--.*|-(?![xy]$)[A-Za-z]\w*(=.*)?")


class Command(TyperCommand):
    """A command whose arguments may begin with a minus, as in `race "-x**2 + y**2"`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments, options and their values brought before all others."""
        if ctx.resilient_parsing:  # half a command, which the shell wants to complete
            return super().parse_args(ctx, args)
        if self.no_args_is_help and not args:
            args = ["--help"]
        known = dict.fromkeys(ctx.help_option_names, 0)
        for option in self.params:
            if option.param_type_name == "option":
                count = 0 if getattr(option, "is_flag", False) else option.nargs
                known |= dict.fromkeys((*option.opts, *option.secondary_opts), count)
        return super().parse_args(ctx, list(_arranged(args, known)))


def _arranged(args: Sequence[str], known: Mapping[str, int]) -> Iterator[str]:
    """The arguments, the positional ones at the end, where `--` protects them.

    Args:
        args: what was typed.
        known: how many values each option takes.

    Raises:
        SlalomError: an option that is not known.
    """
    positional: list[str] = []
    rest = iter(args)
    for arg in rest:
        name, given, _ = arg.partition("=")
        if arg == "--":
            positional += rest
        elif not _OPTION.fullmatch(arg):
            positional.append(arg)
        elif name not in known:
            raise SlalomError(unknown("option", name, known))
        else:
            yield arg
            yield from _values(rest, name, known[name], known[name] - bool(given))
    if positional:
        yield from ("--", *positional)


def _values(rest: Iterator[str], option: str, count: int, missing: int) -> list[str]:
    """The values of an option that are still to come, of `count` in all."""
    found = list(itertools.islice(rest, max(missing, 0)))
    if len(found) < missing:
        wanted = "a value" if count == 1 else f"{count} values"
        raise SlalomError(f"{option} needs {wanted} after it")
    return found
