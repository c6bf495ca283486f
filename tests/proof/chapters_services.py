"""The page's chapters of what users and operators of running services meet, bench by bench."""

from collections.abc import Sequence
from typing import Any, Final

from tests.proof import services
from tests.proof.benches import last
from tests.proof.markdown import UNMEASURED, number, section, table
from tests.proof.reading import Line, Lines

KILO: Final = 1_000
REBUILD: Final = """\
Payments wait where intake's door leaves them; intake and analysis take them to the projection beside each other, which is the rate from the door; then a builder makes the projection anew beside analysis, which has nothing to do, and compares both by hash (`python -m tests.bench.rebuild`).
HTTP is left out of the way from the door: with it that is slower, and the ratio larger."""  # noqa: E501 - a sentence is a line
CROWDS: Final = """\
A thousand readers follow one stream of one process, without and beside ten that are dead or slow; so do receivers of webhooks of which ten of a hundred never answer, answer after seconds, or are not there (`python -m tests.bench.feeds`, `python -m tests.bench.webhooks`).
From the assessment that raises an alert, or an entry's commit, to each reader that is well; who reads shares the machine with what is read."""  # noqa: E501 - a sentence is a line
READING: Final = """\
Questions to analysis over so many projects while payments keep coming; each beside a bare MongoDB read of the same documents in the same run (`python -m tests.bench.reading`)."""  # noqa: E501 - a sentence is a line
PAGES: Final = """\
The console's pages of the whole product while payments keep coming, each time of another department, unit or project (`python -m tests.bench.pages`).
`livez` is an answer without any content, what the machine takes for one at all; cold is a page with all files that it refers to, warm without them, both as sent."""  # noqa: E501 - a sentence is a line
FORMS: Final = """\
Monitoring forms of different figures and texts as .xlsx, in turns with XlsxWriter alone, which writes the very same cells from a list that is ready (`python -m tests.bench.forms`)."""  # noqa: E501 - a sentence is a line
METRICS: Final = """\
Each service of the whole stack scraped 200 times, and registries filled as a large deployment fills them; stages with metrics and with all of them silenced, in turns (`python -m tests.bench.metrics`)."""  # noqa: E501 - a sentence is a line
REBUILD_TITLE: Final = "A rebuild"
CROWDS_TITLE: Final = "Many readers of alerts, some of them dead"
READING_TITLE: Final = "Answers over a city"
PAGES_TITLE: Final = "Pages over a city"
FORMS_TITLE: Final = "Forms as workbooks"
METRICS_TITLE: Final = "What metrics cost"
TIMES: Final = ("p50_ms", "p90_ms", "p99_ms", "max_ms")
TIME_HEADINGS: Final = ("p50 ms:", "p90 ms:", "p99 ms:", "most ms:")


def rebuild(lines: Lines) -> str:
    """Lay a rebuild out beside the way from the door."""
    found = services.rebuilt(lines.rebuild)
    if found is None:
        return section(REBUILD_TITLE, REBUILD, UNMEASURED)
    rows = [
        ("door to projection", number(found.door), number(found.door_thrift), "", ""),
        (
            "rebuild",
            number(found.rebuild),
            number(found.rebuild_thrift),
            number(found.times),
            number(found.times_by_cpu),
        ),
    ]
    headings = ("", "entries/s:", "entries a second of CPU:", "times:", "times by CPU:")
    told = (
        f"{found.line['events']:,} payments of {found.line['projects']:,} projects, medians of "
        f"{found.rounds} rounds; compared by hash and ended {number(found.whole_seconds)} s after "
        f"it began; {_when(found.line)}."
    )
    return section(REBUILD_TITLE, REBUILD, table(headings, rows), told)


def crowds(lines: Lines) -> str:
    """Lay readers of streams and receivers of webhooks out."""
    feeds, hooks = last(lines.feeds), last(lines.webhooks)
    rows: list[Sequence[str]] = []
    if feeds:
        rows += [(one["crowd"], number(one["n"]), *_times(one), "") for one in feeds["figures"]]
    if hooks:
        rows += [_receivers(one) for one in hooks["figures"]]
    if not rows:
        return section(CROWDS_TITLE, CROWDS, UNMEASURED)
    headings = ("who", "deliveries:", *TIME_HEADINGS, "in order, nothing lost")
    told = "; ".join(
        f"{name}: {_when(line)}" for name, line in (("streams", feeds), ("webhooks", hooks)) if line
    )
    return section(CROWDS_TITLE, CROWDS, table(headings, rows), f"{told}.")


def _receivers(one: Line) -> Sequence[str]:
    beside = f" beside {one['dead']} dead or slow" if one["dead"] else ""
    who = f"{one['receivers']} receivers of webhooks{beside}"
    return who, number(one["n"]), *_times(one), "yes" if one["whole"] else "**no**"


def reading(lines: Lines) -> str:
    """Lay answers of analysis out."""
    line = last(lines.reading)
    if line is None:
        return section(READING_TITLE, READING, UNMEASURED)
    rows = (
        (one["question"], number(one["n"]), *_times(one), _given(one["of_bare"]))
        for one in line["figures"]
    )
    headings = ("question", "n:", *TIME_HEADINGS, "p50 of the bare read's:")
    return section(READING_TITLE, READING, table(headings, rows), _meanwhile(line))


def pages(lines: Lines) -> str:
    """Lay the console's pages out."""
    line = last(lines.pages)
    if line is None:
        return section(PAGES_TITLE, PAGES, UNMEASURED)
    rows = (
        (
            one["page"],
            "yes" if one["promised"] else "",
            number(one["n"]),
            *_times(one),
            number(one["cpu_ms"]),
            *(number(one[name] / KILO) for name in ("warm_bytes", "plain_bytes", "cold_bytes")),
        )
        for one in line["figures"]
    )
    headings = ("page", "time promised", "n:", *TIME_HEADINGS, "CPU ms:", "warm kB:",
                "before compression kB:", "cold kB:")  # fmt: skip
    told = _meanwhile(line)
    if seen := last(lines.seen):
        seconds = number(services.seen(seen))
        told += f"\nA payment was on an open page {seconds} s after it was sent; {_when(seen)}."
    return section(PAGES_TITLE, PAGES, table(headings, rows), told)


def forms(lines: Lines) -> str:
    """Lay the time of forms out beside XlsxWriter's."""
    line = last(lines.forms)
    if line is None:
        return section(FORMS_TITLE, FORMS, UNMEASURED)
    names = {"product": "forms", "limit": "XlsxWriter, the same cells"}
    rows = (
        (
            names[one["contender"]],
            number(one["cpu_seconds"]),
            number(KILO * one["cpu_seconds"] / line["forms"]),
        )
        for one in line["figures"]
        if "contender" in one
    )
    headings = ("", "CPU s for all:", "CPU ms a form:")
    told = (
        f"{line['forms']:,} forms of {line['cells']:,} cells; median of the turns "
        f"{number(services.written(line))} times XlsxWriter's own; {_when(line)}."
    )
    return section(FORMS_TITLE, FORMS, table(headings, rows), told)


def metrics(lines: Lines) -> str:
    """Lay scrapes out, and what metrics take of each stage."""
    line = last(lines.metrics)
    if line is None:
        return section(METRICS_TITLE, METRICS, UNMEASURED)
    scraped = (
        (one["service"], number(one["lines"]), number(one["p50_ms"]), number(one["p99_ms"]))
        for one in line["figures"]
        if "service" in one
    )
    taken = [
        (
            one["stage"],
            number(one["events_per_second"]),
            number(one["silenced_per_second"]),
            _percent(one["share"]),
            _percent(one["cpu_share"]),
            str(one["rounds"]),
        )
        for one in line["figures"]
        if "stage" in one
    ]
    headings = ("stage", "events/s:", "without metrics:", "they take:", "of its CPU:", "rounds:")
    return section(
        METRICS_TITLE,
        METRICS,
        table(("service", "lines:", "p50 ms:", "p99 ms:"), scraped),
        table(headings, taken) if taken else "",
        f"{_when(line)[0].upper()}{_when(line)[1:]}.",
    )


def _times(figure: Line) -> Sequence[str]:
    return [number(float(figure[name])) for name in TIMES]


def _given(value: float | None) -> str:
    return "" if value is None else number(value)


def _percent(share: Any) -> str:
    return f"{100 * float(share):.1f} %"


def _meanwhile(line: Line) -> str:
    many = f"{line['projects']:,} projects, {line['rate']:,} payments a second meanwhile"
    return f"{many}; {_when(line)}."


def _when(line: Line) -> str:
    return f"commit {line['commit']}, {line['date']}"
