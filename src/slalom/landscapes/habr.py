"""The landscapes of habr's article, which its comparison of optimizers runs on."""

from __future__ import annotations

from .functions import absolute, exp, sin, sqrt
from .landscape import CriticalPoint, Minimum, landscape, separable, square

SQUARE = square(3)
START = (-2.8, -2.5)
SOURCE = "habr"
LEVELS = (
    *(i / 4 for i in range(-8, 24)),
    *(6.25, 6.5, 6.75),
    *(float(level) for level in range(7, 20)),
)


# (position, value) of ripple's minima on one axis, for x > 0
HALF_RIPPLE_WELLS = (
    (0.1551384520244073, 0.008123080818568199),
    (0.3102652231435478, 0.032491714410299834),
    (0.4653679851206454, 0.07310404071598234),
    (0.6204330115886044, 0.12995684279729025),
    (0.7754441861458101, 0.203045351376483),
    (0.9303815433523048, 0.2923629236397552),
    (1.085218914866456, 0.3979005275596793),
    (1.2399197719944, 0.5196458967726236),
    (1.3944290818264358, 0.6575820704836949),
    (1.548655035084304, 0.8116846381941791),
    (1.702418824211786, 0.9819157444535543),
    (1.8552553327821542, 1.1682072418841267),
)
RIPPLE_WELLS = (
    *((-x, value) for x, value in reversed(HALF_RIPPLE_WELLS)),
    (0.0, 0.0),
    *HALF_RIPPLE_WELLS,
)


@landscape(
    SQUARE,
    START,
    source=SOURCE,
    levels=LEVELS,
    formula="x² + y²",
    minima=(Minimum((0.0, 0.0), 0.0, True),),
)
def simple_quad(x, y):
    """A round bowl."""
    return x**2 + y**2


@landscape(
    SQUARE,
    START,
    source=SOURCE,
    levels=LEVELS,
    formula="(x² + y²)/3 + |x| sqrt(|x| + 0.1) + 3 sin(x + y) + 3 + 8 exp(-2((x+1)² + (y+2)²))",
    minima=(Minimum((-0.17242094376299918, -0.9063018409018628), 0.9155064452470827, True),),
    critical=(
        CriticalPoint((-1.189893992231268, -2.1540825252370746), "maximum", 14.071245168864142),
        CriticalPoint((0.3096031090045922, 1.6324215187980016), "saddle", 6.91401218455939),
        CriticalPoint((-1.7748081765202413, -2.508637807388142), "saddle", 12.741367306817832),
    ),
)
def wobbly(x, y):
    """A wavy valley with a hill in its side and a kink along x = 0."""
    return (
        (x**2 + y**2) / 3
        + absolute(x) * sqrt(absolute(x) + 0.1)
        + 3 * sin(x + y)
        + 3
        + 8 * exp(-2 * ((x + 1) ** 2 + (y + 2) ** 2))
    )


@landscape(
    SQUARE,
    START,
    source=SOURCE,
    levels=LEVELS,
    formula="(x² + y²)/2 + sin²(4x)",
    minima=separable(
        [
            [
                (-2.28036728849271, 2.6892469928858116),
                (-1.5220040759402682, 1.195857953218746),
                (-0.76145653227215, 0.2990512496110009),
                (0.0, 0.0),
                (0.76145653227215, 0.2990512496110009),
                (1.5220040759402682, 1.195857953218746),
                (2.28036728849271, 2.6892469928858116),
            ],
            [(0.0, 0.0)],
        ]
    ),
    critical=(
        CriticalPoint((-0.4053892845000191, 0.0), "saddle", 1.079595788338184),
        CriticalPoint((0.4053892845000191, 0.0), "saddle", 1.079595788338184),
        CriticalPoint((-1.216732340157995, 0.0), "saddle", 1.7165255885105755),
        CriticalPoint((1.216732340157995, 0.0), "saddle", 1.7165255885105755),
        CriticalPoint((-2.030031669405133, 0.0), "saddle", 2.991337836169649),
        CriticalPoint((2.030031669405133, 0.0), "saddle", 2.991337836169649),
        CriticalPoint((-2.8479334065628215, 0.0), "saddle", 4.906460516627877),
        CriticalPoint((2.8479334065628215, 0.0), "saddle", 4.906460516627877),
    ),
)
def basins_and_walls(x, y):
    """Parallel basins with walls between them."""
    return (x**2 + y**2) / 2 + sin(4 * x) ** 2


@landscape(
    SQUARE,
    START,
    source=SOURCE,
    levels=LEVELS,
    formula="(x² + y²)/3 + (sin²(20x) + sin²(20y))/15",
    minima=separable([RIPPLE_WELLS, RIPPLE_WELLS]),
)
def ripple(x, y):
    """A bowl with a rough surface: some six hundred tiny minima."""
    return (x**2 + y**2) / 3 + (sin(20 * x) ** 2 + sin(20 * y) ** 2) / 15


@landscape(
    SQUARE,
    START,
    source=SOURCE,
    levels=LEVELS,
    formula="4(1 - exp(-(x² + y²)))",
    minima=(Minimum((0.0, 0.0), 0.0, True),),
)
def giant_plateau(x, y):
    """A pit in a plain that has almost no slope."""
    return 4 * (1 - exp(-(x**2 + y**2)))


@landscape(
    SQUARE,
    START,
    source=SOURCE,
    levels=LEVELS,
    formula="(x² + y²)/3 + 3 exp(-((x+1)² + (y+2)²)) + exp(-1.5(2(x+2)² + (y-0.5)²))"
    " + 3 exp(-1.5((x-1)² + 2(y+1.5)²)) + 1.5 exp(-((x+1.5)² + 3(y+0.5)²))"
    " + 4(1 - exp(-(x+y)²))",
    minima=(
        Minimum((-0.04041944691066243, 0.07197372849804835), 0.0897167129215858, True),
        Minimum((1.9291459356955831, -1.921457692047925), 2.9542752011752342, False),
        Minimum((-2.0341939933736306, -1.0818787630063285), 6.644054939208323, False),
    ),
    critical=(
        CriticalPoint((-1.976092690385469, -0.5164723752192071), "maximum", 6.91737265424138),
        CriticalPoint((-1.1388405357143885, -2.278247027593785), "maximum", 8.88652318847766),
        CriticalPoint((1.6490959957460332, -1.393936427018792), "saddle", 3.3498734010129576),
        CriticalPoint((-1.6513727024006462, -1.011930899234202), "saddle", 6.67681426081897),
        CriticalPoint((-2.417265335645493, -0.5320593401072871), "saddle", 6.852788646351007),
        CriticalPoint((-1.4548804085011438, -2.9097640774046587), "saddle", 8.593921781615725),
    ),
)
def hills_and_canyon(x, y):
    """A canyon along x = -y with hills around and within it."""
    return (
        (x**2 + y**2) / 3
        + 3 * exp(-((x + 1) ** 2 + (y + 2) ** 2))
        + exp(-1.5 * (2 * (x + 2) ** 2 + (y - 0.5) ** 2))
        + 3 * exp(-1.5 * ((x - 1) ** 2 + 2 * (y + 1.5) ** 2))
        + 1.5 * exp(-((x + 1.5) ** 2 + 3 * (y + 0.5) ** 2))
        + 4 * (1 - exp(-((x + y) ** 2)))
    )


@landscape(
    SQUARE,
    START,
    source=SOURCE,
    levels=LEVELS,
    formula="4 - 0.5 exp(-((x+2.5)² + (y+2.5)²)) - 3 exp(-(x² + y²))",
    minima=(
        Minimum((-1.5527953021231566e-06, -1.5527953021231566e-06), 0.999998136658947, True),
        Minimum((-2.499944070180304, -2.499944070180304), 3.4999888169140183, False),
    ),
    critical=(
        CriticalPoint((-1.4637084135522445, -1.4637084135522445), "saddle", 3.9003040453039843),
    ),
)
def two_minimums(x, y):
    """A shallow dent on a plain, far from the deep pit."""
    return 4 - 0.5 * exp(-((x + 2.5) ** 2 + (y + 2.5) ** 2)) - 3 * exp(-(x**2 + y**2))
