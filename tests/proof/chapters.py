"""The page's chapters; one of which nothing was recorded says so."""

from collections.abc import Iterator, Sequence
from typing import Final

from tests.proof import growth as growing
from tests.proof import hostile
from tests.proof.benches import Peer, absent, last, peers_of, staged, timed
from tests.proof.markdown import NOTHING, number, section, small, table, words
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
from tests.proof.targets import SLOPE

UNMEASURED: Final = "Not measured."
FORTH: Final = " → "

NET: Final = """\
Three Kafka brokers, a MongoDB replica set of three, two processes of each service, under faults drawn by a seed ([faults](faults.md)).
A fault counts only if a counter shows its effect; every figure, alert and form is compared with a recomputation that shares no code with the services ([oracle](oracle.md))."""  # noqa: E501 - a sentence is a line
INPUTS: Final = """\
The corpus of `tests/fault/hostile`, counted where it is made: each case goes through every door that it fits, and what comes of it is known beforehand.
Some are strange and sound, and must be taken; all others must be refused or kept in quarantine with a reason."""  # noqa: E501 - a sentence is a line
CONTROLS: Final = """\
A net that never caught anything proves nothing: each guard is broken once, and the checks must notice ([controls](proof/controls.md))."""  # noqa: E501 - a sentence is a line
PEERS: Final = """\
The same job for all: take 200,000 events from six partitions, validate, drop duplicates, fold into totals and twelve months for each project, persist so that a crash leaves them right.
Runs alternate; medians; each was killed once, and what its state then was is the guarantee that it really gives.
What is not exact after a kill does less, and stands in a column of its own.
Our stage takes the ledger's ordered entries, which carry the same amounts; so does the ordered limit, which keeps copies of them as our stage does."""  # noqa: E501 - a sentence is a line
STAGES: Final = """\
The product's own stages beside hand-written minimal loops with the same guarantees ([benchmarks](benchmarks.md)); `both` is every event's way through one and then the other."""  # noqa: E501 - a sentence is a line
LATENCY: Final = """\
Payments at a steady rate through the door of the whole embedded stack; a tenth of them raise an alert and are timed from their sending to each stage: the door's answer, the topics `ledger`, `assessments` (projection) and `alerts`, and the stream of server-sent events.
All processes, both stores and what sends and watches share the machine's cores."""  # noqa: E501 - a sentence is a line
GROWTH: Final = """\
What a unit of work costs with few projects and with many, each time in a store of its own.
A slope is the cost of a unit at 100,000 projects divided by that at 10,000, where each project has as many entries at both sizes."""  # noqa: E501 - a sentence is a line
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
    seconds = [percentile(found.recoveries, percent) for percent in (50, 95, 100)]
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
            holds = "yes" if one.get("holds") else "**no**"
            told = str(one.get("what") or one.get("reason") or "")
            found[name] = (name, holds, number(one.get("seconds")), told, str(line["commit"]))
    if not found:
        return section("Drills", UNMEASURED)
    return section(
        "Drills", table(("drill", "holds", "seconds:", "what was seen", "commit"), found.values())
    )


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


def peers(lines: Lines) -> str:
    """Lay the common job's contenders out."""
    line = last(lines.peers)
    found = peers_of(line)
    if line is None or not found:
        return section("Beside what else one would pick", PEERS, UNMEASURED)
    headings = (
        *("contender", "ratio to the limit, exact after a kill:", "ratio, weaker guarantee:"),
        *("to the ordered limit:", "after kill -9", "recovery s:", "events/s:", "spread"),
        *("CPU s/100k:", "mongod CPU s/100k:", "MB:", "runs:"),
    )
    parts = [
        PEERS,
        "![Throughput by that of the limit](images/proof-peers.svg)",
        table(headings, map(_peer, found)),
    ]
    if away := absent(line):
        parts.append("\n".join(f"- {name} does not run: {why}." for name, why in away))
    about = ", ".join(f"{line[k]:,} {k}" for k in ("events", "projects", "partitions") if k in line)
    parts.append(f"{about}; commit {line['commit']}, {line['date']}.")
    return section("Beside what else one would pick", *parts)


def _peer(one: Peer) -> Sequence[str]:
    of_limit = number(one.of_limit)
    return (
        one.label,
        of_limit if one.exact else "",
        "" if one.exact else of_limit,
        number(one.of_ordered),
        one.guarantee or "not tried",
        number(one.recovery_seconds),
        number(one.rate),
        f"{one.least:,.0f}–{one.most:,.0f}",
        number(one.cpu_seconds),
        number(one.mongod_cpu_seconds),
        number(one.rss_mb),
        str(one.rounds),
    )


def stages(lines: Lines) -> str:
    """Lay our stages out beside their limits, every recorded line."""
    rows = [
        (
            one.stage,
            number(one.product),
            number(one.limit),
            number(one.by_clock),
            number(one.by_cpu),
            str(one.rounds),
            f"{line['date']}, {line['commit']}",
        )
        for line in lines.stages
        for one in staged(line)
    ]
    headings = ("stage", "ours, events/s:", "limit, events/s:", "ratio:", "ratio by CPU:",
                "runs:", "recorded")  # fmt: skip
    found = table(headings, rows) if rows else UNMEASURED
    return section("Our stages beside the limit", STAGES, found)


def latency(lines: Lines) -> str:
    """Lay latencies out, stage by stage."""
    found = timed(lines.latency)
    if not found:
        return section("From the door to the stream", LATENCY, UNMEASURED)
    rows = (
        (f"{t.rate:,}", t.kind, t.stage, number(t.n), *map(number, (t.p50, t.p90, t.p99, t.most)))
        for t in found
    )
    headings = ("events/s", "who", "stage", "n:", "p50 ms:", "p90 ms:", "p99 ms:", "most ms:")
    return section(
        "From the door to the stream",
        LATENCY,
        "![Latency by stage](images/proof-latency.svg)",
        table(headings, rows),
        "\n".join(_held(lines)),
    )


def _held(lines: Lines) -> Iterator[str]:
    newest: dict[int, Line] = {}
    for line in lines.latency:
        if "rate" in line:
            newest[int(line["rate"])] = line
    for rate, line in sorted(newest.items()):
        about = next((f for f in line["figures"] if f.get("stage") == "rate"), None)
        if about is None:
            continue
        held = "was held" if about["held"] else "was **not** held"
        why = f": {about['failed']}" if about.get("failed") else ""
        late = about.get("later_times")
        said = f", its last quarter {number(late)} times as late as its first" if late else ""
        sent = about.get("sent_per_second")
        came = f" ({number(sent)}/s were sent)" if sent else ""
        yield f"- {rate:,} events a second {held}{came}{said}{why}."
    held_rates = [rate for rate, line in newest.items() if _is_held(line)]
    if newest:
        most = f"{max(held_rates):,} events a second" if held_rates else "none of them"
        yield f"- The highest rate that was tried and held: {most}."


def _is_held(line: Line) -> bool:
    return any(f.get("stage") == "rate" and f["held"] for f in line["figures"])


def growth(lines: Lines) -> str:
    """Lay costs and slopes out."""
    found = growing.costs(lines.growth)
    if not found:
        return section("Growth", GROWTH, UNMEASURED)
    parts = [GROWTH, "![Cost of a unit by the number of projects](images/proof-growth.svg)"]
    rows = (
        (
            s.label,
            f"{small(s.low.value)}{FORTH}{small(s.high.value)} {s.low.unit}",
            "the same for each project" if s.alike else "as many in all",
            number(s.times),
            "" if s.subject == growing.MEMORY else "yes" if s.times <= SLOPE else "**no**",
        )
        for s in growing.slopes(found)
    )
    headings = ("what", "10,000 → 100,000 projects", "entries", "slope:", "≤ 1.15")
    parts.append(table(headings, rows))
    parts.append(table(
        ("what", "projects:", "entries:", "instances:", "cost:", "unit", "commit"),
        (
            (c.label, number(c.size.projects), number(c.size.entries) if c.size.entries else "",
             str(c.size.instances), small(c.value), c.unit, c.commit)
            for c in found
        ),
    ))  # fmt: skip
    if failed := growing.failures(lines.growth):
        parts.append("\n".join(f"- {f.get('subject')}: {f['failed']}" for f in failed))
    return section("Growth", *parts)


def profiles(lines: Lines) -> str:
    """Name the biggest costs of each stage, before and after."""
    rows = []
    for line in lines.profiles:
        for figure in line.get("figures", ()):
            top = figure.get("top") or [figure]
            costs = "; ".join(f"{t.get('what')} {_share(t)}" for t in top)
            stage = str(figure.get("stage") or line.get("stage", ""))
            seconds = figure.get("seconds", line.get("seconds"))
            when = str(figure.get("when") or line.get("when", ""))
            note = str(figure.get("note") or line.get("note", ""))
            rows.append((stage, when, number(seconds), costs, note, str(line["commit"])))
    if not rows:
        return section("Profiles", UNMEASURED)
    headings = ("stage", "when", "seconds:", "biggest costs", "what was done", "commit")
    return section("Profiles", table(headings, rows))


def _share(cost: Line) -> str:
    share = cost.get("share")
    percent = cost.get("percent", None if share is None else 100 * float(share))
    return "" if percent is None else f"{percent:.1f} %"


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
