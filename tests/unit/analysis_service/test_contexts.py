"""By what an entry is found again: read from its record, kept until it is assessed."""

from types import SimpleNamespace
from typing import Any

from contracts.record import MARK_HEADER, Mark
from services.analysis.handlers.arriving import NO_CONTEXT, Context, arrive
from services.analysis.handlers.gate import Gate
from services.analysis.handlers.share import CONTEXTS_KEPT, CONTEXTS_MAX, Contexts
from services.chassis.records import FetchedRecord

ID = ("x-correlation-id", b"payment-1")
TRACE = ("traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")


def record(position: int, *more: tuple[str, bytes]) -> Any:
    """Make a record of the ledger."""
    mark = Mark(position, position, 1, position, "dualwatch.expenditure.recorded.v1", "demo")
    headers = [(MARK_HEADER, mark.to_bytes()), *more]
    return SimpleNamespace(
        topic="ledger", partition=0, offset=position, key=b"J/P", value=b"{}", headers=headers
    )


def test_headers_tell_it_and_nothing_else_does() -> None:
    """With a trace or without; what does not look like an id is none."""
    records = [
        record(1),
        record(2, ID),
        record(3, ID, TRACE),
        record(4, (ID[0], b"not an id")),
        record(5, ("foreign", b"x")),
    ]
    arrival = arrive(Gate(0), 0, records)

    assert [1, 2, 3, 4, 5] == [entry.position for entry in arrival.entries]
    assert {
        2: Context("payment-1"),
        3: Context("payment-1", TRACE[1].decode()),
        4: NO_CONTEXT,
        5: NO_CONTEXT,
    } == arrival.contexts


def test_a_light_record_is_read_as_any_other() -> None:
    """Whether its mark comes first or not; what types there are is told of all together."""
    plain = [record(1), record(2, ID), record(3, ID, TRACE), record(4)]
    plain[3].headers.insert(0, TRACE)
    light = [FetchedRecord("ledger", 0, n, 0, b"J/P", b"{}", None, ()) for n in range(1, 5)]
    for one, other in zip(light, plain, strict=True):
        (name, mark), *more = other.headers
        first = name == MARK_HEADER
        one.mark, one.more = (mark, more) if first else (None, other.headers)

    found, expected = arrive(Gate(0), 0, light), arrive(Gate(0), 0, plain)
    assert expected == found
    assert {"dualwatch.expenditure.recorded.v1"} == found.kinds
    assert Context(None, TRACE[1].decode()) == found.contexts[4]


def test_the_latest_are_remembered() -> None:
    """As many as are assessed late, and no more; so also of the largest batch."""
    contexts = Contexts()
    for position in range(1, CONTEXTS_MAX + 2):
        contexts.add({position: Context(f"c{position}")})
    oldest = CONTEXTS_MAX + 2 - CONTEXTS_KEPT

    assert NO_CONTEXT == contexts.of(oldest - 1)
    assert Context(f"c{oldest}") == contexts.of(oldest)
    assert Context(f"c{CONTEXTS_MAX + 1}") == contexts.of(CONTEXTS_MAX + 1)
    contexts.add({position: Context("b") for position in range(100_000, 130_000)})
    assert NO_CONTEXT == contexts.of(CONTEXTS_MAX + 1)
    assert Context("b") == contexts.of(129_999)
