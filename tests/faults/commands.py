"""Every command of the command line, small, and how a process of one is started."""

import os
import subprocess
import sys

# as the script that pip installs
PROGRAM = "import sys; from slalom.__main__ import main; sys.exit(main())"
RULE = ("--rule", "adam(lr=0.1)")
COMPLETE = {"_SLALOM_COMPLETE": "complete_bash", "COMP_WORDS": "slalom race hi", "COMP_CWORD": "2"}
COMMANDS = {
    "help": ("--help",),
    "version": ("--version",),
    "rules": ("rules",),
    "rule": ("rules", "adam"),
    "landscapes": ("landscapes",),
    "landscape": ("landscapes", "himmelblau"),
    "landscape picture": ("landscapes", "bowl", "--out", "bowl.png"),
    "signals": ("signals",),
    "doctor": ("doctor",),
    "race": ("race", "hills_and_canyon", *RULE, "--steps", "5"),
    "race files": (
        "race", "bowl", *RULE, "--steps", "9", "--out", "a.nc", "--out", "a.json", "--out", "a.svg",
    ),
    "race store": ("race", "bowl", *RULE, "--steps", "9", "--out", "a.zarr", "--out", "a.pdf"),
    "animation": ("race", "bowl", *RULE, "--steps", "30", "--out", "a.mp4"),
    "animated gif": ("race", "bowl", *RULE, "--steps", "30", "--out", "a.gif"),
    "respond": ("respond", "spikes", *RULE, "--length", "30", "--out", "a.png"),
    "basins": ("map", "basins", "hills_and_canyon", *RULE, "--size", "100", "--out", "a.png"),
    "sensitivity": ("map", "sensitivity", "rosenbrock", *RULE, "--size", "30", "--steps", "100"),
    "stability": ("map", "stability", "quadratic", "--size", "20", "--steps", "100"),
    "critical": ("map", "critical", "himmelblau"),
    "diff": ("diff", "adam(lr=0.1)", "adam@keras(lr=0.1)", "--steps", "20"),
    "claims": ("claims", "C51", "--workers", "2", "--out", "claims.json"),
    "gallery": (
        "gallery", "--out", "site", "--only", "critical", "--size", "small", "--workers", "2",
    ),
    "complete": (),
    "mistaken": ("race", "bowl", "--rule", "adamm"),
}  # fmt: skip


def environment(cache, **more):
    """What such a process finds: a cache, and neither a width nor a device of this one's."""
    known = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "JAX_PLATFORMS")}
    return known | {"SLALOM_CACHE_DIR": str(cache)} | more


def run(name, folder, env, before=(), **options):
    """The exit status, the output and the complaints of a command that runs to its end."""
    ran = start(name, folder, env, before, **options)
    out, said = ran.communicate(timeout=300)
    return ran.returncode, (out or b"").decode(), (said or b"").decode()


def start(name, folder, env, before=(), **options):
    """Start a command by its name in a folder, in a session of its own."""
    if name == "complete":
        env = env | COMPLETE
    piped = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(
        [*before, sys.executable, "-c", PROGRAM, *COMMANDS[name]],
        cwd=folder, env=env, start_new_session=True, **piped | options,
    )  # fmt: skip
