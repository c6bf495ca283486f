"""domain-rules 5: a closed year has final figures; later facts of it make a new closing version."""

from contracts.vocabulary import fen_to_wire
from tests.spec.engines import Engine
from tests.spec.tables import rows
from tests.support.builders import budget, expenditure, jurisdiction
from tests.support.measuring import year_closed

title = "Closing: what came after it, as of any date"

FACTS = rows("""
    | fact, in the order of the ledger        | dated      |
    |-----------------------------------------|------------|
    | the year 2026 is closed, version 1      | 2027-01-20 |
    | 9.00 were paid                          | 2027-02-10 |
    | the year is closed again, version 2     | 2027-03-01 |
    | 5.00 were paid                          | 2026-12-30 |
""")
AS_OF = rows("""
    | as of      | version that holds | spent | a new version is due |
    |------------|--------------------|-------|----------------------|
    | 2026-12-31 | –                  | 5.00  | no                   |
    | 2027-01-19 | –                  | 5.00  | no                   |
    | 2027-01-20 | 1                  | 5.00  | yes                  |
    | 2027-02-10 | 1                  | 14.00 | yes                  |
    | 2027-03-01 | 2                  | 14.00 | yes                  |
""")
BEFORE_THE_LAST = rows("""
    | as of      | version that holds | spent | a new version is due |
    |------------|--------------------|-------|----------------------|
    | 2027-01-19 | –                  | 0.00  | no                   |
    | 2027-01-20 | 1                  | 0.00  | no                   |
    | 2027-02-09 | 1                  | 0.00  | no                   |
    | 2027-02-10 | 1                  | 9.00  | yes                  |
    | 2027-03-01 | 2                  | 9.00  | no                   |
""")


def test_of_a_past_date_what_is_dated_later_came_after_no_closing(engine: Engine) -> None:
    """An answer as of a date counts what is dated by it; so does what it says of a closing.

    A fact came after a closing if it stands behind it in the ledger, and belongs to the year.
    """
    engine.given(
        jurisdiction(),
        budget(),
        year_closed(date=FACTS[0]["dated"]),
        expenditure(amount="9.00", date=FACTS[1]["dated"], fiscal_year=2026),
        year_closed(version=2, date=FACTS[2]["dated"]),
    )
    assert _told(engine, BEFORE_THE_LAST) == BEFORE_THE_LAST

    engine.given(expenditure(amount="5.00", date=FACTS[3]["dated"]))
    assert _told(engine, AS_OF) == AS_OF


def _told(engine: Engine, asked: list[dict[str, str]]) -> list[dict[str, str]]:
    told = []
    for row in asked:
        made = engine.assessment(as_of=row["as of"])
        version, spent = made.standing.closed_version, made.execution.money.spent
        told.append(
            {
                "as of": row["as of"],
                "version that holds": "–" if version is None else str(version),
                "spent": fen_to_wire(spent),
                "a new version is due": "yes" if made.standing.facts_after_closing else "no",
            }
        )
    return told
