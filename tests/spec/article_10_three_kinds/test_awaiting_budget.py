"""第十条 合规性监控, domain-rules 17(a): what was spent before the year's budget was approved."""

import pytest

from contracts.envelope import AnyEvent
from contracts.vocabulary import fen_to_wire
from tests.spec.engines import Engine
from tests.spec.tables import rows
from tests.support.builders import budget, expenditure, jurisdiction, reversal

title = "Compliance: spending that awaits its budget"

APPROVED = "2026-06-01"
BEFORE = expenditure(amount="24.00", date="2026-02-10", line=None)
"""Names no line; on 10 June its budget may still come: 20 working days have not passed."""

CASES = rows("""
    | since the approval, without a line | awaiting budget | without budget |
    |------------------------------------|-----------------|----------------|
    | nothing                            | 24.00           | –              |
    | 19.00 came back                    | 5.00            | –              |
    | 24.00 came back                    | –               | –              |
    | 8.00 were paid                     | 24.00           | 8.00           |
    | 8.00 were paid, 19.00 came back    | 13.00           | –              |
    | 19.00 were paid, 8.00 came back    | 24.00           | 11.00          |
""")
FACTS: dict[str, list[AnyEvent]] = {
    "nothing": [],
    "19.00 came back": [reversal("19.00", "2026-06-05", line=None)],
    "24.00 came back": [reversal("24.00", "2026-06-05", line=None)],
    "8.00 were paid": [expenditure(amount="8.00", date="2026-06-03", line=None)],
    "8.00 were paid, 19.00 came back": [
        expenditure(amount="8.00", date="2026-06-03", line=None),
        reversal("19.00", "2026-06-05", line=None),
    ],
    "19.00 were paid, 8.00 came back": [
        expenditure(amount="19.00", date="2026-06-03", line=None),
        reversal("8.00", "2026-06-05", line=None),
    ],
}


@pytest.mark.parametrize("row", CASES, ids=lambda row: row["since the approval, without a line"])
def test_what_came_back_awaits_no_budget(engine: Engine, row: dict[str, str]) -> None:
    """待下达预算: what was spent is what has not come back, whenever it did."""
    since = FACTS[row["since the approval, without a line"]]
    engine.given(jurisdiction(), BEFORE, budget(date=APPROVED), *since)

    found = {
        str(one.kind): fen_to_wire(one.amount)
        for one in engine.assessment(as_of="2026-06-10").findings
    }

    awaiting = found.get("awaiting_budget", "–")
    assert [row["awaiting budget"], row["without budget"]] == [
        awaiting,
        found.get("spending_without_budget", "–"),
    ]
