"""Breaks rules, lowering and kernels in small ways, and reports which breaks no test notices.

    python -m tools.mutants                    all that no test has killed yet, hours at first
    python -m tools.mutants adam momentum      those of these modules
    python -m tools.mutants --sample 10        so many of the formulas, drawn at random

mutmut breaks the code and notes which tests reach which function; `tools.mutant_forks` runs them.
The report goes to docs/mutants.md (not that of a sample). A mutant is killed by a test that
fails; time-outs, crashes and mutants that no test runs are no kills. Survivors that change
nothing are listed in tools/equivalent.toml, each with its reason.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from mutmut.mutation.diff_apply import get_diff_for_mutant

ROOT = Path(__file__).parents[1]
MUTANTS = ROOT / "mutants"
META = MUTANTS / "src" / "slalom"
REPORT = ROOT / "docs" / "mutants.md"
EQUIVALENT = ROOT / "tools" / "equivalent.toml"
FORMULAS = ["adam", "adamax", "nadam", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop"]
FORMULAS += ["gradient_descent", "vocabulary"]
WANTED = 0.95
WANTED_OF_A_SAMPLE = 0.9  # one of ten may be a survivor that is new
FATES = {0: "survived", 1: "killed", 33: "not tested", 36: "timed out"}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", help="of rules, lowering and kernels, such as adam")
    parser.add_argument("--sample", type=int, help="how many mutants, drawn at random")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=int, default=600, help="after which one is given up")
    parser.add_argument("--report-only", action="store_true", help="of what ran before")
    asked = parser.parse_args(arguments)
    found = fates()
    if not asked.report_only:
        # the formulas are held by the tests of the rules alone, which are quick
        tests = ["tests/rules"] if asked.sample else _selection()
        _make_mutants(tests)
        wanted = _wanted(asked)
        _run(wanted, tests, asked.workers, asked.seconds)
        found = fates()
        if asked.sample:
            found = {name: found[name] for name in wanted}
    excused = tomllib.loads(EQUIVALENT.read_text()) if EQUIVALENT.is_file() else {}
    text, share = report({n: f for n, f in found.items() if f != "not run"}, excused)
    print(text)
    if not asked.sample:
        REPORT.write_text(text)
    return 0 if share >= (WANTED_OF_A_SAMPLE if asked.sample else WANTED) else 1


def _wanted(asked: argparse.Namespace) -> list[str]:
    """The names of the mutants to run."""
    found = fates()
    modules = asked.modules or (FORMULAS if asked.sample else [])
    if modules:
        names = sorted(name for name in found if _module(name).partition(".")[2] in modules)
    else:
        names = sorted(name for name, fate in found.items() if fate != "killed")
    return random.Random(asked.seed).sample(names, asked.sample) if asked.sample else names


def fates() -> dict[str, str]:
    """What became of every mutant, by its name."""
    return {
        name: "not run" if code is None else FATES.get(code, "crashed")
        for path in sorted(META.rglob("*.meta"))
        for name, code in json.loads(path.read_text())["exit_code_by_key"].items()
    }


def report(found: dict[str, str], excused: dict[str, str]) -> tuple[str, float]:
    """The report as Markdown, and the share that was killed of those that change something."""
    live = {n: f for n, f in found.items() if not (f != "killed" and n in excused)}
    killed = sum(fate == "killed" for fate in live.values())
    share = killed / max(len(live), 1)
    lines = [
        "# Mutants",
        "",
        "`make mutants` breaks rules, lowering and kernels in small ways, one by one, and runs on",
        "each the tests that reach it. Time-outs, crashes and mutants that no test runs are no",
        "kills.",
        "",
        f"{killed} of {len(live)} killed: **{share:.1%}** (wanted: {WANTED:.0%});",
        f"{len(found) - len(live)} more change nothing. Not run: {_without(found)}.",
        "",
        "| module | mutants | killed | survived | other | equivalent |",
        "|---|---|---|---|---|---|",
        *_rows(found, excused),
        "",
        *_survivors("## Survivors that change nothing", found, excused, True),
        *_survivors("## Others that were not killed", found, excused, False),
    ]
    return "\n".join(lines).rstrip() + "\n", share


def _without(found: dict[str, str]) -> str:
    """The modules with mutants that did not run, or none."""
    lacking = Counter(_module(name) for name in fates() if name not in found)
    return ", ".join(f"{module} ({n})" for module, n in sorted(lacking.items())) or "none"


def _rows(found: dict[str, str], excused: dict[str, str]) -> Iterator[str]:
    modules = Counter(_module(name) for name in found)
    for module, count in sorted(modules.items()):
        mine = {n: f for n, f in found.items() if _module(n) == module}
        same = sum(f != "killed" and n in excused for n, f in mine.items())
        kinds = Counter(f for n, f in mine.items() if f == "killed" or n not in excused)
        other = count - same - kinds["killed"] - kinds["survived"]
        yield f"| {module} | {count} | {kinds['killed']} | {kinds['survived']} | {other} | {same} |"


def _survivors(
    heading: str, found: dict[str, str], excused: dict[str, str], same: bool
) -> Iterator[str]:
    chosen = [n for n, f in found.items() if f != "killed" and (n in excused) == same]
    if not chosen:
        return
    yield from (heading, "")
    for name in chosen:
        about = excused[name] if same else found[name]
        yield f"- `{name}`: {about}; `{_change(name)}`"
    yield ""


def _module(name: str) -> str:
    return ".".join(name.split(".")[1:3])


def _change(name: str) -> str:
    """The broken line beside the whole one."""
    path = Path("src", *name.split(".")[:-1]).with_suffix(".py")
    with contextlib.chdir(ROOT):  # where mutmut looks for its folder
        shown = get_diff_for_mutant(name, path=path)
    lines = re.findall(r"^[-+](?![-+]{2})(.*)$", shown, re.MULTILINE)
    return " → ".join(" ".join(line.split()) for line in lines).replace("`", "'")[:160]


def _selection() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return settings["tool"]["mutmut"]["pytest_add_cli_args_test_selection"]


def _make_mutants(tests: Sequence[str]) -> None:
    """Breaks the code, and runs the tests once to note which reach what."""
    others = [f"--ignore-glob={path}*" for path in _selection() if path not in tests]
    made = subprocess.run(
        [_program(), "run", "no-such-mutant"],  # makes all and then runs none
        cwd=ROOT,
        env=os.environ | {"PYTEST_ADDOPTS": " ".join(others)},
        capture_output=True,
        text=True,
        check=False,
    )
    if "nothing matches" not in made.stderr:
        sys.exit(f"mutmut failed:\n{made.stdout[-3000:]}{made.stderr[-3000:]}")


def _run(names: Sequence[str], tests: Sequence[str], workers: int, seconds: int) -> None:
    chosen = MUTANTS / "chosen.txt"
    chosen.write_text("\n".join(names))
    command = [sys.executable, "-m", "pytest", "-p", "tools.mutant_forks", "-p", "no:cacheprovider"]
    command += ["-qq", "--tb=short", "--seconds", str(seconds)]
    subprocess.run(
        [*command, "--rootdir=.", "--mutants", chosen, "--forks", str(workers), *tests],
        cwd=MUTANTS,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (MUTANTS / "src", ROOT)))},
        check=True,
    )


def _program() -> str:
    return str(Path(sys.executable).with_name("mutmut"))


if __name__ == "__main__":
    sys.exit(main())
