"""第十二条(三): the monitoring form of a project is filled from the ledger."""

from services.reporting import domain
from tests.spec.engines import Engine
from tests.support import builders

title = "The monitoring form (附件1)"


def _form(engine: Engine, as_of: str = "2026-06-30") -> domain.MonitoringForm:
    return domain.assemble_form(
        builders.PROJECT,
        engine.assessment(as_of=as_of),
        names=domain.Names({}),
        alerts=(),
        cut="1",
        release="test",
    )


def test_it_shows_both_halves_of_the_half_year(engine: Engine) -> None:
    """Execution and attainment of January to June stand on one form."""
    engine.given(
        builders.budget(line="L1", amount="1000000.00", date="2026-01-10"),
        builders.expenditure(line="L1", amount="400000.00", date="2026-05-20"),
        builders.targets(builders.target("K1", target="100"), date="2026-01-10"),
        builders.progress("45", indicator="K1"),
    )
    form = _form(engine)
    (indicator,) = form.indicators

    assert form.period == "1-6月"
    assert (form.funding[0].spent, form.funding[0].execution_rate_bp) == (40_000_000, 4_000)
    assert indicator.actual == "45"


def test_what_happens_after_the_cut_off_is_not_on_it(engine: Engine) -> None:
    """A form is as of its date, whenever it is made."""
    engine.given(
        builders.budget(line="L1", amount="1000000.00", date="2026-01-10"),
        builders.expenditure(line="L1", amount="400000.00", date="2026-05-20"),
    )
    before = _form(engine)
    engine.given(builders.expenditure(line="L1", amount="1.00", date="2026-07-01"))

    assert _form(engine).funding == before.funding


def test_a_cause_is_demanded_for_every_indicator_behind_its_standard(engine: Engine) -> None:
    """第十二条(二): deviations are explained; domain-rules 20 says for which rows."""
    engine.given(
        builders.targets(
            builders.target("K1", target="100"),
            builders.target("K2", target="100"),
            date="2026-01-10",
        ),
        builders.progress("10", indicator="K1"),
        builders.progress("55", indicator="K2"),
    )
    form = _form(engine)

    assert [row.cause_required for row in form.indicators] == [True, False]
