"""Disks that are full, and processes that are killed while they write."""

import contextlib
import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image

from slalom import atomic, studies

from .writer import MANY

WRITER = Path(__file__).with_name("writer.py")
SIZE = 1 << 23  # bytes of the small disk


class Disk:
    """A place with little room left.

    Attributes:
        folder: on the disk.
        reason: what the system says where there is no more room.
    """

    def __init__(self, folder, is_mounted):
        self.folder, self.is_mounted = folder, is_mounted
        self.reason = os.strerror(28 if is_mounted else 27)

    @contextlib.contextmanager
    def leaving(self, size):
        """Within the block so many bytes can be written, in whole pages of 4096."""
        if self.is_mounted:
            filler = self.folder.parent / "filler"
            facts = os.statvfs(self.folder)
            filler.write_bytes(bytes(max(0, facts.f_bavail * facts.f_frsize - size)))
            try:
                yield
            finally:
                filler.unlink()
        else:
            before = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
            try:
                yield
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def full_disk(tmp_path):
    """A disk of 8 MiB where the system lets one be mounted; else a limit on the size of files."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place)]
    with contextlib.suppress(OSError):
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:
            (place / "folder").mkdir()
            try:
                yield Disk(place / "folder", is_mounted=True)
            finally:
                subprocess.run(["umount", "--lazy", str(place)], check=True)
            return
    (place / "folder").mkdir()
    yield Disk(place / "folder", is_mounted=False)


@pytest.fixture(scope="session")
def two_races():
    """Of unequal length, so that what is written of them differs."""
    return [studies.race("booth", ["adam(lr=0.1)", "sgd"], steps=steps) for steps in (5, 30)]


class Writers:
    """Forks of one process that write files; see writer.py."""

    def __init__(self, process):
        self._process = process

    def start(self, **order):
        """Begin to carry out an order; the id of the fork."""
        self._process.stdin.write(json.dumps({k: _plain(v) for k, v in order.items()}) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def ended(self):
        """How the order ended."""
        return json.loads(self._process.stdout.readline())

    def run(self, **order):
        self.start(**order)
        return self.ended()


def _plain(value):
    return str(value) if isinstance(value, Path) else value


@pytest.fixture(scope="session")
def writers(two_races, tmp_path_factory):
    folder = tmp_path_factory.mktemp("races")
    for number, race in enumerate(two_races):
        race.save(folder / f"{number}.nc")
    process = subprocess.Popen(
        [sys.executable, WRITER, *sorted(folder.iterdir())], text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | {"SLALOM_CACHE_DIR": ""},
    )  # fmt: skip
    assert json.loads(process.stdout.readline()) == "ready"
    yield Writers(process)
    process.stdin.close()
    process.stdout.close()
    assert process.wait(timeout=60) == 0


def steps_of(path, kind):
    """Read a file, all of it, and fail if it is not whole; of a race the number of its steps."""
    if kind == "text":
        lines = path.read_text().splitlines()
        assert len(lines) == MANY
        [steps] = set(lines)
        return int(steps)
    if kind == "folder":
        return atomic.read_folder(path, _steps_of_folder)
    if kind in ("nc", "zarr"):
        return studies.load(path).data.sizes["step"] - 1
    if kind == "json":
        return json.loads(path.read_text())["steps"]
    content = path.read_bytes()
    if kind == "svg":
        ElementTree.fromstring(content)
    elif kind == "pdf":
        assert content.startswith(b"%PDF")
        assert content.endswith(b"%%EOF\n")
    elif kind == "mp4":
        atoms = []
        while content:
            size = int.from_bytes(content[:4])
            assert len(content) >= size > 7
            atoms.append(content[4:8])
            content = content[size:]
        assert atoms == [b"ftyp", b"moov", b"free", b"mdat"]
    else:
        with Image.open(path) as image:
            for frame in range(getattr(image, "n_frames", 1)):
                image.seek(frame)
                image.load()
    return None


def _steps_of_folder(folder):
    files = [each for each in folder.rglob("*") if each.is_file()]
    assert len(files) == 3
    [steps] = {json.loads(each.read_text())["steps"] for each in files}
    return steps


def left_in(folder, *but):
    """Names of what a folder holds beside these."""
    return sorted({each.name for each in folder.iterdir()} - set(but))
