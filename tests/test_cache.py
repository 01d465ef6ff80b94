"""Where compiled code is kept, by the environment and the system."""

from pathlib import Path

import pytest

from slalom import cache

HOME = Path.home()


@pytest.mark.parametrize(
    ("system", "variables", "folder"),
    [
        ("linux", {}, HOME / ".cache/slalom"),
        ("linux", {"XDG_CACHE_HOME": "/var/caches"}, Path("/var/caches/slalom")),
        ("linux", {"XDG_CACHE_HOME": ""}, HOME / ".cache/slalom"),
        # the XDG specification: relative paths are invalid and ignored
        ("linux", {"XDG_CACHE_HOME": "caches"}, HOME / ".cache/slalom"),
        ("darwin", {"XDG_CACHE_HOME": "/var/caches"}, HOME / "Library/Caches/slalom"),
        ("win32", {"LOCALAPPDATA": "/Users/me/Local"}, Path("/Users/me/Local/slalom")),
        ("win32", {}, HOME / "AppData/Local/slalom"),
        ("linux", {"SLALOM_CACHE_DIR": "/mine", "XDG_CACHE_HOME": "/var"}, Path("/mine")),
        ("linux", {"SLALOM_CACHE_DIR": ""}, HOME / ".cache/slalom"),
    ],
)
def test_the_folder(monkeypatch, system, variables, folder):
    monkeypatch.setattr(cache.sys, "platform", system)
    for name in ("SLALOM_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert cache.folder() == folder
