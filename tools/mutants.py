"""Breaks rules, lowering and kernels in small ways, and reports which breaks no test notices.

    python -m tools.mutants                    the modules that changed since they were run; hours
    python -m tools.mutants adam rules.state   these modules
    python -m tools.mutants --sample 10        so many of the formulas, drawn at random

mutmut breaks the code and notes which tests reach which function; `tools.mutant_forks` runs them.
The report goes to docs/mutants.md (not that of a sample). A mutant is killed by a test that
fails; time-outs, crashes and mutants that no test runs are no kills. Survivors that change
nothing are listed in tools/equivalent.toml, each with its reason.

The report is the record too: a module whose source is still the one of the last run keeps its row.
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
from collections.abc import Mapping, Sequence
from pathlib import Path

from mutmut.mutation.diff_apply import get_diff_for_mutant

from tools import mutant_rows

ROOT = Path(__file__).parents[1]
MUTANTS = ROOT / "mutants"
META = MUTANTS / "src" / "slalom"
REPORT = ROOT / "docs" / "mutants.md"
EQUIVALENT = ROOT / "tools" / "equivalent.toml"
FORMULAS = ["adam", "adamax", "nadam", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop"]
FORMULAS += ["gradient_descent", "vocabulary"]
WANTED = 0.998
WANTED_OF_A_SAMPLE = 0.9  # one of ten may be a survivor that is new
FATES = {0: "survived", 1: "killed", 33: "not tested", 36: "timed out"}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
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
        found = {name: found[name] for name in wanted} if asked.sample else found
    excused = tomllib.loads(EQUIVALENT.read_text()) if EQUIVALENT.is_file() else {}
    ran = {m: _row(m, own) for m, own in by_module(found).items() if "not run" not in own.values()}
    if asked.sample:
        print(mutant_rows.report(ran, excused, {}, WANTED_OF_A_SAMPLE))
        return 0 if mutant_rows.share(ran.values(), excused) >= WANTED_OF_A_SAMPLE else 1
    rows = recorded() | ran
    missing = {module: len(own) for module, own in by_module(found).items() if module not in rows}
    REPORT.write_text(mutant_rows.report(rows, excused, missing, WANTED))
    print(REPORT.read_text())
    return 0 if mutant_rows.share(rows.values(), excused) >= WANTED else 1


def _wanted(asked: argparse.Namespace) -> list[str]:
    """The names of the mutants to run: of the modules asked for, or that changed."""
    found = by_module(fates())
    modules = asked.modules or (FORMULAS if asked.sample else found.keys() - recorded().keys())
    names = [
        name
        for module, own in found.items()
        if any(f".{one}." in f".{module}." for one in modules)
        for name in own
    ]
    return random.Random(asked.seed).sample(names, asked.sample) if asked.sample else names


def recorded() -> dict[str, mutant_rows.Row]:
    """The rows of the report whose modules are as they were."""
    rows = mutant_rows.read(REPORT.read_text()) if REPORT.is_file() else {}
    return {m: row for m, row in rows.items() if row.source == mutant_rows.source(m)}


def by_module(found: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Fates of mutants by the name of the module, such as `rules.wrappers.sam`."""
    modules: dict[str, dict[str, str]] = {}
    for name, fate in found.items():
        modules.setdefault(name.removeprefix("slalom.").rpartition(".")[0], {})[name] = fate
    return modules


def _row(module: str, found: Mapping[str, str]) -> mutant_rows.Row:
    left = {
        name: mutant_rows.Left(fate, _change(name))
        for name, fate in found.items()
        if fate != "killed"
    }
    return mutant_rows.Row(mutant_rows.source(module), len(found), left)


def fates() -> dict[str, str]:
    """What became of every mutant, by its name."""
    return {
        name: "not run" if code is None else FATES.get(code, "crashed")
        for path in sorted(META.rglob("*.meta"))
        for name, code in json.loads(path.read_text())["exit_code_by_key"].items()
    }


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
