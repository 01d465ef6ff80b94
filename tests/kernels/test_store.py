"""Where the files of kernels lie, what they are called, and what is left of them."""

import hashlib
import re
import sys
import tempfile
from pathlib import Path

import pytest

from slalom import shutdown
from slalom.errors import SlalomError
from slalom.kernels import access, store

TEXT = 'answer = "π"\n'
ACCESS = Path(access.__file__).read_bytes()  # what the text means depends on it
DIGEST = hashlib.sha256(TEXT.encode() + ACCESS).hexdigest()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SLALOM_CACHE_DIR", str(tmp_path / "deep" / "cache"))
    before = set(sys.modules)
    yield tmp_path / "deep" / "cache" / "kernels"
    for name in set(sys.modules) - before:
        if name.startswith("slalom_kernels."):
            del sys.modules[name]


@pytest.fixture
def temporary(monkeypatch):
    store._temporary.cache_clear()
    monkeypatch.setenv("SLALOM_CACHE_DIR", "")
    yield store._temporary
    store._temporary.cache_clear()


def test_a_file_is_named_by_its_text(folder):
    made = store.imported(TEXT, "adam-clip norm ü")
    assert made.answer == "π"
    [place] = folder.glob("*.py")
    assert place.name == f"adam_clip_norm__{DIGEST[:16]}.py"
    assert place.read_bytes() == TEXT.encode()
    assert made.__file__ == str(place)
    assert made.__name__ == f"slalom_kernels.{place.stem}"
    assert sys.modules[made.__name__] is made


def test_another_text_is_another_file(folder):
    store.imported("a = 1\n", "one")
    store.imported("a = 2\n", "one")
    assert len(list(folder.glob("one_*.py"))) == 2


def test_a_whole_file_is_not_written_again(folder):
    """Its date is a part of what Numba knows it by."""
    place = Path(store.imported(TEXT, "one").__file__)
    before = place.stat()
    store.imported(TEXT, "one")
    assert (place.stat().st_ino, place.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    place.write_text("other", encoding="utf-8")
    assert store.imported(TEXT, "one").answer == "π"
    assert place.read_text(encoding="utf-8") == TEXT


def test_a_temporary_folder_of_its_own(temporary):
    made = store.imported(TEXT, "one")
    place = Path(made.__file__)
    assert place.parent == temporary() == temporary()
    assert place.parent.parent == Path(tempfile.gettempdir())
    assert re.fullmatch(r"slalom-kernels-\w+", place.parent.name)


def test_the_temporary_folder_goes_with_the_process(temporary, monkeypatch):
    leaving = []
    monkeypatch.setattr(
        shutdown.atexit, "register", lambda call, *a, **k: leaving.append((call, a, k))
    )
    folder = temporary()
    (folder / "file").write_text("")
    [(call, given, named)] = leaving
    call(*given, **named)
    assert not folder.exists()
    call(*given, **named)  # where somebody else removed it


def test_a_text_that_does_not_run_leaves_no_module(temporary):
    with pytest.raises(ZeroDivisionError):
        store.imported("1 / 0\n", "broken")
    assert not [name for name in sys.modules if name.startswith("slalom_kernels.broken")]


def test_what_is_broken_in_the_cache_is_tried_again_in_a_temporary_folder(folder, monkeypatch):
    tried = []
    monkeypatch.setattr(store, "_module", lambda path: tried.append(path) or 1 / (len(tried) - 1))
    store._temporary.cache_clear()
    assert store.imported(TEXT, "one") == 1
    assert [path.parent for path in tried] == [folder, store._temporary()]
    store._temporary.cache_clear()


@pytest.mark.parametrize("lacking", ["spec", "loader"])
def test_a_file_that_cannot_be_imported(tmp_path, monkeypatch, lacking):
    class Lone:
        loader = None

    found = None if lacking == "spec" else Lone()
    monkeypatch.setattr(store.importlib.util, "spec_from_file_location", lambda name, path: found)
    with pytest.raises(SlalomError) as caught:
        store._module(tmp_path / "one.py")
    assert str(caught.value) == f"cannot import {tmp_path / 'one.py'}"
