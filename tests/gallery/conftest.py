"""A gallery that is quick to build, from a catalogue in the test's own folder."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from slalom.gallery import build

HERE = Path(__file__).parent
MODULES = "tiny.py", "tiny_studies.py", "tiny_claims.py"
WHOLE = "tiny:TINY"


class Workshop:
    """A folder with a catalogue that may be changed, a site made of it, and a log of calls."""

    def __init__(self, folder):
        self.sources, self.site, self.log = folder / "sources", folder / "site", folder / "calls"
        self.sources.mkdir()
        for name in MODULES:
            shutil.copy(HERE / name, self.sources)

    def build(self, *only, catalogue=WHOLE, **options):
        """Build the site; what was built, and the calls that it took, sorted."""
        self.log.unlink(missing_ok=True)
        options = {"size": "small", "workers": 1} | options
        built = build(self.site, only, catalogue=catalogue, **options)
        return built, self.calls

    @property
    def calls(self):
        return sorted(self.log.read_text().split()) if self.log.exists() else []

    def again(self):
        """Build again in a process of its own; what it printed: what was made, what was loaded."""
        program = f"""
import sys
from slalom.gallery import build
if __name__ == "__main__":
    built = build(sys.argv[1], size="small", catalogue={WHOLE!r})
    print(built.made, sorted({{"jax", "numpy", "matplotlib", "xarray"}} & set(sys.modules)))
"""
        paths = filter(None, (str(self.sources), os.environ.get("PYTHONPATH")))
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
        return subprocess.run(
            [sys.executable, "-c", program, self.site], env=environment, text=True, timeout=120,
            capture_output=True, check=True,
        ).stdout  # fmt: skip

    def change(self, module, old, new):
        """Replace a text in a module of the catalogue."""
        path = self.sources / module
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def stamps(self):
        """When each file of the site was written."""
        files = (p for p in self.site.rglob("*") if p.is_file() and p.name != "manifest.json")
        return {str(p.relative_to(self.site)): p.stat().st_mtime_ns for p in files}


@pytest.fixture
def workshop(tmp_path, monkeypatch, cache_folder):
    made = Workshop(tmp_path)
    monkeypatch.setenv("SLALOM_CACHE_DIR", str(cache_folder))
    monkeypatch.setenv("CALLS", str(made.log))
    monkeypatch.setattr(sys, "path", [str(made.sources), *sys.path])
    return made


@pytest.fixture(scope="session")
def built(tmp_path_factory, cache_folder):
    """The whole of the small site, built once for those who only read it."""
    with pytest.MonkeyPatch.context() as patch:
        made = Workshop(tmp_path_factory.mktemp("built"))
        patch.setenv("SLALOM_CACHE_DIR", str(cache_folder))
        patch.setattr(sys, "path", [str(made.sources), *sys.path])
        report = build(made.site, size="small", workers=2, catalogue=WHOLE)
    assert report.failed == {}
    return made
