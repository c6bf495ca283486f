"""第二条: money and results set against each other in one measure: 挣值."""

from fractions import Fraction

from tests.golden.earned import airport, published_rows
from tests.spec.engines import Engine
from tests.spec.tables import rows
from tests.support.builders import (
    budget,
    expenditure,
    jurisdiction,
    plan,
    progress,
    target,
    targets,
)

title = "Earned value: what the money spent has brought, and when it was to be there"

ENDS = ("01-31", "02-28", "03-31", "04-30", "05-31", "06-30", "07-31", "08-31", "09-30")
REST = [("10-01", "12-31", "0.00")]

WITHIN_A_YEAR = ("1", "3", "6", "8", "9")
"""Months of the published project that a fiscal year holds: it took thirteen."""

COLUMNS = {"SPI": "spi_bp", "CPI": "cpi_bp", "ES": "es_bp", "SPI(t)": "spi_t_bp", "TCPI": "tcpi_bp"}


def test_a_published_project_is_measured_as_it_was_published(engine: Engine) -> None:
    """Every month of it within the year, a thousand times as large, through the facts."""
    months = airport()[: len(ENDS)]
    values = [Fraction(0), *(month.pv for month in months)]
    periods = [
        (f"2026-{end[:2]}-01", f"2026-{end}", _thousands(values[n + 1] - values[n]))
        for n, end in enumerate(ENDS)
    ]
    engine.given(
        jurisdiction(),
        budget(amount="360738.00", date="2026-01-01"),
        plan([*periods, *((f"2026-{a}", f"2026-{b}", c) for a, b, c in REST)], date="2026-01-01"),
        targets(target("K1", "360738", accumulation="cumulative"), date="2026-01-01"),
    )
    spent = Fraction(0)
    for month, end in zip(months, ENDS, strict=True):
        engine.given(
            expenditure(amount=_thousands(month.ac - spent), date=f"2026-{end}"),
            progress(str(1000 * month.ev), date=f"2026-{end}"),
        )
        spent = month.ac
    published, told = [], []
    for row in published_rows():
        if row["AT"] in WITHIN_A_YEAR:
            made = engine.assessment(as_of=f"2026-{ENDS[int(row['AT']) - 1]}").earned_value
            assert made is not None
            published.append({name: row[name] for name in COLUMNS})
            told.append(
                {name: f"{getattr(made, field) / 10_000:.4f}" for name, field in COLUMNS.items()}
            )

    assert published == told


def _thousands(amount: Fraction | int) -> str:
    return f"{int(1000 * amount)}.00"


STANDS = rows("""
    | project       | spent | reached | CPI    | SPI    | SPI(t) | estimate at completion |
    |---------------|-------|---------|--------|--------|--------|------------------------|
    | on plan       | 50.00 | 50      | 1.0000 | 1.0000 | 1.0000 | 100.00                 |
    | 花钱没办成事  | 60.00 | 30      | 0.5000 | 0.6000 | 0.6000 | 200.00                 |
    | cheap, late   | 20.00 | 40      | 2.0000 | 0.8000 | 0.8000 | 50.00                  |
    | nothing done  | 10.00 | 0       | 0.0000 | 0.0000 | 0.0000 | -                      |
    | not reported  | 50.00 | -       | -      | -      | -      | -                      |
    | satisfied     | 50.00 | 90      | -      | -      | -      | -                      |
""")


def test_money_without_results_shows_in_one_figure(engine: Engine) -> None:
    """Half a year over; satisfaction earns nothing, what is not reported is not available."""
    engine.given(jurisdiction())
    told = []
    for number, row in enumerate(STANDS):
        code = f"610100/E{number}"
        kind = "satisfaction" if row["project"] == "satisfied" else "progress"
        engine.given(
            budget(code),
            targets(target(behaviour=kind), subject=code),
            expenditure(code, amount=row["spent"]),
        )
        if row["reached"] != "-":
            engine.given(progress(row["reached"], subject=code))
        made = engine.assessment(project=code).earned_value
        rates = (made.cpi_bp, made.spi_bp, made.spi_t_bp) if made else (None, None, None)
        estimate = made.eac if made else None
        told.append(
            {
                **{name: row[name] for name in ("project", "spent", "reached")},
                **{
                    name: "-" if rate is None else f"{rate / 10_000:.4f}"
                    for name, rate in zip(("CPI", "SPI", "SPI(t)"), rates, strict=True)
                },
                "estimate at completion": "-" if estimate is None else f"{estimate / 100:.2f}",
            }
        )

    assert STANDS == told
