"""What a rule is called in other libraries, in words and as plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import SlalomError
from ..rules.counterpart import Counterpart
from ..rules.presets import counterparts, with_counterpart
from ..rules.value import written


@dataclass(frozen=True)
class Elsewhere:
    """The same rule in another library.

    Attributes:
        library: as in `adam@keras`.
        optimizer: `torch.optim.Adam`.
        package: what it is installed by, where that is not the library's name.
        only_with: values of its arguments under which, and only then, it is this rule.
        arguments: its names of hyperparameters and conventions, to the names here; one may be
            several. What is called alike is not listed.
        words: of an argument, its values that are called otherwise here.
        state: its names of the state's entries, to the names here.
        weight_decay: how it has weight decay as an argument, and its default; empty: not.
        unmatched: its arguments that nothing here says.
        departs: in what it differs beside its settings.
    """

    library: str
    optimizer: str
    package: str = ""
    only_with: dict[str, str] = field(default_factory=dict)
    arguments: dict[str, list[str]] = field(default_factory=dict)
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    state: dict[str, str] = field(default_factory=dict)
    weight_decay: str = ""
    unmatched: list[str] = field(default_factory=list)
    departs: str = ""

    def lines(self) -> list[tuple[str, str]]:
        """All that is known of it but its library, in words: what, and how it is there."""
        given = ", ".join(f"{name}={value}" for name, value in self.only_with.items())
        found = [("optimizer", f"{self.optimizer}({given})" if given else self.optimizer)]
        if self.package:
            found.append(("package", self.package))
        arguments = [f"{name} is {' and '.join(ours)}" for name, ours in self.arguments.items()]
        found.append(("arguments", ", ".join(arguments)))
        for name, words in self.words.items():
            found.append((name, ", ".join(f"{a} is {b}" for a, b in words.items())))
        found += [
            ("state", ", ".join(f"{name} is {ours}" for name, ours in self.state.items())),
            ("weight_decay", self.weight_decay),
            ("not here", ", ".join(self.unmatched)),
            ("departs", self.departs),
        ]
        return [(what, text) for what, text in found if text]


def elsewhere(maker: Callable[..., Any]) -> list[Elsewhere]:
    """The counterparts of a rule that have a name in their library."""
    return [_told(maker, one) for one in counterparts(maker) if one.name]


def _told(maker: Callable[..., Any], one: Counterpart) -> Elsewhere:
    arguments = {
        name: [*ours] if isinstance(ours, tuple) else [ours] for name, ours in one.arguments.items()
    }
    return Elsewhere(
        one.library,
        one.path,
        one.package,
        {name: _word(value) for name, value in one.only_with.items()},
        arguments,
        {name: {_word(a): _word(b) for a, b in words.items()} for name, words in one.words.items()},
        _state(maker, one),
        f"{one.decay}, {written(one.usual_decay, '')} by default" if one.decay else "",
        [*one.unmatched],
        one.departs,
    )


def _word(value: Any) -> str:
    return written(value, "")


def _state(maker: Callable[..., Any], one: Counterpart) -> dict[str, str]:
    """Its names of the state's entries, to ours; of a library's preset where they depend on it."""
    if isinstance(one.entries, Mapping):
        return dict(one.entries)
    try:
        rule = with_counterpart(maker, one, {})
        return {f"{entry.kind}.{entry.theirs}": entry.ours for entry in one.entries(rule)}
    except SlalomError:
        return {}
