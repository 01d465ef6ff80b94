"""A process that writes files in forks of itself, which end or fail at a given call of the system.

It reads orders as lines of JSON on its standard input, and answers each with the id of the fork
that carries it out and then with how that one ended. Forks are quick, where a new process would
first load for seconds.
"""

import contextlib
import json
import os
import signal
import sys
import tempfile
from pathlib import Path

from slalom import atomic, pictures, studies
from slalom.atomic import moving
from slalom.errors import SlalomError

CALLS = {
    "open", "fcntl.flock", "os.chmod", "os.listdir", "os.mkdir", "os.remove", "os.rename",
    "os.rmdir", "os.scandir",
}  # fmt: skip
"""Of the file system, as Python's audit hooks name them."""

FILM = {"seconds": 0.1, "size": (100, 100)}
PICTURES = ("png", "svg", "pdf", "webp")
FILMS = ("mp4", "gif")
QUICK = ("text", "folder")
"""What all other kinds are written by, without the time that it takes to make them."""

MANY = 1000  # lines
FIGURES = {}  # of races, by their ids, where they are drawn already


def place(folder, kind):
    """The file or the folder of this kind."""
    return folder / f"race.{ {'text': 'txt', 'folder': 'zarr'}.get(kind, kind) }"


def write(race, path, kind):
    """Write what a race is shown by, or is saved as, to a file of this kind."""
    if kind in ("nc", "zarr"):
        race.save(path)
    elif kind in PICTURES:
        pictures.save(FIGURES.get(id(race), race), path)
    elif kind in FILMS:
        pictures.animate(race, path, **FILM)
    elif kind == "json":
        atomic.write(path, json.dumps(race.summary()) + "\n")
    elif kind == "text":
        atomic.write(path, MANY * f"{race.data.sizes['step'] - 1}\n")
    elif kind == "folder":
        facts = {"zarr_format": 3, "steps": race.data.sizes["step"] - 1}
        names = "zarr.json", "a/zarr.json", "a/c/0/0"
        atomic.write_folder(path, {name: json.dumps(facts).encode() for name in names})
    else:
        raise ValueError(kind)


def arm(at, how):
    """From now on, do something at the call of that number; the system's own are not counted."""
    counted = 0

    def hook(event, arguments):
        nonlocal counted
        if event not in CALLS or str(arguments[0]).endswith((".py", ".pyc", ".so")):
            return
        counted += 1
        if counted == at:
            if how == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            raise OSError(28, "No space left on device")

    sys.addaudithook(hook)
    return lambda: counted


def carry_out(order, races):
    path, kind = Path(order["path"]), order["kind"]
    if order.get("plain"):  # a system that cannot exchange two folders
        moving._renameat2 = lambda: None
    count = None
    if order.get("count") or order.get("at"):
        with tempfile.TemporaryDirectory() as other:  # load what is loaded at the first time
            write(races[0], Path(other, path.name), kind)
        count = arm(order.get("at"), order.get("how"))
    turn = order.get("turn", 1)
    while True:
        write(races[turn % 2], path, kind)
        if not order.get("again"):
            return {"calls": count and count()}
        turn += 1


def fork(order, races):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        answer = {}
        with contextlib.suppress(BaseException):
            try:
                answer = carry_out(order, races)
            except SlalomError as error:
                answer = {"refused": str(error)}
            except BaseException as error:
                answer = {"failed": repr(error)}
            os.write(writing, json.dumps(answer).encode())
        os._exit(0)
    os.close(writing)
    say(child)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    answer = json.loads(said) if said else {}
    say({**answer, "status": status})


def say(answer):
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    import zarr.storage  # noqa: F401 (here, and not in every fork)

    both = [studies.load(place) for place in sys.argv[1:]]
    FIGURES.update((id(race), pictures.draw(race)) for race in both)
    say("ready")
    for line in sys.stdin:
        fork(json.loads(line), both)
