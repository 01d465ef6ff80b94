"""Machine code as files: what they are called, when they are used, and when made again."""

import numpy as np
import pytest

from slalom.kernels import Stepper, kernel, store
from slalom.rules import Adam

from .stepping import begun

TEXT = """
from numba import njit

@njit("int64(int64, int64)", no_cpython_wrapper=True, no_cfunc_wrapper=True)
def added(a, b):
    return a + b
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SLALOM_CACHE_DIR", str(tmp_path / "deep" / "cache"))
    return tmp_path / "deep" / "cache" / "kernels"


@pytest.fixture
def compiled(monkeypatch):
    """The texts that were compiled."""
    found, made = [], store.compiled
    monkeypatch.setattr(
        store, "compiled", lambda text, name: found.append(text) or made(text, name)
    )
    return found


def added(machine):
    return machine.functions["added"].call(40, 2)


def test_code_is_compiled_once(folder, compiled):
    assert added(store.machine(TEXT, "one")) == 42
    assert added(store.machine(TEXT, "one")) == 42
    assert compiled == [TEXT]
    [file] = folder.iterdir()
    assert file.name.startswith("one_")
    assert file.suffix == ".o"


def test_names_are_names_of_files(folder):
    store.machine(TEXT, "adam-clip norm ü")
    [file] = folder.iterdir()
    assert file.name.startswith("adam_clip_norm__")
    assert file.name.isascii()


@pytest.mark.parametrize("change", ["text", "processor", "version", "settings", "access"])
def test_other_code_is_another_file(folder, compiled, change, monkeypatch, tmp_path):
    store.machine(TEXT, "one")
    text = TEXT
    if change == "text":
        text += "\n"
    elif change == "processor":
        monkeypatch.setattr(store, "processor", lambda: "z80")
    elif change == "version":
        monkeypatch.setattr(store, "version", lambda package: "0.0")
    elif change == "settings":
        monkeypatch.setenv("NUMBA_OPT", "1")
    else:
        monkeypatch.setattr(store, "_MEANING", ("access.py",))
    store.machine(text, "one")
    assert len(compiled) == len(list(folder.iterdir())) == 2


BROKEN = {
    "empty": lambda whole: b"",
    "cut short": lambda whole: whole[:-100],
    "head only": lambda whole: whole[:20],
    "one bit": lambda whole: whole[:200] + bytes([whole[200] ^ 1]) + whole[201:],
    "another file": lambda whole: b"not machine code at all" * 50,
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_file_is_made_again(folder, compiled, kind):
    """To run what a disk has spoilt would end the process."""
    store.machine(TEXT, "one")
    [file] = folder.iterdir()
    whole = file.read_bytes()
    file.write_bytes(BROKEN[kind](whole))
    assert added(store.machine(TEXT, "one")) == 42
    assert len(compiled) == 2
    store.machine(TEXT, "one")
    assert len(compiled) == 2
    assert list(folder.iterdir()) == [file]


def test_a_folder_that_cannot_be_used(tmp_path, monkeypatch, compiled):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("SLALOM_CACHE_DIR", str(tmp_path / "file"))
    assert added(store.machine(TEXT, "one")) == 42
    assert added(store.machine(TEXT, "one")) == 42
    assert len(compiled) == 2
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


def test_an_empty_name_keeps_nothing(tmp_path, monkeypatch, compiled):
    monkeypatch.setenv("SLALOM_CACHE_DIR", "")
    monkeypatch.chdir(tmp_path)
    assert added(store.machine(TEXT, "one")) == 42
    assert not list(tmp_path.iterdir())
    assert len(compiled) == 1


def test_a_text_without_functions(folder):
    with pytest.raises(ValueError, match="one has no functions that stand alone"):
        store.machine("a = 1", "one")
    assert not folder.exists()


def test_the_kernel_of_a_rule_is_one_file(folder):
    kernel.kernel_of.cache_clear()
    try:
        stepper, x = Stepper(Adam(lr=0.5), "float64"), np.zeros(3)
        stepper.step([x], [np.ones(3)], begun(Adam(), [x]), 1)
        assert x.round(6).tolist() == [-0.5] * 3
        [file] = folder.iterdir()
        assert file.name.startswith("adam_")
    finally:
        kernel.kernel_of.cache_clear()
