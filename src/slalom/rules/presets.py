"""Presets: what other libraries' optimizers compute, as settings of the rules here.

`Adam.like("keras")`, in text `adam@keras`, has the formula and the defaults of Keras's Adam.
"""

from __future__ import annotations

import dataclasses
import inspect
import math
from collections.abc import Mapping
from typing import Any

from ..errors import SlalomError, clip, unknown
from .catalogue import COMPOSITIONS, RULES, WRAPPERS, Maker
from .rule import Rule
from .settings import chain
from .value import is_hyper, own_fields
from .wrappers import Wrapper

LIBRARIES = ("paper", "torch", "keras", "optax", "lasagne", "kozistr")
"""`kozistr` is the package pytorch_optimizer, by the name of its author."""

ASKED = None
"""In the table: the library, or the paper, has no default; Slalom's own stays."""

MAKERS: Mapping[str, Maker] = {**RULES, **COMPOSITIONS, **WRAPPERS}
"""Every name that a part of a rule may have."""

Settings = Mapping[str, Any]

# rule → library → the settings in which it differs from the rule's defaults
PRESETS: dict[str, Mapping[str, Settings]] = {
    "gradient_descent": {
        "paper": {"lr": ASKED},
        "torch": {"lr": 0.001},
        "keras": {},
        "optax": {"lr": ASKED},
        "lasagne": {"lr": ASKED},
    },
    # the SGD of PyTorch, Keras and Optax, where it is asked for momentum
    "momentum": {
        "paper": {"lr": ASKED, "momentum": ASKED, "lr_inside": True},
        "torch": {"lr": 0.001, "momentum": ASKED, "lr_inside": False},
        "keras": {"momentum": ASKED, "lr_inside": True},
        "optax": {"lr": ASKED, "momentum": ASKED, "lr_inside": False},
        "lasagne": {"lr": ASKED, "lr_inside": True},
    },
    "nesterov": {
        "paper": {"lr": ASKED, "momentum": ASKED},
        "torch": {"lr": 0.001, "momentum": ASKED, "shifted": True, "lr_inside": False},
        "keras": {"momentum": ASKED, "shifted": True},
        "optax": {"lr": ASKED, "momentum": ASKED, "shifted": True, "lr_inside": False},
        "lasagne": {"lr": ASKED, "shifted": True},
    },
    "adagrad": {
        "paper": {"lr": ASKED, "eps": ASKED, "eps_inside": False},
        "torch": {"eps": 1e-10, "eps_inside": False},
        "keras": {"lr": 0.001, "eps": 1e-7, "initial_accumulator_value": 0.1},
        "optax": {"lr": ASKED, "eps": 1e-7, "initial_accumulator_value": 0.1},
        "lasagne": {"lr": 1.0, "eps": 1e-6},
    },
    "rmsprop": {
        "paper": {"lr": ASKED, "eps": ASKED},
        "torch": {"lr": 0.01, "decay": 0.99, "eps_inside": False, "lr_inside": False},
        "keras": {"eps": 1e-7},
        "optax": {"lr": ASKED},
        "lasagne": {"lr": 1.0, "eps": 1e-6},
    },
    "adadelta": {
        "paper": {},
        "torch": {"decay": 0.9},
        "keras": {"lr": 0.001, "eps": 1e-7},
        "optax": {"lr": ASKED, "decay": 0.9},
        "lasagne": {},
    },
    "adam": {
        "paper": {},
        "torch": {},
        "keras": {"eps": 1e-7, "eps_hat": True},
        "optax": {"lr": ASKED},
        "lasagne": {"eps_hat": True},
    },
    "adamax": {
        "paper": {"eps": 0.0},
        "torch": {},
        "keras": {"lr": 0.001, "eps": 1e-7, "eps_inside": False},
        "optax": {"lr": ASKED},
        "lasagne": {"eps_inside": False},
    },
    # with growing momenta the paper's m has mu_t where the libraries' has beta1
    "nadam": {
        "paper": {"lr": ASKED, "momentum_decay": math.inf},
        "torch": {},
        "keras": {"lr": 0.001, "eps": 1e-7, "momentum_decay": 1.0},
        "optax": {"lr": ASKED, "momentum_decay": math.inf},
    },
    "smoothed_nesterov": {"paper": {"lr": ASKED, "momentum": ASKED}},
    "adam_lp": {"paper": {}},
    "sgd": {
        "torch": {"lr": 0.001, "lr_inside": False},
        "keras": {"lr_inside": True},
        "optax": {"lr": ASKED, "lr_inside": False},
        "lasagne": {"lr": ASKED, "lr_inside": True},
    },
    "adamw": {
        "paper": {"weight_decay": ASKED, "scaled": False},
        "torch": {},
        "keras": {"eps": 1e-7, "eps_hat": True, "weight_decay": 0.004},
        "optax": {"lr": ASKED, "weight_decay": 1e-4},
    },
    "amsgrad": {
        "paper": {"lr": ASKED, "eps": ASKED},
        "torch": {"debias": True},
        "keras": {"eps": 1e-7, "eps_hat": True, "debias": True},
        "optax": {"lr": ASKED, "amsgrad": "corrected", "debias": True},
        "lasagne": {"eps_hat": True, "debias": True},
    },
    "lion": {"paper": {}, "optax": {"lr": ASKED}, "kozistr": {}},
    "novograd": {
        "paper": {"lr": ASKED},
        "optax": {"lr": ASKED, "beta1": 0.9, "beta2": 0.25, "eps": 1e-6},
        "kozistr": {},
    },
    "lamb": {
        "paper": {"lr": ASKED, "weight_decay": ASKED},
        "optax": {"lr": ASKED, "weight_decay": 0.0},
        # its correction of m multiplies the whole step, by 1 / (1 - beta1^t): a schedule of lr
        "kozistr": {"debias": False, "largest_norm": 10.0, "weight_decay": 0.0, "norm_eps": 1e-6},
    },
    "adafactor": {
        "paper": {},
        "torch": {"lr": 0.01, "relative_step": True, "eps1_added": False},
        "optax": {"lr": ASKED, "smallest": 128},
        "kozistr": {"beta2": 0.999},
    },
    # torch, kozistr and the authors iterate in bfloat16
    "muon": {
        "paper": {"ns_dtype": "bfloat16"},
        "torch": {"lr": 0.001, "guard": "max", "ns_dtype": "bfloat16"},
        "optax": {"lr": ASKED, "eps": 1e-8, "debias": True},
        "kozistr": {"guard": "max", "ns_dtype": "bfloat16"},
    },
    "soap": {"paper": {"weight_decay": 0.01}, "kozistr": {"weight_decay": 0.01}},
    "prodigy": {"paper": {}, "optax": {"debias": True}},
    "sophia": {
        "paper": {"lr": ASKED},
        "optax": {
            "lr": ASKED,
            "beta1": 0.965,
            "eps": 1e-8,
            "renew": "after",
            "debias": True,
        },
        "kozistr": {"lr": 0.06, "gamma": 1.0, "clip": 0.01, "draws": "normal"},
    },
    "polyak": {"paper": {"largest": math.inf}, "optax": {}},
    "cautious": {"paper": {"plus_one": True}, "kozistr": {"plus_one": True}},
    "lookahead": {"paper": {"judge": "slow"}, "optax": {"every": ASKED, "share": ASKED}},
    "sam": {"paper": {"eps": 0.0}, "optax": {"eps": 0.0}, "kozistr": {}},
    "schedule_free": {"paper": {}, "optax": {"warmup_lags": True}},
    # the argument of that name of their optimizers, AdamW apart; optax.add_decayed_weights
    "weight_decay": {
        "paper": {"weight_decay": ASKED},
        "torch": {"weight_decay": ASKED},
        "keras": {"weight_decay": ASKED, "decoupled": True},
        "optax": {"weight_decay": ASKED},
    },
}
PRESETS["nag"] = PRESETS["nesterov"]

WORDS = {"amsgrad": True}
"""Settings that mean something else in some library; `meant` says what."""


def meant(library: str, given: Settings) -> Settings:
    """Settings as the library understands them, where a word of it means something else here."""
    if given.get("amsgrad") is True and library == "optax":  # its maximum is of the corrected v̂
        return {**given, "amsgrad": "corrected"}
    if given.get("amsgrad") is True and library == "paper":  # which corrects nothing
        return {"debias": False, **given}
    return given


def preset(maker: Maker, library: str) -> Maker:
    """What makes a rule with the formula and the defaults of a library.

    Args:
        maker: a rule, wrapper or composition of the catalogue.
        library: one of `LIBRARIES`, in capitals or not.

    Raises:
        SlalomError: there is no such preset.
    """
    name, library = name_of(maker), str(library).lower()
    known = presets_of(maker)
    if not known:
        raise SlalomError(f"{clip(name)} has no presets; these have: {', '.join(PRESETS)}")
    if library not in LIBRARIES:
        raise SlalomError(f"unknown library {clip(library)!r}: presets are {', '.join(known)}")
    if library not in known:
        raise SlalomError(f"no preset of {name} for {library}, only {', '.join(known)}")
    own = {field: value for field, value in known[library].items() if value is not ASKED}
    allowed = list(defaults(maker))

    def make(*positional: Any, **named: Any) -> Rule:
        given = {**dict(zip(allowed, positional, strict=False)), **named}
        for field in given:
            if field not in allowed:
                raise SlalomError(f"{name}: {unknown('argument', field, allowed)}")
        return _made(maker, {**own, **meant(library, given)})

    words = [inspect.Parameter(n, inspect.Parameter.POSITIONAL_OR_KEYWORD) for n in allowed]
    make.__signature__ = inspect.Signature(words)  # pyright: ignore[reportFunctionMemberAccess]
    return make


def presets_of(maker: Maker) -> Mapping[str, Settings]:
    """The presets of a rule by library; none for a rule that is not of the catalogue."""
    name = name_of(maker)
    return PRESETS.get(name, {}) if maker is MAKERS.get(name) else {}


def defaults(maker: Maker) -> dict[str, Any]:
    """Every setting that a preset of `maker` takes, in order, and its value without a preset."""
    own = inspect.signature(maker).parameters
    return {name: own[name].default for name in parameters(maker)} | _conventions(maker)


def name_of(maker: Maker) -> str:
    """What the text form calls a rule or a function that makes one."""
    return getattr(maker, "name", getattr(maker, "__name__", str(maker)))


def parameters(maker: Maker) -> list[str]:
    """The names that may be given, in positional order."""
    if dataclasses.is_dataclass(maker):
        return [field.name for field in own_fields(maker)]  # pyright: ignore[reportArgumentType]
    return list(inspect.signature(maker).parameters)


def _conventions(maker: Maker) -> dict[str, Any]:
    """What a composition has no parameter for: conventions of its presets, and of its rules."""
    if isinstance(maker, type):
        return {}
    composed: Any = maker()
    fields = [(link, field) for link in chain(composed) for field in own_fields(link)]
    found = dict.fromkeys(field for settings in presets_of(maker).values() for field in settings)
    found |= {f.name: getattr(link, f.name) for link, f in fields if not is_hyper(f)}
    return {field: value for field, value in found.items() if field not in parameters(maker)}


def _made(maker: Maker, settings: Settings) -> Any:
    known = parameters(maker)
    made: Any = maker(**{field: value for field, value in settings.items() if field in known})
    rest = {field: value for field, value in settings.items() if field not in known}
    return _with_conventions(made, rest) if rest else made


def _with_conventions(rule: Rule, settings: Settings) -> Rule:
    """The rule with these conventions, wherever in its chain there are such."""
    names = [field.name for field in own_fields(rule)]
    changed = {field: value for field, value in settings.items() if field in names}
    if isinstance(rule, Wrapper):
        changed["rule"] = _with_conventions(rule.wrapped, settings)
    return rule.replace(**changed)
