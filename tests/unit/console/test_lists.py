"""Order of columns and alerts, ledger entries in words, pages counted backwards."""

import json

import pytest

from services.console.domain.lists import (
    by_weight,
    entry_words,
    local_time,
    page_before,
    raw_event,
    series,
    turned,
)


def test_a_click_on_a_column_asks_for_what_needs_attention_then_turns() -> None:
    """The worst light and the lowest rate first, the largest budget first."""
    assert "asc" == turned("light", "asc", "execution_rate_bp")
    assert "desc" == turned("light", "asc", "adjusted_budget")
    assert ("desc", "asc") == (turned("light", "asc", "light"), turned("light", "desc", "light"))


def test_alerts_are_ordered_by_weight_and_then_by_age() -> None:
    """Red before yellow before information; within, the newest first."""
    alerts = [
        {"severity": severity, "raised_as_of": day}
        for severity, day in (
            ("yellow", "2026-06-30"),
            ("red", "2026-05-01"),
            ("info", "2026-06-30"),
            ("red", "2026-06-01"),
            ("new", "2026-06-30"),
        )
    ]

    assert [("red", 6), ("red", 5), ("yellow", 6), ("info", 6), ("new", 6)] == [
        (alert["severity"], int(alert["raised_as_of"][5:7])) for alert in by_weight(alerts)
    ]


@pytest.mark.parametrize(
    ("thing", "data", "amount"),
    [
        ("expenditure.recorded", {"amount": "5.00"}, "5.00"),
        ("expenditure.reversed", {"amount": "5.00"}, "-5.00"),
        ("funds.disbursed", {"amount": "5.00", "returned": True}, "-5.00"),
        ("budget.adjusted", {"amount": "5.00", "adjustment_kind": "cut"}, "-5.00"),
        ("budget.adjusted", {"amount": "5.00", "direction": "out"}, "-5.00"),
        ("budget.adjusted", {"amount": "5.00", "adjustment_kind": "supplement"}, "5.00"),
        ("project.registered", {"name": "P"}, None),
    ],
)
def test_an_entry_shows_its_direction(thing: str, data: dict[str, object], amount: str) -> None:
    """On the wire amounts have no sign: the kind of the event gives it."""
    event = {"data": {**data, "date": "2026-06-30", "document": {"number": "Z1"}, "line": "L"}}
    entry = {
        "sequence": 3,
        "recorded": "2026-06-30T16:00:00Z",
        "type": f"dualwatch.{thing}.v1",
        "hash": "00",
        "event": event,
    }
    words = entry_words(entry, "Asia/Shanghai")

    assert (amount, thing, "Z1", "L") == (words.amount, words.kind, words.document, words.subject)
    assert "2026-07-01 00:00:00" == words.recorded


def test_a_zone_that_is_not_known_here_leaves_utc() -> None:
    """A page is shown all the same."""
    assert "2026-06-30 16:00:00 UTC" == local_time("2026-06-30T16:00:00+00:00", "Mars/Olympus")


def test_pages_of_entries_go_back_to_the_first_without_a_gap() -> None:
    """Each begins where the one before it ended."""
    seen: list[int] = []
    last = 60
    for _ in range(5):
        after, limit = page_before(last)
        seen += reversed(range(after + 1, after + limit + 1))
        last = after
        if not after:
            break

    assert list(range(60, 0, -1)) == seen
    assert (0, 1) == page_before(0)


def test_a_raw_event_is_cut_out_byte_for_byte() -> None:
    """Spaces, order and escapes of the publisher stay."""
    raw = '{"b" : 1,"a":"\\u4e2d"}'
    page = f'{{"items":[{{"sequence":7,"event":{raw}}}],"next":null}}'.encode()

    assert raw.encode() == raw_event(page, 7)
    assert raw_event(page, 8) is None
    assert {"a": "中", "b": 1} == json.loads(raw_event(page, 7) or b"")


def test_the_budget_in_force_goes_on_to_the_end_of_the_year() -> None:
    """Money that was spent does not."""
    figures = {"expected_spent": "1.00", "disbursed": None, "spent": None, "adjusted_budget": None}

    assert {
        "expected_spent": ["1.00"],
        "disbursed": [None],
        "spent": [None],
        "adjusted_budget": ["9.00"],
    } == series([figures], "9.00")
