"""Breaks rules and kernels in small ways, one by one, and reports which breaks no test notices.

    python -m tools.mutants                    all of them, hours
    python -m tools.mutants adam momentum      those of these modules
    python -m tools.mutants --sample 20        so many, drawn at random

The report goes to docs/mutants.md (not that of a sample). A mutant is killed by a test that
fails; time-outs, crashes and mutants that no test runs are no kills. Survivors that change
nothing are listed in tools/equivalent.toml, each with its reason.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
META = ROOT / "mutants" / "src" / "slalom"
REPORT = ROOT / "docs" / "mutants.md"
EQUIVALENT = ROOT / "tools" / "equivalent.toml"
WANTED = 0.95
FATES = {
    0: "survived",
    1: "killed",
    3: "killed",
    5: "not tested",
    33: "not tested",
    36: "timed out",
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", help="of rules and kernels, such as adam")
    parser.add_argument("--sample", type=int, help="how many mutants, drawn at random")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--report-only", action="store_true", help="of what ran before")
    asked = parser.parse_args(arguments)
    wanted = [f"*.{module}.*" for module in asked.modules]
    if not asked.report_only:
        if asked.sample:
            _mutmut(asked.workers, "no-such-mutant")  # makes the mutants and runs none
            wanted = random.Random(asked.seed).sample(sorted(fates()), asked.sample)
        _mutmut(asked.workers, *wanted)
    found = {
        name: fate
        for name, fate in fates().items()
        if fate != "not run" and (not asked.sample or name in wanted)
    }
    excused = tomllib.loads(EQUIVALENT.read_text()) if EQUIVALENT.is_file() else {}
    text, share = report(found, excused)
    print(text)
    if not asked.sample:
        REPORT.write_text(text)
    return 0 if share >= WANTED else 1


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
        "`make mutants` breaks rules and kernels in small ways, one by one, and runs the tests on",
        "each. Time-outs, crashes and mutants that no test runs are no kills.",
        "",
        f"{killed} of {len(live)} killed: **{share:.1%}** (wanted: {WANTED:.0%}).",
        f"{len(found) - len(live)} more change nothing.",
        "",
        "| module | mutants | killed | survived | other | equivalent |",
        "|---|---|---|---|---|---|",
        *_rows(found, excused),
        "",
        *_survivors("## Survivors that change nothing", found, excused, True),
        *_survivors("## Others that were not killed", found, excused, False),
    ]
    return "\n".join(lines).rstrip() + "\n", share


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
    shown = subprocess.run(
        [_program(), "show", name], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout
    lines = re.findall(r"^[-+](?![-+]{2})(.*)$", shown, re.MULTILINE)
    return " → ".join(" ".join(line.split()) for line in lines).replace("`", "'")[:160]


def _mutmut(workers: int, *names: str) -> None:
    command = [_program(), "run", "--max-children", str(workers), *names]
    with contextlib.suppress(subprocess.CalledProcessError):  # survivors make it fail
        subprocess.run(command, cwd=ROOT, check=True)


def _program() -> str:
    return str(Path(sys.executable).with_name("mutmut"))


if __name__ == "__main__":
    sys.exit(main())
