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


PACKAGES = {
    "torch": "torch.optim",
    "keras": "keras.optimizers",
    "optax": "optax",
    "lasagne": "lasagne.updates",
    "timm": "timm.optim",
    "kozistr": "pytorch_optimizer",
}
"""What the optimizers of a library are imported from."""

IMPORTED_AS = {"dog-optimizer": "dog"}
"""Packages that are not imported by their own name, with underscores for hyphens."""

NO_NUMBERS = frozenset(
    {
        *("params", "name", "foreach", "fused", "capturable", "differentiable", "fsdp_in_use"),
        *("use_triton", "mu_dtype", "accumulator_dtype", "dtype_momentum", "momentum_dtype"),
        *("state_dtype", "axis_name", "verbose", "print_win_rate_every_n_steps"),
    }
)
"""Arguments of the libraries that say how to compute; no number depends on them but by rounding."""

COMMON = frozenset(
    {
        *("maximize", "decoupled_weight_decay", "mask", "weight_decay_mask"),
        *("clipnorm", "clipvalue", "global_clipnorm", "loss_scale_factor"),
        *("use_ema", "ema_momentum", "ema_overwrite_frequency", "gradient_accumulation_steps"),
    }
)
"""Arguments that many optimizers of a library have and no rule: wrappers and adapters do it."""


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
        name: of the optimizer there; empty for a paper, and for what is an argument of others.
        arguments: the library's names of hyperparameters and conventions, to the rule's; one
            argument may be several, as `betas` is, and `-name` is the negative. What is called
            alike is not listed.
        words: of an argument, the library's values that have another name here, to ours.
        only_with: values of its arguments under which, and only then, it is this rule.
        unmatched: its arguments that no setting here says; their defaults are what the rule does.
        idle: its arguments that change nothing where it is this rule.
        conventions: choices in which it differs from the rule's defaults.
        defaults: numbers in which it does; `ASKED` where it has none.
        means: what a setting means there: from a field and its value to the settings here.
        entries: the library's names of the state's entries, to the rule's; or what gives them
            for a rule, and raises a `SlalomError` where the two remember different things.
        decay: whether its argument `weight_decay` is coupled or decoupled; empty: it has none, or
            the rule has it as a field.
        usual_decay: the default of that argument.
        package: what it is installed by, where that is not the library's name.
        departs: a sentence on what no convention says.
    """

    library: str
    name: str
    arguments: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    words: Mapping[str, Mapping[Any, Any]] = field(default_factory=dict)
    only_with: Mapping[str, Any] = field(default_factory=dict)
    unmatched: Sequence[str] = ()
    idle: Sequence[str] = ()
    conventions: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    means: Mapping[tuple[str, Any], Mapping[str, Any]] = field(default_factory=dict)
    entries: Mapping[str, str] | Callable[[Any], Sequence[Entry]] = field(default_factory=dict)
    decay: str = ""
    usual_decay: float = 0.0
    package: str = ""
    departs: str = ""

    @property
    def path(self) -> str:
        """Its name with the package: `torch.optim.Adam`; empty where it has no name."""
        own = IMPORTED_AS.get(self.package, self.package.replace("-", "_"))
        return f"{own or PACKAGES[self.library]}.{self.name}" if self.name else ""

    @property
    def settings(self) -> dict[str, Any]:
        """All settings in which it differs from the rule's defaults, `ASKED` among them."""
        return {**self.defaults, **self.conventions}

    def fields_of(self, argument: str, value: Any) -> dict[str, Any]:
        """What an argument of the library says here: values by the names of the rule's fields.

        Fields that the rule does not have may be among them.
        """
        words, hashable = self.words.get(argument, {}), not isinstance(value, list)
        value = words.get(value, value) if hashable else value
        ours = self.arguments.get(argument, argument)
        if isinstance(ours, tuple):
            return dict(zip(ours, value, strict=True))
        return {ours[1:]: -value} if ours.startswith("-") else {ours: value}

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
