"""第十条 合规性监控, domain-rules 1: spending above what was disbursed, where that is recorded."""

import pytest

from contracts.envelope import AnyEvent
from contracts.vocabulary import fen_to_wire
from tests.spec.engines import Engine
from tests.spec.tables import rows
from tests.support.builders import budget, disbursement, expenditure, jurisdiction, project
from tests.support.measuring import correction

title = "Compliance: spending above disbursement"

BEFORE = [
    jurisdiction(),
    project(),
    *(budget(line=line, channel="allocation") for line in ("L1", "L2", "L3")),
    disbursement("20.00", "2026-03-01", line="L2"),
]
"""Five entries of the project: the disbursement on L2 is its fifth."""
TAKEN = 5
SPENT = expenditure(amount="4.00", date="2026-03-05", channel="allocation")
HERE = disbursement("10.00", "2026-03-02")
THROUGH = [
    correction(TAKEN, "2026-08-01", line="L1"),
    correction(TAKEN, "2026-04-01", line="L3"),
]
"""To L1, and on from there to L3, the second dated four months before the first."""

CASES = rows("""
    | what is recorded on L1                                     | found  |
    |------------------------------------------------------------|--------|
    | nothing                                                    | –      |
    | 10.00 by an allocation                                     | –      |
    | 3.00 by an allocation                                      | 1.00   |
    | 10.00; 20.00 goes on to L3 before it comes                 | 14.00  |
    | nothing; 20.00 goes on to L3 before it comes               | –      |
    | 10.00, and all of it goes to L2                            | –      |
    | 20.00 comes by a correction; later other 10.00 goes to L2  | –      |
""")
FACTS: dict[str, list[AnyEvent]] = {
    "nothing": [],
    "10.00 by an allocation": [HERE],
    "3.00 by an allocation": [disbursement("3.00", "2026-03-02")],
    "10.00; 20.00 goes on to L3 before it comes": [HERE, *THROUGH],
    "nothing; 20.00 goes on to L3 before it comes": THROUGH,
    "10.00, and all of it goes to L2": [HERE, correction(7, "2026-04-01", line="L2")],
    "20.00 comes by a correction; later other 10.00 goes to L2": [
        HERE,
        correction(TAKEN, "2026-04-01", line="L1"),
        correction(7, "2026-04-02", line="L2"),
    ],
}


@pytest.mark.parametrize("row", CASES, ids=lambda row: row["what is recorded on L1"])
def test_it_applies_to_lines_with_a_recorded_disbursement(
    engine: Engine, row: dict[str, str]
) -> None:
    """超拨款支出: 4.00 were spent; elsewhere it is not applicable, never zero.

    Of 20.00 that leave L1 before they come L1 has 20.00 less for a while; what is recorded on it
    stays recorded.
    """
    engine.given(*BEFORE, SPENT, *FACTS[row["what is recorded on L1"]])

    found = [
        fen_to_wire(one.amount)
        for one in engine.assessment().findings
        if (one.kind, one.subject) == ("above_disbursement", "L1")
    ]

    assert [row["found"]] == (found or ["–"])


def test_the_correction_that_took_too_much_is_named(engine: Engine) -> None:
    """From its date on, until the money has come that it took."""
    engine.given(*BEFORE, SPENT, HERE, *THROUGH)

    found = {
        as_of: [
            one.entry_sequence
            for one in engine.assessment(as_of=as_of).findings
            if one.kind == "above_disbursement"
        ]
        for as_of in ("2026-03-31", "2026-04-01", "2026-07-31", "2026-08-01")
    }

    assert found == {"2026-03-31": [], "2026-04-01": [9], "2026-07-31": [9], "2026-08-01": []}
