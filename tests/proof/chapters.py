"""The page's chapters of runs under faults; one of which nothing was recorded says so."""

from collections.abc import Sequence
from typing import Final

from tests.proof import hostile
from tests.proof.markdown import NOTHING, UNMEASURED, number, section, table, words
from tests.proof.net import (
    RELEASE_FROM,
    Net,
    broken,
    doubled,
    entered,
    lost,
    net_of,
    ours,
    recoveries,
    soaks,
    wrong,
)
from tests.proof.reading import FILES, Line, Lines
from tests.proof.statistic import percentile

PERCENTS: Final = (50, 95, 100)
NET: Final = """\
Three Kafka brokers, a MongoDB replica set of three, two processes of each service, under faults drawn by a seed ([faults](faults.md)).
A fault counts only if a counter shows its effect; every figure, alert and form is compared with a recomputation that shares no code with the services ([oracle](oracle.md))."""  # noqa: E501 - a sentence is a line
INPUTS: Final = """\
The corpus of `tests/fault/hostile`, counted where it is made: each case goes through every door that it fits, and what comes of it is known beforehand.
Some are strange and sound, and must be taken; all others must be refused or kept in quarantine with a reason."""  # noqa: E501 - a sentence is a line
CONTROLS: Final = """\
A net that never caught anything proves nothing: each guard is broken once, and the checks must notice ([controls](proof/controls.md))."""  # noqa: E501 - a sentence is a line
REPLAY: Final = """\
A seed stands for a load and a schedule of faults; the same seed sends the same events and does the same faults in the same order.
This is the newest run of the table above; any other is replayed with its own seed, events, faults and days, on its own commit if the same code is wanted:

```console
$ git checkout {commit} && make install
$ make fault SEED={seed} EVENTS={events} ARGS='{more}--folder /tmp/seed-{seed} --record /tmp/runs.jsonl'
```

The folder keeps the input log, the stack's data and every process' log; the line that it records can be laid beside that of [proof/runs.jsonl](proof/runs.jsonl).
What a run compares is said in [faults](faults.md), what its figures are compared with in [oracle](oracle.md)."""  # noqa: E501 - a sentence is a line


def net(lines: Lines) -> str:
    """Tell of the runs under faults, those of this release together, and each by itself."""
    mine = ours(lines.runs)
    earlier = [run for run in lines.runs if run["date"] < RELEASE_FROM and not run.get("broken")]
    if not mine and not earlier:
        return section("Under faults", NET, UNMEASURED)
    parts = [NET]
    if mine:
        found = net_of(mine)
        parts += [_totals(found), "![Effective faults by kind](images/proof-faults.svg)"]
        parts.append(f"By kind: {words(found.kinds)}.")
        if found.recoveries:
            parts.append("![Recoveries by seconds](images/proof-recovery.svg)")
    else:
        parts.append("No run of this release is recorded yet; those of earlier ones are below.")
    parts.append(_runs([*mine, *earlier]))
    return section("Under faults", *parts)


def _totals(found: Net) -> str:
    seconds = [percentile(found.recoveries, percent) for percent in PERCENTS]
    moving = [percentile(found.moves_again, percent) for percent in PERCENTS]
    alerts = NOTHING if found.boundaries is None else f"{found.missing:,} / {found.extra:,}"
    rows = [
        ("runs; seeds", f"{found.runs}; {', '.join(map(str, found.seeds))}"),
        ("events entered", number(found.events)),
        ("effective faults; without effect", f"{found.faults:,}; {found.without_effect:,}"),
        ("kinds of faults; swizzled", f"{len(found.kinds)}; {found.swizzles}"),
        ("lost / doubled / wrong", f"{found.lost:,} / {found.doubled:,} / {found.wrong:,}"),
        ("figures, alerts and forms compared", number(found.compared)),
        ("alerts missing / extra", alerts),
        ("ends of days at which they were compared", number(found.boundaries)),
        (
            "recovery, seconds: p50 / p95 / most",
            f"{' / '.join(map(number, seconds))} ({len(found.recoveries)} recoveries)",
        ),
        (
            "moves again after a fault, others beside it, seconds: p50 / p95 / most",
            f"{' / '.join(map(number, moving))} ({len(found.moves_again)} faults)",
        ),
        ("answers that a pack changed on its first day", number(found.by_changed_pack)),
        ("seconds under load and faults", number(found.seconds)),
    ]
    return table(("this release", ""), rows)


def _runs(runs: Sequence[Line]) -> str:
    headings = (
        *("seed", "date", "commit", "events:", "days:", "faults:", "kinds:"),
        *("lost / doubled / wrong", "compared:", "recovery s:", "seconds:"),
    )
    rows = (
        (
            f"{run['seed']}{', soak' if run.get('soak') else ''}",
            run["date"],
            run["commit"],
            number(entered(run)),
            number(run.get("days")),
            f"{run.get('effective_faults', 0)} of {run.get('faults', 0)}",
            str(len(run.get("kinds", ()))),
            f"{lost(run)} / {doubled(run)} / {wrong(run)}",
            number(run.get("compared", 0)),
            number(max(recoveries(run), default=None)),
            number(run.get("seconds")),
        )
        for run in runs
    )
    return table(headings, rows)


def inputs(tried: Sequence[hostile.Tried]) -> str:
    """Count the bad inputs."""
    rows = [(one.door, number(one.pieces), number(one.bad), number(one.events)) for one in tried]
    pieces, bad = sum(one.pieces for one in tried), sum(one.bad for one in tried)
    rows.append(("all", number(pieces), number(bad), number(sum(one.events for one in tried))))
    headings = ("door", "pieces sent:", "of them bad:", "events told apart in them:")
    kinds = f"{hostile.cases()} cases: {words(hostile.families().items())}."
    return section("Bad inputs", INPUTS, kinds, table(headings, rows))


def controls(lines: Lines) -> str:
    """Name the guards that were broken, and what noticed."""
    rows = [(one.guard, one.scene, one.noticed) for one in lines.controls]
    rows += [
        (
            str(run["broken"]),
            f"a whole service without it, seed {run['seed']}, {run['commit']}",
            f"{run['differences']:,} differences" if run.get("differences") else "**nothing**",
        )
        for run in broken(lines.runs)
    ]
    found = table(("guard", "scene", "noticed by"), rows) if rows else UNMEASURED
    return section("Negative controls", CONTROLS, found)


def drills(lines: Lines) -> str:
    """Tell of the drills, each with its newest outcome."""
    found: dict[str, tuple[str, ...]] = {}
    for line in lines.drills:
        for one in line.get("figures", ()):
            name = str(one.get("drill") or one.get("name") or "")
            wrong = one.get("lost", 0) or one.get("doubled", 0)
            holds = "yes" if one.get("holds", not wrong) else "**no**"
            told = str(one.get("effect") or one.get("what") or one.get("reason") or "")
            amiss = f"{one.get('lost', NOTHING)} / {one.get('doubled', NOTHING)}"
            commit = str(line["commit"])
            found[name] = (name, told, number(one.get("seconds")), amiss, holds, commit)
    if not found:
        return section("Drills", UNMEASURED)
    headings = ("drill", "effect", "seconds:", "lost / doubled", "holds", "commit")
    return section("Drills", table(headings, found.values()))


def soak(lines: Lines) -> str:
    """Tell of long runs at a steady rate."""
    parts = []
    for one in soaks(lines.runs):
        lag = f"greatest lag {number(one.lag_max)} (bound {number(one.lag_bound)})"
        parts.append(
            f"Seed {one.seed} ({one.commit}): {number(one.seconds)} s at {number(one.rate)} events"
            f" a second, {one.faults} effective faults, {one.differences} differences, {lag}."
        )
        rows = (
            (m.service, number(m.first_mb), number(m.last_mb), number(m.slope_mb_per_hour))
            for m in one.memory
        )
        headings = ("process", "MB at the beginning:", "MB at the end:", "MB an hour:")
        parts.append(table(headings, rows))
    return section("Soak", *(parts or [UNMEASURED]))


def machines(lines: Lines) -> str:
    """Name commit and machine of every line."""
    rows = [
        (f"{name}.jsonl", str(place), str(line["date"]), str(line["commit"]), _machine(line))
        for name in FILES
        for place, line in enumerate(getattr(lines, name), 1)
    ]
    told = "A commit with `+` behind it had changes that were not committed."
    headings = ("file", "line:", "date", "commit", "machine")
    return section("Machines and commits", told, table(headings, rows) if rows else UNMEASURED)


def _machine(line: Line) -> str:
    told = line.get("machine")
    if not isinstance(told, dict):
        return "not told"
    return (
        f"{told.get('cores')} cores ({told.get('processor')}), {told.get('gib')} GiB,"
        f" {told.get('system')}, Python {told.get('python')}, load {told.get('load')}"
    )


def replay(lines: Lines) -> str:
    """Say how a seed is run again: the newest one, as it was run."""
    runs = ours(lines.runs) or [run for run in lines.runs if not run.get("broken")]
    if not runs:
        return ""
    run = next((run for run in reversed(runs) if not run.get("soak")), runs[-1])
    # A kind of fault has words between its quotation marks, which the shell takes as one.
    only = " ".join(f'"{kind}"' for kind in run.get("only") or ())
    told = {
        "--faults": run.get("faults"),
        "--days": run.get("days"),
        "--minutes": run.get("minutes"),
        "--only": only or None,
        "--rate": run.get("rate") or None,
    }
    more = "".join(f"{name} {value} " for name, value in told.items() if value is not None)
    about = {"commit": str(run["commit"]).rstrip("+"), "seed": run["seed"]}
    return section("How to replay a seed", REPLAY.format(**about, events=run["events"], more=more))
