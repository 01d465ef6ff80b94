"""What is known of a rule in other libraries: a name, arguments, defaults, conventions, state.

A rule says it below its formula, as data:

    known = (
        torch("Adam", betas("beta1", "beta2"), entries={"exp_avg": "m", "exp_avg_sq": "v"}),
        keras("Adam", {"beta_1": "beta1"}, conventions={"eps_hat": True}, defaults={"eps": 1e-7}),
    )

Presets, conversions of optimizers and their states, `slalom diff` and `slalom rules` read it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..errors import SlalomError, clip

ASKED = None
"""Of a default: the library, or the paper, has none; Slalom's own stays."""

LIBRARIES = ("paper", "torch", "keras", "optax", "lasagne")
"""Libraries with presets of their own, in the order in which they are shown."""


class Entry(NamedTuple):
    """One entry of two states: ours is `factor` times theirs."""

    kind: str
    """the class of the library's state"""
    theirs: str
    ours: str
    factor: float = 1.0


@dataclass(frozen=True)
class Counterpart:
    """The same rule in another library.

    Attributes:
        library: its name, as in `adam@keras`.
        name: of the optimizer there; empty for a paper.
        arguments: the library's names of hyperparameters and conventions, to the rule's; one
            argument may be several, as `betas` is. What is called alike is not listed.
        conventions: choices in which it differs from the rule's defaults.
        defaults: numbers in which it does; `ASKED` where it has none.
        means: what a setting means there: from a field and its value to the settings here.
        entries: the library's names of the state's entries, to the rule's; or what gives them
            for a rule, and raises a `SlalomError` where the two remember different things.
        decay: whether its argument `weight_decay` is coupled or decoupled; empty: it has none.
        package: what it is installed by, where that is not the library's name.
        departs: a sentence on what no convention says.
    """

    library: str
    name: str
    arguments: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    conventions: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    means: Mapping[tuple[str, Any], Mapping[str, Any]] = field(default_factory=dict)
    entries: Mapping[str, str] | Callable[[Any], Sequence[Entry]] = field(default_factory=dict)
    decay: str = ""
    package: str = ""
    departs: str = ""

    @property
    def settings(self) -> dict[str, Any]:
        """All settings in which it differs from the rule's defaults, `ASKED` among them."""
        return {**self.defaults, **self.conventions}

    def meant(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Settings as the library understands them, where a word means something else there."""
        found = dict(given)
        for (name, value), meaning in self.means.items():
            if name in given and given[name] is value:
                found = {**meaning, **found, **({name: meaning[name]} if name in meaning else {})}
        return found


def paper(**defaults: Any) -> Counterpart:
    """What the publication has: its defaults, and its conventions."""
    means = defaults.pop("means", {})
    return Counterpart("paper", "", defaults=defaults, means=means)


def of(library: str) -> Callable[..., Counterpart]:
    """A function that makes counterparts of a library, of their names and all else."""

    def made(name: str, arguments: Mapping[str, Any] | None = None, **known: Any) -> Counterpart:
        return Counterpart(library, name, arguments or {}, **known)

    return made


torch, keras, optax, lasagne = of("torch"), of("keras"), of("optax"), of("lasagne")
timm = of("timm")
kozistr = of("kozistr")
"""The package pytorch_optimizer, by the name of its author."""
authors = of("authors")
"""The code of a paper's authors, as they publish it."""


def known_as(*known: Counterpart) -> Callable[[Any], Any]:
    """Lets a function that makes a rule of several say what is known of it elsewhere."""

    def marked(maker: Any) -> Any:
        maker.known = known
        return maker

    return marked


def preset(known: Sequence[Counterpart], library: str, name: str) -> Counterpart:
    """The counterpart whose settings are a library's preset: the first one of it.

    Args:
        known: all of a rule.
        library: in capitals or not.
        name: of the rule.

    Raises:
        SlalomError: there is none.
    """
    libraries = list(dict.fromkeys(one.library for one in known))
    if not libraries:
        raise SlalomError(f"{clip(name)} has no presets")
    wanted = str(library).lower()
    if wanted not in LIBRARIES and wanted not in libraries:
        told = f"unknown library {clip(str(library))!r}"
        raise SlalomError(f"{told}: presets are {', '.join(libraries)}")
    if wanted not in libraries:
        raise SlalomError(f"no preset of {name} for {wanted}, only {', '.join(libraries)}")
    return next(one for one in known if one.library == wanted)
