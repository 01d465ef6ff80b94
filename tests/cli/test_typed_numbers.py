"""Numbers and formulas as people type or paste them: one line says what to type instead."""

import pytest

from slalom.errors import SlalomError
from slalom.landscapes import find
from slalom.rules import parse
from slalom.studies import diff

STRAY = [
    ("−", "a minus is -"),
    ("–", "a minus is -"),
    ("—", "a minus is -"),
    ("－", "a minus is -"),
    ("×", "a product is *"),
    ("·", "a product is *"),
    ("÷", "a quotient is /"),
    ("\u00a0", "a space is ' ', not U+00A0"),
    ("\u202f", "a space is ' ', not U+202F"),
    ("\u200b", "a space is ' ', not U+200B"),
    ("２", "write 2"),
    ("“", "no quotes"),
    ("'", "no quotes"),
    ("х", "write a Latin x"),  # Cyrillic
    ("β", "letters from a to z"),
]


def refusal(read, text):
    with pytest.raises(SlalomError) as caught:
        read(text)
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


@pytest.mark.parametrize(("character", "told"), STRAY)
@pytest.mark.parametrize(
    ("read", "text"),
    [
        (find, "x {}2"),
        (find, "quadratic(condition={}2)"),
        (parse, "adam(lr={}2)"),
        (parse, "adam(lr=1e{}3"),  # and though the bracket is not closed
        (lambda text: diff(text, "adam", steps=1), "torch:Adam(lr={}2)"),
    ],
)
def test_a_character_that_looks_like_another(character, told, read, text):
    begins = read is not find and character == "'"  # in rules a quote begins a pattern of names
    wanted = "a quote that is not closed" if begins else told
    assert wanted in refusal(read, text.format(character))


@pytest.mark.parametrize(
    ("character", "told"),
    [row for row in STRAY if row[0] not in "２\u00a0\u202f"],  # which Python reads
)
@pytest.mark.parametrize(
    "argv",
    [
        ("race", "bowl", "--start", "1,{}2"),
        ("race", "bowl", "--domain", "{}1,2,3,4"),
        ("race", "bowl", "--tol", "1e{}3"),
        ("race", "bowl", "--steps", "{}10"),
        ("race", "bowl", "--seed", "{}1"),
        ("respond", "spikes", "--length", "{}1"),
        ("map", "stability", "bowl", "--widest", "0", "{}4"),
        ("map", "sensitivity", "bowl", "--vary", "lr=0.1:{}1"),
        ("map", "basins", "bowl", "--radius", "{}1"),
    ],
)
def test_in_an_option_that_is_a_number(slalom, character, told, argv):
    result = slalom(*(part.format(character) for part in argv))
    assert result.status == 2
    assert told in result.complaint


ELSEWHERE = [
    ("ln(x)", "ln(x) is log(x)"),
    ("y - ln(x)", "ln(x) is log(x)"),
    ("pow(x, 2)", "pow(x, 2) is x**2"),
    ("np.power(x,2)", "np.power(x, 2) is x**2"),
    ("sen(x)", "sen(x) is sin(x)"),
    ("tg(x) + y", "tg(x) is tan(x)"),
    ("arctg(x)", "arctg(x) is atan(x)"),
    ("Math.sin(x)", "Math.sin(x) is sin(x)"),
    ("y*np.sin(x)", "np.sin(x) is sin(x)"),
    ("math.pi*x", "math.pi is pi"),
    ("|x|", "|x| is abs(x)"),
    ("x % 2", "x % y is x - y*floor(x/y)"),
    ("x² + y", "a power is **2, not ²"),
    ("f(x) = x**2", "behind ="),
    ("x[0]**2", "brackets are ( and )"),
    ("z**2", "variables are x and y"),
    ("x1 + x2", "x1 is x"),
    ("2x", "as in 2*x"),
    ("2(x + 1)", "as in 2*x"),
    ("x**2,5", "a decimal point is ., not ,"),
    ("max(x, 0,5)", "a decimal point is ., not ,"),
]


@pytest.mark.parametrize(("text", "told"), ELSEWHERE)
def test_what_a_formula_is_called_elsewhere(text, told):
    assert told in refusal(find, text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("adagrad(0,1)", "write 0.1, or '0, 1' for two numbers"),
        ("adam(0,001)", "write 0.001"),
        ("momentum(1,5)", "write 1.5"),
        ("adam(lr=0,1)", "a decimal point is ., not ,"),
        ("adam(lr=exponential(0,4))", "write 0.4"),
        ("adam(lr=[0,01])", "write 0.01"),
        ("adam(lr=10^-3)", "as in 1e-3"),
        ("adam(lr=5%)", "as in 0.05"),
        ("torch.optim.Adam(lr=0.1)", "written with a colon"),
    ],
)
def test_how_a_rule_is_not_written(text, told):
    assert told in refusal(parse, text)


def test_a_decimal_comma_in_a_member_of_a_family():
    assert "write 0.5, or '0, 5'" in refusal(find, "quadratic(0,5)")


@pytest.mark.parametrize("text", ["0,1", "-2,5", "1,5e-3"])
def test_a_decimal_comma_in_an_option(slalom, text):
    assert "a decimal point is ., not ," in slalom("race", "bowl", "--tol", text).complaint
    options = ("--vary", f"lr={text}:3")
    result = slalom("map", "sensitivity", "bowl", *options)
    assert "a decimal point is ., not ," in result.complaint


def test_two_numbers_are_two():
    assert parse("adagrad(0, 1)") == parse("adagrad(lr=0, eps=1)")
    assert parse("adam(0.25,0.5)") == parse("adam(lr=0.25, beta1=0.5)")
    assert find("quadratic(10, 3)") is find("quadratic(dim=3)")
