"""The test functions that other tools have, in two variables.

Domains and global minima follow Surjanovic & Bingham, "Virtual Library of Simulation
Experiments: Test Functions and Datasets", and Wikipedia, "Test functions for optimization".
Those that exist in any dimension are in `families`.
"""

from __future__ import annotations

import math

from .functions import cos, exp, sin
from .landscape import CriticalPoint, Minimum, decades, landscape, square


@landscape(
    square(4.5),
    (-3.5, 3.0),
    source="Beale, 1958",
    levels=decades(-1, 5),
    log_levels=True,
    formula="(1.5 - x + xy)² + (2.25 - x + xy²)² + (2.625 - x + xy³)²",
    minima=(Minimum((3.0, 0.5), 0.0, True),),
    critical=(
        CriticalPoint((0.0, 1.0), "saddle", 14.203125),
        CriticalPoint((0.10053793732415828, -2.644513585023126), "saddle", 9.864512284755559),
    ),
)
def beale(x, y):
    """A long bent valley with steep walls at the corners."""
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


@landscape(
    square(10),
    (-8, 7),
    source="Surjanovic & Bingham",
    levels=decades(0, 3),
    log_levels=True,
    formula="(x + 2y - 7)² + (2x + y - 5)²",
    minima=(Minimum((1.0, 3.0), 0.0, True),),
)
def booth(x, y):
    """A tilted bowl."""
    return (x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2


@landscape(
    square(5),
    (-0.5, -4.5),
    source="Himmelblau, Applied Nonlinear Programming, 1972",
    levels=decades(0, 3),
    log_levels=True,
    formula="(x² + y - 11)² + (x + y² - 7)²",
    minima=(
        Minimum((3.0, 2.0), 0.0, True),
        Minimum((3.5844283403304917, -1.8481265269644036), 0.0, True),
        Minimum((-3.779310253377747, -3.2831859912861696), 0.0, True),
        Minimum((-2.805118086952745, 3.131312518250573), 0.0, True),
    ),
    critical=(
        CriticalPoint((-0.2708445906673476, -0.9230385563799813), "maximum", 181.6165215225827),
        CriticalPoint((3.385154183607021, 0.07385187983774928), "saddle", 13.311926270405587),
        CriticalPoint((0.08667750455539636, 2.884254701174776), "saddle", 67.71915008752613),
        CriticalPoint((-3.0730257507643897, -0.08135304428796751), "saddle", 104.01516291755811),
        CriticalPoint((-0.12796134673068005, -1.9537149802445766), "saddle", 178.33723920192745),
    ),
)
def himmelblau(x, y):
    """Four minima of equal depth."""
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


@landscape(
    square(2),
    (-1.5, 1.5),
    source="Goldstein & Price, 1971",
    levels=decades(0.5, 6),
    log_levels=True,
    formula="(1 + (x + y + 1)² (19 - 14x + 3x² - 14y + 6xy + 3y²))"
    " (30 + (2x - 3y)² (18 - 32x + 12x² + 48y - 36xy + 27y²))",
    minima=(
        Minimum((0.0, -1.0), 3.0, True),
        Minimum((-0.6, -0.4), 30.0, False),
        Minimum((1.8, 0.2), 84.0, False),
        Minimum((1.2, 0.8), 840.0, False),
    ),
    critical=(
        CriticalPoint((0.8, 0.2), "maximum", 1155.0),
        CriticalPoint((-0.4, -0.6), "saddle", 35.0),
        CriticalPoint((1.2, -0.2), "saddle", 99.0),
        CriticalPoint((1.4, 0.6), "saddle", 980.0),
        CriticalPoint((0.6, 0.4), "saddle", 990.0),
    ),
)
def goldstein_price(x, y):
    """Values over six orders of magnitude, and four minima in a narrow cross."""
    one = 19 - 14 * x + 3 * x**2 - 14 * y + 6 * x * y + 3 * y**2
    other = 18 - 32 * x + 12 * x**2 + 48 * y - 36 * x * y + 27 * y**2
    return (1 + (x + y + 1) ** 2 * one) * (30 + (2 * x - 3 * y) ** 2 * other)


@landscape(
    square(2),
    (-1.9, 0.5),
    source="Surjanovic & Bingham",
    levels=decades(-1.5, 1.5),
    log_levels=True,
    formula="2x² - 1.05x⁴ + x⁶/6 + xy + y²",
    minima=(
        Minimum((0.0, 0.0), 0.0, True),
        Minimum((-1.7475523458302888, 0.8737761729151444), 0.298638442236859, False),
        Minimum((1.7475523458302888, -0.8737761729151444), 0.298638442236859, False),
    ),
    critical=(
        CriticalPoint((-1.07054229182366, 0.53527114591183), "saddle", 0.87736155776314),
        CriticalPoint((1.07054229182366, -0.53527114591183), "saddle", 0.87736155776314),
    ),
)
def three_hump_camel(x, y):
    """Three minima in a row, the middle one deepest."""
    return 2 * x**2 - 1.05 * x**4 + x**6 / 6 + x * y + y**2


@landscape(
    ((-3, 3), (-2, 2)),
    (-2.5, 0.5),
    source="Dixon & Szegö, 1978",
    levels=(-1.0, -0.8, -0.5, -0.2, 0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0),
    formula="(4 - 2.1x² + x⁴/3)x² + xy + (4y² - 4)y²",
    minima=(
        Minimum((0.08984201310031806, -0.7126564030207396), -1.0316284534898774, True),
        Minimum((-0.08984201310031806, 0.7126564030207396), -1.0316284534898774, True),
        Minimum((1.703606714969981, -0.7960835686726251), -0.21546382438371717, False),
        Minimum((-1.703606714969981, 0.7960835686726251), -0.21546382438371717, False),
        Minimum((1.6071047529201974, 0.5686514548841314), 2.1042503103112584, False),
        Minimum((-1.6071047529201974, -0.5686514548841314), 2.1042503103112584, False),
    ),
    critical=(
        CriticalPoint((0.0, 0.0), "saddle", 0.0),
        CriticalPoint((1.2302298765166524, 0.16233458445899493), "maximum", 2.496295351023577),
        CriticalPoint((-1.2302298765166524, -0.16233458445899493), "maximum", 2.496295351023577),
        CriticalPoint((1.1092053368047865, -0.7682680925095399), "saddle", 0.5437186009781853),
        CriticalPoint((-1.1092053368047865, 0.7682680925095399), "saddle", 0.5437186009781853),
        CriticalPoint((1.638067984189779, 0.22867406904439413), "saddle", 2.2293571975307143),
        CriticalPoint((-1.638067984189779, -0.22867406904439413), "saddle", 2.2293571975307143),
        CriticalPoint((1.296070267167109, 0.6050843880386585), "saddle", 2.2294708180298595),
        CriticalPoint((-1.296070267167109, -0.6050843880386585), "saddle", 2.2294708180298595),
    ),
)
def six_hump_camel(x, y):
    """Six minima in pairs of equal depth."""
    return (4 - 2.1 * x**2 + x**4 / 3) * x**2 + x * y + (4 * y**2 - 4) * y**2


@landscape(
    ((-1.5, 4), (-3, 4)),
    (3.5, -2.5),
    source="McCormick",
    formula="sin(x + y) + (x - y)² - 1.5x + 2.5y + 1",
    minima=(
        Minimum((0.5 - math.pi / 3, -0.5 - math.pi / 3), -1.9132229549810364, True),
        Minimum((0.5 + 2 * math.pi / 3, -0.5 + 2 * math.pi / 3), 1.2283696986087564, False),
    ),
    critical=(
        CriticalPoint((0.5 + math.pi / 3, -0.5 + math.pi / 3), "saddle", 1.9132229549810364),
    ),
)
def mccormick(x, y):
    """A bent valley with one minimum inside and waves beyond."""
    return sin(x + y) + (x - y) ** 2 - 1.5 * x + 2.5 * y + 1


@landscape(
    square(2),
    (-1.5, 1e-3),
    source="Hilbert & Cohn-Vossen, Anschauliche Geometrie, 1932",
    formula="x³ - 3xy²",
    critical=(CriticalPoint((0.0, 0.0), "degenerate", 0.0),),
)
def monkey_saddle(x, y):
    """A saddle with three ways down, for a monkey's legs and tail; it has no minimum."""
    return x**3 - 3 * x * y**2


@landscape(
    square(10),
    (-8, -2),
    source="Surjanovic & Bingham",
    formula="0.26(x² + y²) - 0.48xy",
    minima=(Minimum((0.0, 0.0), 0.0, True),),
)
def matyas(x, y):
    """A narrow diagonal valley."""
    return 0.26 * (x**2 + y**2) - 0.48 * x * y


@landscape(
    ((math.pi - 4, math.pi + 4), (math.pi - 4, math.pi + 4)),
    (1.5, 2.0),
    source="Easom, 1990; drawn around its minimum",
    formula="-cos(x) cos(y) exp(-((x - pi)² + (y - pi)²))",
    minima=(
        Minimum((math.pi, math.pi), -1.0, True),
        Minimum((1.3049954504376675, 1.3049954504376675), -8.11022389157006e-05, False),
        Minimum((4.978189856741919, 1.3049954504376675), -8.11022389157006e-05, False),
        Minimum((1.3049954504376675, 4.978189856741919), -8.11022389157006e-05, False),
        Minimum((4.978189856741919, 4.978189856741919), -8.11022389157006e-05, False),
    ),
    critical=(
        CriticalPoint((4.978189856741919, math.pi), "maximum", 0.009005678148573857),
        CriticalPoint((math.pi, 4.978189856741919), "maximum", 0.009005678148573857),
        CriticalPoint((1.3049954504376675, math.pi), "maximum", 0.009005678148573857),
        CriticalPoint((math.pi, 1.3049954504376675), "maximum", 0.009005678148573857),
        *(
            CriticalPoint((x * math.pi, y * math.pi), "saddle", 0.0)
            for x in (0.5, 1.5)
            for y in (0.5, 1.5)
        ),
    ),
)
def easom(x, y):
    """A flat plain with one narrow hole."""
    return -cos(x) * cos(y) * exp(-((x - math.pi) ** 2 + (y - math.pi) ** 2))


@landscape(
    square(10),
    (-8, 6),
    source="Surjanovic & Bingham",
    levels=decades(-1, 2.5),
    log_levels=True,
    formula="sin²(3pi x) + (x - 1)²(1 + sin²(3pi y)) + (y - 1)²(1 + sin²(2pi y))",
    minima=(Minimum((1.0, 1.0), 0.0, True),),
)
def levy_13(x, y):
    """A rippled bowl."""
    return (
        sin(3 * math.pi * x) ** 2
        + (x - 1) ** 2 * (1 + sin(3 * math.pi * y) ** 2)
        + (y - 1) ** 2 * (1 + sin(2 * math.pi * y) ** 2)
    )
