"""What benches make of what they saw: a rate that is held, figures that are recorded."""

import json
from typing import Any

import pytest

from contracts.topics import partition_of
from tests.bench.alerts_latency import Taken, figures
from tests.bench.door_to_feed import FEED, Load, Times, projects
from tests.bench.growth_analysis import LEAST, records
from tests.bench.growth_figures import Figures, Size
from tests.bench.reading import Ledger

LOAD = Load(rate=4, seconds=2, alerting=1, projects=3)


def taken(*milliseconds: float, missing: int = 0) -> Taken:
    """Make a run of payments, one a second, each so late at the feed."""
    sent = {f"p{n}": float(n) for n in range(len(milliseconds) + missing)}
    seen = {f"p{n}": n + ms / 1_000 for n, ms in enumerate(milliseconds)}
    return Taken(LOAD, Times(sent, {FEED: seen}, sending_seconds=2.0))


def test_a_rate_is_held_when_the_end_is_not_later_than_the_beginning() -> None:
    """By a factor; whoever falls behind gets later and later."""
    steady, behind = taken(*[50.0] * 8), taken(*(50.0 * n for n in range(1, 9)))

    assert steady.held
    assert 1.0 == pytest.approx(steady.later_times)
    assert not behind.held


def test_a_rate_is_not_held_when_much_is_still_to_do_at_its_end() -> None:
    """All of it as late as the rest: it was late from the beginning."""
    assert not taken(*[9_000.0] * 8).held


def test_a_rate_is_not_held_where_something_is_missing_or_failed() -> None:
    """However early the rest was."""
    failed = taken(*[50.0] * 8)
    failed.failed = "the door was gone"

    assert not taken(*[50.0] * 8, missing=1).held
    assert not failed.held
    assert not Taken(LOAD).held


def test_a_rate_that_failed_is_recorded_with_the_reason() -> None:
    """A line without figures of stages."""
    lost = Taken(LOAD, failed="no stack")
    (rate,) = figures(lost)

    assert ("rate", False, "no stack") == (rate["stage"], rate["held"], rate["failed"])


def test_figures_of_latency_are_those_of_the_page() -> None:
    """Stages are called what the issue calls them."""
    (feed, rate) = figures(taken(*[50.0] * 8))

    assert ("feed", "product", 8, 50.0) == (feed["stage"], feed["kind"], feed["n"], feed["p50_ms"])
    assert 4 == rate["sent_per_second"]


def test_each_alert_has_a_project_of_its_own() -> None:
    """Beside those that are paid again and again."""
    assert 3 + LOAD.events == len(set(projects(LOAD)))


def test_a_part_that_fails_is_a_figure(capsys: pytest.CaptureFixture[str]) -> None:
    """The parts behind it go on."""
    found = Figures(Size.parse("10k:1M"), 2)
    with found.part("sweep"):
        _fail()
    found.add("fold", "", 12.34567, "µs an entry", 9)

    where = {"projects": 10_000, "entries": 1_000_000, "instances": 2}
    failed, fold = found.found
    assert {"subject": "sweep", **where, "value": None} == {
        name: value for name, value in failed.items() if name != "failed"
    }
    assert "TimeoutError: too slow" == failed["failed"]
    assert 12.35 == fold["value"]
    assert "sweep failed" in capsys.readouterr().out


def _fail() -> None:
    message = "too slow\nand more"
    raise TimeoutError(message)


@pytest.mark.parametrize("turns", [False, True])
def test_a_ledger_has_as_many_entries_as_its_size(turns: bool) -> None:  # noqa: FBT001 - an order
    """And each jurisdiction's fact in every partition; every project is of the one it names."""
    ledger, size = Ledger(), Size(10_003, 10_003 * LEAST + 30)
    made: list[Any] = list(records(ledger, size, turns=turns))
    keys = {key.decode().split("/")[0] for _, key, _, _ in made}
    partition, key, value, _ = made[size.entries]

    assert size.entries + 2 * len(ledger.positions) == len(made) == sum(ledger.positions)
    assert {"610100", "610101"} == keys
    assert json.loads(value)["subject"] == key.decode()
    assert partition_of(key.decode(), len(ledger.positions)) == partition
