"""What a rule shows of itself in a notebook."""

from dataclasses import dataclass
from html.parser import HTMLParser

import numpy as np

import slalom
from slalom.rules import Rule

ADAM = """\
m = beta1 m + (1 - beta1) g
v = beta2 v + (1 - beta2) g²
m̂ = m / (1 - beta1^t)
v̂ = v / (1 - beta2^t)
x -= lr m̂ / (sqrt(v̂) + eps)"""


class Cells(HTMLParser):
    """The texts of a page, tag by tag."""

    def __init__(self, page: str):
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.found.append((self.open[-1], data))


def test_text_equations_and_numbers_of_every_part():
    rule = slalom.parse("clip_norm(2.5) | adam(lr=exponential(0.4, rate=0.1), beta1=0.75)")
    cells = Cells(rule._repr_html_()).found
    assert ("code", str(rule)) in cells
    assert [text for tag, text in cells if tag == "pre"] == [
        "g = g min(1, limit / norm(g))",
        ADAM,
    ]
    values = {text for tag, text in cells if tag == "td"}
    assert {"2.5", "exponential(0.4, rate=0.1)", "0.75", "0.999", "learning rate"} <= values


def test_markup_is_escaped_and_arrays_are_shown():
    rule = slalom.GradientDescent(lr=np.array([0.5, 0.25]))
    page = rule._repr_html_()
    assert "&lt;gradient_descent" in page
    assert "<td>array([0.5 , 0.25])</td>" in page


PAGE = (
    "<p><code>clip_norm(2.5) | gradient_descent(lr=0.5)</code></p>"
    "<pre>g = g min(1, limit / norm(g))</pre>"
    "<table><tr><td><code>limit</code></td><td>2.5</td>"
    "<td>the largest norm of the whole gradient</td></tr></table>"
    "<pre>x -= lr g</pre>"
    "<table><tr><td><code>lr</code></td><td>0.5</td><td>learning rate</td></tr></table>"
)


def test_a_whole_page():
    assert slalom.parse("clip_norm(2.5) | gradient_descent(lr=0.5)")._repr_html_() == PAGE


@dataclass(frozen=True)
class Own(Rule, name="own"):
    """Text before the equations.

        if g < 0:
            x -= size g

    Text between.

        these are no equations of the rule
    """

    size: float = 0.5
    fast: bool = True


@dataclass(frozen=True)
class Silent(Rule, name="silent"):
    """No equations and no numbers."""


def test_the_first_block_is_shown_and_fields_without_a_description_are():
    assert Own()._repr_html_() == (
        "<p><code>own()</code></p>"
        "<pre>if g &lt; 0:\n    x -= size g</pre>"
        "<table><tr><td><code>size</code></td><td>0.5</td><td></td></tr>"
        "<tr><td><code>fast</code></td><td>true</td><td></td></tr></table>"
    )


def test_what_a_rule_does_not_have_is_not_shown():
    assert Silent()._repr_html_() == "<p><code>silent()</code></p>"
