"""The page's chapters of benches; one of which nothing was recorded says so."""

from collections.abc import Iterator, Sequence
from typing import Final

from services.analysis.api.table import TABLE_PROJECTS_MAX
from tests.bench.growth_analysis import BATCH_RECORDS
from tests.bench.growth_figures import JURISDICTION_PROJECTS
from tests.proof import growth as growing
from tests.proof.benches import Peer, absent, last, peers_of, staged, timed
from tests.proof.markdown import UNMEASURED, number, section, small, table
from tests.proof.reading import Line, Lines
from tests.proof.targets import SLOPE

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
GROWTH: Final = f"""\
What a unit of work costs with few projects and with many, each time in a store of its own.
A slope is the cost of a unit at 100,000 projects divided by that at 10,000, where each project has as many entries at both sizes.
The hand-written limit folds the same entries in turns with ours, its own slope stands beside ours, and ours is held against the bound *divided* by it: what mongod makes of ten times as many documents costs both ("mongod's CPU" is counted until all is in its files); where the limit did not run beside it, a slope is held as it is.
One jurisdiction has {JURISDICTION_PROJECTS:,} projects at most, more are those of several (one alone is answered up to {TABLE_PROJECTS_MAX:,}); their entries come one jurisdiction's after another's.
Batches hold {BATCH_RECORDS:,} entries at most, for a backlog that is one batch touches every project once, which flatters the small size.
*In turns* all projects' entries come in turns: a backlog's batch then touches more projects for as many entries, and each that is touched is read, folded and written."""  # noqa: E501 - a sentence is a line
FORTH: Final = " → "


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
        ran = {one.label for one in found}
        parts.append("\n".join(f"- {name} {_not_done(name in ran)}: {why}." for name, why in away))
    about = ", ".join(f"{line[k]:,} {k}" for k in ("events", "projects", "partitions") if k in line)
    parts.append(f"{about}; commit {line['commit']}, {line['date']}.")
    return section("Beside what else one would pick", *parts)


def _not_done(ran: bool) -> str:  # noqa: FBT001 - the one thing that is asked
    return "ran, but gave no result after a kill" if ran else "does not run"


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
        drain = about.get("drain_seconds")
        said += f", all of it there {number(drain)} s after the last was sent" if drain else ""
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
            _given(s.limit_times),
            _given(s.divided),
            "" if s.subject == growing.MEMORY else "yes" if s.held <= SLOPE else "**no**",
        )
        for s in growing.slopes(found)
    )
    headings = ("what", "10,000 → 100,000 projects", "entries", "slope:", "the limit's:",
                "divided:", "≤ 1.15")  # fmt: skip
    parts.append(table(headings, rows))
    parts.append(table(
        ("what", "projects:", "entries:", "instances:", "cost:", "the limit's:", "unit",
         "commit"),
        (
            (c.label, number(c.size.projects), number(c.size.entries) if c.size.entries else "",
             str(c.size.instances), small(c.value), "" if c.limit is None else small(c.limit),
             c.unit, c.commit)
            for c in found
        ),
    ))  # fmt: skip
    if failed := growing.failures(lines.growth):
        parts.append("\n".join(f"- {f.get('subject')}: {f['failed']}" for f in failed))
    return section("Growth", *parts)


def _given(value: float | None) -> str:
    return "" if value is None else number(value)


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
    headings = ("stage", "when", "CPU s/100k:", "biggest costs", "what was done", "commit")
    return section("Profiles", table(headings, rows))


def _share(cost: Line) -> str:
    share = cost.get("share")
    percent = cost.get("percent", None if share is None else 100 * float(share))
    return "" if percent is None else f"{percent:.1f} %"
