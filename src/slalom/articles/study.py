"""What a study is: an experiment of an article, as calls that compute labelled data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One picture of a study: the call that computes what it shows.

    Attributes:
        name: of its files, unique within the study: lower case, digits and hyphens.
        title: one line above it.
        call: a public function of `slalom`, `slalom.studies` or `slalom.articles`, which returns a
            `Race`, `Response`, `Chart` or map.
        arguments: what it is called with, plain values that print as Python.
        shows: what there is to see in it, a sentence or two; also its alternative text.
        animated: whether it is shown as an animation too (a race, or a chart of lines).
        tail: of an animation: how many of the last steps stay visible; None: all.
        fps: of an animation: frames a second; None: as `slalom.animate` has them.
    """

    name: str
    title: str
    call: Callable[..., Any]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    shows: str = ""
    animated: bool = False
    tail: int | None = None
    fps: float | None = None

    def compute(self) -> Any:
        """The labelled data."""
        return self.call(**self.arguments)

    @property
    def code(self) -> str:
        """The Python that computes and draws it, to be run as shown."""
        module, name = self.call.__module__, self.call.__name__
        given = "".join(f"    {k}={_written(v)},\n" for k, v in self.arguments.items())
        arguments = f"\n{given}" if given else ""
        return (
            f"import slalom\nfrom {module} import {name}\n\n"
            f"found = {name}({arguments})\nslalom.save(found, {self.name + '.png'!r})\n"
        )


def _written(value: Any) -> str:
    """The value as Python, on lines short enough to be read."""
    if len(repr(value)) < 80 or not isinstance(value, (list, tuple)):
        return repr(value)
    begin, end = repr(type(value)())
    items = "".join(f"        {item!r},\n" for item in value)
    return f"{begin}\n{items}    {end}"


@dataclass(frozen=True)
class Study:
    """An experiment of the articles, or of the papers on today's rules.

    Attributes:
        id: `S1` to `S25`.
        title: one line.
        articles: where it comes from, short names of `gallery.titles`: habr, notebook, …
        about: what it shows, in a paragraph of our own.
        figures: its pictures.
        claims: the ids of the claims that it bears on.
    """

    id: str
    title: str
    articles: tuple[str, ...]
    about: str
    figures: tuple[Figure, ...]
    claims: tuple[str, ...] = ()
