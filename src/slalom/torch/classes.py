"""Classes that look like PyTorch's optimizers, for tools that want a class and keywords."""

from __future__ import annotations

import copyreg
from collections.abc import Sequence
from inspect import Parameter, Signature, signature
from typing import Any

from torch import optim

from ..errors import SlalomTypeError
from ..rules import COMPOSITIONS, Rule, WeightDecay, as_rule, chain, settings
from ..rules.head import head
from ..rules.plans import bare
from .pairs import pair_of
from .parameter_group import names, together
from .shaping import as_in_torch
from .words import ARGUMENTS, FLAGS, aliases, conventions

_COMPOSED = {"sgd": "SGD", "nag": "NAG", "amsgrad": "AMSGrad", "lamb": "LAMB"}


class _Made(type):
    """The type of the classes that are made here, which are pickled as what they are made of."""

    made_of: tuple[Any, ...]


copyreg.pickle(_Made, lambda made: (class_of, made.made_of))  # pyright: ignore
_classes: dict[Any, _Made] = {}


def class_of(base: Any, rule: Rule | str, name: str = "") -> Any:
    """A class of optimizers of one rule, made with parameters and keywords; always the same one.

    Args:
        base: the class of optimizers that are made with parameters, a rule and keywords.
        rule: a rule or its text, whose numbers are the defaults.
        name: of the class; by default that of the rule.
    """
    key = (base, rule, name)
    try:
        if key not in _classes:
            _classes[key] = _made(base, rule, name)
        return _classes[key]
    except TypeError:  # a number of the rule is an array, by which nothing can be found again
        return _made(base, rule, name)


def _made(base: Any, rule: Rule | str, name: str) -> _Made:
    whole = as_rule(rule)
    own = name or class_name(whole, rule if isinstance(rule, str) else None)
    words = _signature(whole, base)
    order = [n for n, p in words.parameters.items() if p.kind is p.POSITIONAL_OR_KEYWORD][1:]

    def init(self: Any, *given: Any, **more: Any) -> None:
        if len(given) > len(order):
            raise SlalomTypeError(f"{own} takes at most {len(order)} arguments by position")
        placed = dict(zip(order, given, strict=False))
        for word in placed.keys() & more.keys():
            raise SlalomTypeError(f"{own}: {word} is given twice")
        if "params" not in {**placed, **more}:
            raise SlalomTypeError(f"{own} needs params, as model.parameters() gives them")
        base.__init__(self, rule=rule, **placed, **more)

    arguments = list(words.parameters.values())
    init.__name__, init.__qualname__ = "__init__", f"{own}.__init__"
    init.__signature__ = words  # pyright: ignore[reportFunctionMemberAccess]
    init.__annotations__ = {one.name: one.annotation for one in arguments[1:]}
    body = {
        "__init__": init,
        "__doc__": _described(whole),
        "__module__": "slalom.torch",
        "__signature__": words.replace(parameters=arguments[1:]),
        "made_of": (base, rule, name),
    }
    return _Made(own, (base,), body)


def class_name(rule: Rule, text: str | None = None) -> str:
    """What a class of optimizers of a rule is called: `AdamW`, `Lion`, `ClipNormAdam`.

    A weight decay, which is an argument of PyTorch's classes, is not named.
    """
    *around, inner = chain(bare(rule))
    own, pair = type(inner).__name__, pair_of(rule)
    if pair is not None and pair.kind is optim.AdamW:
        own = "AdamW"
    said = "" if text is None else head(text).name
    if said in COMPOSITIONS:  # whose wrappers belong to the name
        own = _COMPOSED.get(said, own)
        around = around[: len(around) + 1 - len(chain(COMPOSITIONS[said]()))]  # pyright: ignore
    return "".join(type(one).__name__ for one in around if not isinstance(one, WeightDecay)) + own


def _described(rule: Rule) -> str:
    told = (type(chain(rule)[-1]).__doc__ or "").strip().partition("\n")[0]
    numbers = ", ".join(f"{name}={value}" for name, value in settings(rule).items())
    return (
        f"The rule `{rule!r}` as an optimizer of PyTorch's kind.\n\n    {told}\n\n"
        f"    Its numbers are {numbers}. Further arguments are those of\n"
        "    `slalom.torch.Optimizer`.\n    "
    )


def _signature(rule: Rule, base: Any) -> Signature:
    """`(self, params, lr=0.001, …)`: PyTorch's arguments where it has the rule, else the rule's."""
    pair, own = pair_of(rule), _defaults(rule)
    found = {name: Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in ("self", "params")}
    for name, one in signature(pair.kind).parameters.items() if pair else ():
        if name in own:
            found[name] = one.replace(default=own[name])
        elif name in FLAGS or name == "maximize":
            found[name] = one
    kind = Parameter.KEYWORD_ONLY if pair else Parameter.POSITIONAL_OR_KEYWORD
    for name, value in own.items():
        if name.isidentifier():  # a second wrapper's `clip_norm.limit` is not
            found.setdefault(name, Parameter(name, kind, default=value))
    for name, one in signature(base.__init__).parameters.items():
        if one.kind is one.KEYWORD_ONLY:
            found.setdefault(name, one)
    choices = conventions(rule)
    typed = [one.replace(annotation=_type_of(one, choices)) for one in found.values()]
    return Signature(sorted(typed, key=lambda one: one.kind))


def _defaults(rule: Rule) -> dict[str, Any]:
    """Numbers and conventions of a rule, under PyTorch's names where it has others."""
    values, replaced = settings(rule), {}
    for theirs, ours in aliases(rule).items():
        replaced |= dict.fromkeys(names(ours)) | {names(ours)[0]: theirs}
        values[theirs] = together(ours, values)
    # a name of PyTorch's stands where the first of what it stands for does
    order = [replaced.get(name, name) for name in settings(rule)]
    found = {name: values[name] for name in order if name is not None}
    pair, links = pair_of(rule), chain(rule)
    for name in conventions(rule):
        found.setdefault(name, next(getattr(one, name) for one in links if hasattr(one, name)))
    if pair is None:
        return found
    said = {"weight_decay": 0.0, "decoupled_weight_decay": False, **as_in_torch(links[-1], pair)}
    for name in ARGUMENTS[pair.kind]:
        if name in said and name not in found:
            found.pop(str(pair.known.arguments.get(name, name)), None)
            found[name] = said[name]
    return found


def _type_of(one: Parameter, choices: Sequence[str]) -> Any:
    """The type that tools show and read for an argument."""
    default = one.default
    if isinstance(default, (bool, str)) or (isinstance(default, int) and one.name in choices):
        return type(default)
    if isinstance(default, (int, float)):
        return float
    if isinstance(default, tuple) and all(isinstance(each, (int, float)) for each in default):
        return tuple[tuple(float for _ in default)]  # pyright: ignore
    return Any
