"""Arguments that Typer would misread: those that begin with a minus and are no options."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
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
        flags, valued = set(ctx.help_option_names), set[str]()
        for option in self.params:
            if option.param_type_name == "option":
                known = flags if getattr(option, "is_flag", False) else valued
                known.update(option.opts, option.secondary_opts)
        return super().parse_args(ctx, list(_arranged(args, flags, valued)))


def _arranged(args: Sequence[str], flags: set[str], valued: set[str]) -> Iterator[str]:
    """The arguments, the positional ones at the end, where `--` protects them.

    Raises:
        SlalomError: an option that is not known.
    """
    positional: list[str] = []
    rest = iter(args)
    for arg in rest:
        name = arg.partition("=")[0]
        if arg == "--":
            positional += rest
        elif not _OPTION.fullmatch(arg):
            positional.append(arg)
        elif name not in flags | valued:
            raise SlalomError(unknown("option", name, flags | valued))
        else:
            yield arg
            if arg in valued:
                yield _value(rest, arg)
    if positional:
        yield from ("--", *positional)


def _value(rest: Iterator[str], option: str) -> str:
    for value in rest:
        return value
    raise SlalomError(f"{option} needs a value after it")
