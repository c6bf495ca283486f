"""What peers are given, how their results are judged, and what the table makes of it."""

import json
from collections import Counter
from typing import Any

import pytest

from contracts.record import MARK_HEADER, Mark
from tests.bench.peers import environments, reading, table
from tests.bench.peers.backlog import PARTITIONS, Backlog
from tests.bench.peers.entrants import ENTRANTS, LIMIT, ORDERED_LIMIT
from tests.bench.peers.judging import Figures, judge
from tests.bench.peers.shared.job import Project, changes, digest, parse

BACKLOG = Backlog(2_000, 50)
NONE = (0,) * 12


def test_deliveries_are_as_many_as_asked_and_some_come_twice() -> None:
    """Near behind each other, and far."""
    delivered = BACKLOG.delivered()
    first: dict[int, int] = {}
    behind = [at - first.setdefault(fact.index, at) for at, fact in enumerate(delivered)]

    assert 2_000 == len(delivered)
    assert 39 == len(delivered) - len(first)
    assert min(gap for gap in behind if gap) < 50
    assert max(behind) > 900


def test_ordered_deliveries_are_the_same_with_their_first_numbers() -> None:
    """Behind the jurisdiction's own, which every partition begins with."""
    raw, ordered = list(BACKLOG.raw()), list(BACKLOG.ordered())[PARTITIONS:]
    last: Counter[int] = Counter(dict.fromkeys(range(PARTITIONS), 1))
    again = 0

    assert [record[:3] for record in raw] == [record[:3] for record in ordered]
    for partition, _, _, headers in ordered:
        position = Mark.from_bytes(dict(headers)[MARK_HEADER]).position
        assert position <= last[partition] + 1
        again += position <= last[partition]
        last[partition] = max(last[partition], position)
    assert 39 == again


def test_the_shared_fold_comes_to_the_plain_totals() -> None:
    """Two ways to the same sums that have no code in common."""
    projects: dict[str, Project] = {}
    seen: set[bytes] = set()
    for _, key, value, _ in BACKLOG.raw():
        event = parse(value)
        if digest(event) not in seen:
            seen.add(digest(event))
            projects.setdefault(key.decode(), Project()).apply(event)
    kept = {name: reading.figures(project.document()) for name, project in projects.items()}

    assert BACKLOG.expected() == kept
    assert "exact" == judge(BACKLOG.expected(), kept).text
    again = Project.of(next(iter(projects.values())).document())
    assert next(iter(kept.values())) == reading.figures(again.document())


@pytest.mark.parametrize(
    ("event_type", "more", "expected"),
    [
        ("expenditure.recorded", {"channel": "treasury_payment"}, (3, 1234, 1234)),
        ("expenditure.recorded", {"channel": "allocation"}, (3, 1234, 0)),
        ("expenditure.reversed", {"channel": "treasury_payment"}, (3, -1234, -1234)),
        ("funds.disbursed", {"channel": "allocation"}, (3, 0, 1234)),
        ("funds.disbursed", {"channel": "allocation", "returned": True}, (3, 0, -1234)),
        ("budget.approved", {}, (3, 0, 0)),
    ],
)
def test_events_change_what_they_should(
    event_type: str, more: dict[str, Any], expected: tuple[int, int, int]
) -> None:
    """Month (January 0), spent, disbursed."""
    assert expected == changes(parse(_event(event_type, **more)))


@pytest.mark.parametrize(
    "value",
    [
        b"{",
        b'{"id": "a", "source": "s", "type": "t", "subject": "p"}',
        b'{"id": 1, "source": "s", "type": "t", "subject": "p", "data": {"date": "2026-01-01"}}',
    ],
)
def test_what_is_no_event_is_refused(value: bytes) -> None:
    """Validation is part of the job."""
    with pytest.raises(ValueError, match=r".+"):
        parse(value)


def test_a_month_that_is_none_is_refused() -> None:
    """So is an amount that is not in digits."""
    with pytest.raises(ValueError, match="is no date"):
        changes(parse(_event("budget.approved", date="2026-13-01")))
    with pytest.raises(ValueError, match="invalid literal"):
        changes(parse(_event("funds.disbursed", amount="a lot")))


@pytest.mark.parametrize(
    ("found", "text"),
    [
        ({"a": Figures(2, 5, 5, NONE, NONE)}, "exact"),
        ({"a": Figures(1, 5, 5, NONE, NONE)}, "lost 1"),
        ({"a": Figures(1_602, 5, 5, NONE, NONE)}, "doubled 1,600"),
        ({"a": Figures(2, 6, 5, NONE, NONE)}, "wrong 1"),
        ({"b": Figures(3, 0, 0, NONE, NONE)}, "lost 2, doubled 3"),
        ({}, "lost 2"),
    ],
)
def test_judging(found: dict[str, Figures], text: str) -> None:
    """One project lost what another has too much: neither hides the other."""
    assert text == judge({"a": Figures(2, 5, 5, NONE, NONE)}, found).text


def test_months_may_be_named() -> None:
    """A handler that increments names the months that are not 0."""
    kept = reading.figures({"n": 1, "spent": 7, "disbursed": 0, "used": {"3": 7}, "paid": {}})

    assert 7 == kept.used[3] == sum(kept.used)


def test_changelogs_are_read() -> None:
    """Packed by Kafka Streams, JSON by Faust."""
    project = Project()
    project.apply(parse(_event("expenditure.recorded")))
    document = project.document()
    packed = reading.FIGURES.pack(1, 1234, 1234, *document["used"], *document["paid"])

    assert reading.figures(document) == reading.packed(packed)
    assert reading.figures(document) == reading.written(json.dumps(document).encode())


def test_table_shows_weaker_guarantees_in_a_column_of_their_own() -> None:
    """Who loses or doubles is compared with nobody who does not."""
    figures = [
        _run(LIMIT, 50_000),
        _run(LIMIT, 40_000),
        _run(LIMIT, 60_000),
        _run(ORDERED_LIMIT, 100_000),
        _run("quick", 25_000),
        {"contender": "quick", "variant": "", "killed": True, "guarantee": "doubled 3"}
        | {"recovery_seconds": 1.0},
        _run("lucky", 5_000, "at most once"),
        {"contender": "lucky", "variant": "", "killed": True, "guarantee": "exact"}
        | {"recovery_seconds": 1.0},
        {"contender": "gone", "variant": "new", "reason": "no wheel"},
    ]
    rows = {line.split("|")[1].strip(): line for line in table.markdown(figures).splitlines()[3:7]}
    cells = dict(zip(table.HEADINGS, map(str.strip, rows["quick"].split("|")[1:]), strict=False))

    assert [ORDERED_LIMIT, LIMIT, "quick", "lucky"] == list(rows)
    assert "| 5,000–5,000 | 1 |  |  | 0.10 |" in rows["lucky"]
    assert ("", "", "0.50") == tuple(cells[name] for name in table.HEADINGS[5:8])
    assert "doubled 3" == cells["after kill -9"]
    assert "- gone (new): no wheel" in table.markdown(figures)


def test_every_peer_pins_what_it_needs() -> None:
    """Exact versions, no address, and a program beside them."""
    for folder in {entrant.folder for entrant in ENTRANTS} - {"", "kafka_streams"}:
        home = environments.HERE / folder
        lines = (home / "requirements.txt").read_text(encoding="utf-8").splitlines()
        assert (home / "program.py").is_file()
        assert [] == [line for line in lines if "==" not in line and not line.startswith("#")]
        assert [] == [line for line in lines if "://" in line or " @ " in line]


def _event(event_type: str, **more: Any) -> bytes:
    data = {"date": "2026-04-30", "fiscal_year": 2026, "amount": "12.34", **more}
    event = {"id": "1", "source": "s", "type": f"dualwatch.{event_type}.v1", "subject": "j/p"}
    return json.dumps({**event, "data": data}).encode()


def _run(contender: str, rate: int, claim: str = "exact: all") -> dict[str, Any]:
    return {
        "contender": contender,
        "variant": "",
        "claim": claim,
        "events": 1_000,
        "events_per_second": rate,
        "cpu_seconds": 1.0,
        "mongod_cpu_seconds": 0.5,
        "kafka_cpu_seconds": 0.1,
        "rss_mb": 80,
    }
