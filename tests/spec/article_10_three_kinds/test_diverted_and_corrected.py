"""第十条 合规性监控, domain-rules 4 and 17(c): 挤占挪用 of payments that corrections move about."""

from typing import Any, Final

from contracts.vocabulary import fen_to_wire
from tests.spec.engines import Engine
from tests.spec.tables import rows
from tests.support.builders import budget, expenditure, jurisdiction
from tests.support.measuring import correction

title = "Compliance: diversion, however payments are corrected"

ROADS: Final[dict[str, Any]] = {"classification": {"function": "2140104"}}
WATER: Final[dict[str, Any]] = {"classification": {"function": "2130305"}}

CASES = rows("""
    | as of      | spent on L1 | diverted | since entry |
    |------------|-------------|----------|-------------|
    | 2026-08-31 | 40.00       | –        | –           |
    | 2026-09-30 | 68.00       | 28.00    | 5           |
    | 2026-10-31 | 33.00       | 28.00    | 5           |
    | 2026-12-31 | 68.00       | 28.00    | 5           |
""")


def test_what_has_not_come_to_a_line_undoes_no_diversion(engine: Engine) -> None:
    """28.00 were paid from L1, which is for water, under the class of roads, and stay so.

    35.00 of L2 are corrected to L1 and roads as of December, and on from there to L3 as of October:
    L1 has 35.00 less than nothing of them for a while. What was never there undoes nothing.
    """
    engine.given(
        jurisdiction(),
        *(budget(line=line, **WATER) for line in ("L1", "L2")),
        expenditure(amount="35.00", date="2026-03-15", line="L2"),
        expenditure(amount="40.00", date="2026-03-20"),
        expenditure(amount="28.00", date="2026-09-10", **ROADS),
        correction(3, "2026-12-15", line="L1", **ROADS),
        correction(3, "2026-10-05", line="L3"),
    )
    told = []
    for row in CASES:
        made = engine.assessment(as_of=row["as of"])
        of_line = next(line for line in made.execution.lines if line.line == "L1")
        found = [one for one in made.findings if (one.kind, one.subject) == ("diversion", "L1")]
        told.append(
            {
                "as of": row["as of"],
                "spent on L1": fen_to_wire(of_line.money.spent),
                "diverted": fen_to_wire(found[0].amount) if found else "–",
                "since entry": str(found[0].entry_sequence) if found else "–",
            }
        )

    assert CASES == told


def test_a_payment_is_charged_as_its_last_correction_by_then_says(engine: Engine) -> None:
    """To roads, and on to bridges as of a day before: from that day on it is charged to these."""
    bridges: dict[str, Any] = {"classification": {"function": "2140106"}}
    engine.given(
        jurisdiction(),
        budget(**WATER),
        expenditure(amount="9.00", date="2026-03-15", **WATER),
        correction(2, "2026-05-10", **ROADS),
        correction(2, "2026-04-10", **bridges),
    )
    told = {
        as_of: [fen_to_wire(found.amount) for found in engine.assessment(as_of=as_of).findings]
        for as_of in ("2026-04-09", "2026-04-10", "2026-05-10")
    }

    assert told == {"2026-04-09": [], "2026-04-10": ["9.00"], "2026-05-10": ["9.00"]}
