"""Rules of one's own, named as FILE.py:name in the text."""

import os
import pickle

import pytest

from slalom.errors import SlalomError
from slalom.rules import Adam, Exponential, parse, parse_all

SOURCE = """
from dataclasses import dataclass
from slalom.rules import Adam, Rule, Wrapper, hyper

@dataclass(frozen=True)
class MyRule(Rule, name="my_rule"):
    lr: float = hyper(0.5, "learning rate")
    share: float = 0.25
    fast: bool = False

    def update(self, g, state):
        return -self.lr * g, state

@dataclass(frozen=True)
class Half(Wrapper, name="half"):
    share: float = 0.5

    def gradient(self, g):
        return self.share * g

best = Adam(lr=0.125)
mine = MyRule(lr=0.75, fast=True)
tuned = Half() | MyRule(lr=2)

def scaled(lr=1.0, by=2):
    return Adam(lr=lr * by)

def made(lr):
    return Half() | MyRule(lr)

def wrong():
    return 3.5

number = 3
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "own-rules.py"
    path.write_text(SOURCE)
    return path


def test_a_class_is_made_with_arguments_and_prints_as_its_text(file):
    text = f"{file}:MyRule(lr=0.1)"
    rule = parse(text)
    assert (rule.lr, rule.share, rule.fast) == (0.1, 0.25, False)
    assert str(rule) == repr(rule) == text
    assert parse(str(rule)) == rule
    assert parse(rule.text(full=True)) == rule
    assert pickle.loads(pickle.dumps(rule)) == rule
    assert str(parse(f"{file}:MyRule")) == f"{file}:MyRule()"
    assert [r.lr for r in parse_all(f"{file}:MyRule([1, 2], fast=true)")] == [1, 2]
    assert parse(f"{file}:MyRule(lr=exponential(0.5))").lr == Exponential(0.5)


def test_its_fields_are_checked(file):
    with pytest.raises(SlalomError, match=r"MyRule: lr must be in \[0, inf\), got -1"):
        parse(f"{file}:MyRule(lr=-1)")
    with pytest.raises(SlalomError, match="unknown argument 'shr'; did you mean share"):
        parse(f"{file}:MyRule(shr=1)")


def test_an_instance_and_a_function(file):
    assert parse(f"{file}:best") == Adam(lr=0.125)
    assert str(parse(f"{file}:best")) == "adam(lr=0.125)"
    assert parse(f"{file}:scaled(lr=0.5, by=3)") == Adam(lr=1.5)
    assert parse(f"clip_norm(1) | {file}:best").wrapped == Adam(lr=0.125)


@pytest.mark.parametrize("name", ["mine", "tuned", "made(3)"])
def test_an_instance_of_a_class_in_the_file_prints_as_a_text_that_makes_it(file, name):
    rule = parse(f"{file}:{name}")
    assert parse(str(rule)) == rule
    assert str(parse(str(rule))) == str(rule)


def test_a_wrapper_of_ones_own(file):
    rule = parse(f"{file}:Half(0.25) | {file}:MyRule(lr=2)")
    assert (rule.share, rule.wrapped.lr) == (0.25, 2)
    assert str(rule) == f"{file}:Half(share=0.25) | {file}:MyRule(lr=2)".replace("share=", "")
    assert parse(str(rule)) == rule


def test_a_rule_that_the_file_only_imports_keeps_its_name(file):
    assert str(parse(f"{file}:Adam(lr=1)")) == "adam(lr=1)"
    assert str(Adam(lr=1)) == "adam(lr=1)"


def test_a_relative_path(file, monkeypatch):
    monkeypatch.chdir(file.parent)
    assert str(parse("own-rules.py:MyRule(lr=2)")) == "own-rules.py:MyRule(lr=2)"
    assert str(parse("./own-rules.py:MyRule(lr=2)")) == "./own-rules.py:MyRule(lr=2)"


def test_a_changed_file_is_read_again(file):
    assert parse(f"{file}:MyRule").lr == 0.5
    file.write_text(SOURCE.replace("hyper(0.5", "hyper(0.625"))
    os.utime(file, ns=(1, 1))
    assert parse(f"{file}:MyRule").lr == 0.625


def test_what_is_missing_is_told(file, monkeypatch):
    monkeypatch.chdir(file.parent)
    with pytest.raises(SlalomError, match=r"no such file: none\.py \(to use its A\)"):
        parse("none.py:A")
    with pytest.raises(SlalomError, match="unknown name 'MyRul'; did you mean MyRule"):
        parse(f"{file}:MyRul(lr=1)")
    with pytest.raises(SlalomError, match=r"own-rules\.py:number must be a rule, got int"):
        parse(f"{file}:number")
    with pytest.raises(SlalomError, match=r"own-rules\.py:wrong must give a Rule, got float"):
        parse(f"{file}:wrong()")
    with pytest.raises(SlalomError, match="expected the name of a rule"):
        parse(f"{file}:3")


@pytest.mark.parametrize("path", ["~nobody-of-that-name/mine.py", "a" * 300 + ".py", "\0.py"])
def test_a_path_that_cannot_be_is_no_such_file(path):
    with pytest.raises(
        SlalomError, match=r"no such file|the folder that ~.* stands for is not known"
    ):
        parse(f"{path}:Own")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("def (", "SyntaxError: invalid syntax"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import no_such_module_here", "ModuleNotFoundError: No module named"),
        ("raise ValueError('one\\ntwo')", "ValueError: one"),
        ("raise KeyError", "KeyError: $"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("assert False", "AssertionError: $"),
    ],
)
def test_a_broken_file_is_one_line(tmp_path, source, reason):
    path = tmp_path / "broken.py"
    path.write_text(source)
    with pytest.raises(SlalomError, match=rf"broken\.py does not run: {reason}") as error:
        parse(f"{path}:A")
    assert len(str(error.value).splitlines()) == 1
