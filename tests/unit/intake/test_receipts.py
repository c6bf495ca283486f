import json

import pytest

from services.intake.domain.decision import Row
from services.intake.domain.receipts import Counts, count, is_settled, results_of
from services.intake.domain.verdicts import Refusal, Verdict

ACCEPTED: tuple[int, Row] = (1, (0, "accepted", 3, 9, None))
REFUSAL = Refusal("malformed_json", "detail", "说明")


@pytest.mark.parametrize(
    ("copies", "settled"),
    [
        ([{}, {}, {}], False),
        ([{1: 9}, {}, {1: 8}], False),
        ([{1: 9}, {}, {1: 9}], True),
        ([{1: 12}, {}, {1: 10}], True),
    ],
)
def test_a_jurisdiction_fact_is_accepted_once_every_partition_has_it(
    copies: list[dict[int, int]], *, settled: bool
) -> None:
    """Its home needs no copy."""
    assert settled is is_settled(0, {0: ACCEPTED}, [0], copies)


def test_a_project_fact_is_settled_at_once() -> None:
    """It lives on one partition."""
    assert is_settled(0, {0: ACCEPTED}, [], [{}, {}])
    assert not is_settled(1, {0: ACCEPTED}, [], [{}, {}])


@pytest.mark.parametrize(
    "row", [(0, "conflict", None, None, "q"), (0, "duplicate", None, None, None)]
)
def test_what_was_not_entered_waits_for_no_copy(row: Row) -> None:
    """Refused facts, and days that were jumped over."""
    assert is_settled(0, {0: (1, row)}, [0], [{}, {}])


def test_results_say_what_is_known_and_the_counts_add_up() -> None:
    """Sent = accepted + duplicate + quarantined + pending."""
    decided: dict[int, tuple[int, Row]] = {
        0: ACCEPTED,
        1: (2, (1, "duplicate", 1, 4, None)),
        2: (0, (2, "conflict", None, None, "q2")),
    }
    results = results_of(["a", "b", "c", "d", None], decided, {4: (REFUSAL, "q4")})

    verdicts = [result.verdict for result in results]
    assert verdicts == ["accepted", "duplicate", "conflict", "pending", "invalid"]
    assert Counts(5, 1, 1, 2, 1) == count(results)
    assert [(1, 3, 9), (2, 1, 4), (None, None, None)] == [
        (result.partition, result.sequence, result.position) for result in results[:3]
    ]
    problem = results[4].problem
    assert problem is not None
    assert "malformed_json" == json.loads(bytes(problem))["code"]


def test_every_verdict_is_counted_somewhere() -> None:
    """None falls through the accounting."""
    for verdict in Verdict:
        counts = count(results_of(["a"], {0: (0, (0, verdict.value, None, None, None))}, {}))

        assert 1 == counts.accepted + counts.duplicate + counts.quarantined + counts.pending
