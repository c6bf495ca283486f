"""第十二条(三): the monitoring form of a project is filled from the ledger."""

import datetime as dt

from contracts.vocabulary import PaperKind
from services.reporting import domain
from services.reporting.domain.assembling import assemble_paper
from services.reporting.domain.campaign import Campaign, default_dues
from services.reporting.domain.declaration import Declaration
from services.reporting.domain.filled import Figures
from services.reporting.domain.paper import Paper
from services.reporting.outputs.form_view import view_of
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


def test_headings_name_what_the_figures_cover_whatever_period_is_monitored(engine: Engine) -> None:
    """Second quarter: money is the year's to date, and says so; the period stands by its name."""
    engine.given(
        builders.budget(line="L1", amount="1000000.00", date="2026-01-10"),
        builders.expenditure(line="L1", amount="100000.00", date="2026-02-20"),
        builders.expenditure(line="L1", amount="300000.00", date="2026-05-20"),
    )
    view = view_of(_of_campaign(engine, dt.date(2026, 4, 1)))
    whole_year = view_of(_of_campaign(engine, dt.date(2026, 1, 1)))
    heads = dict(view.money_heads)
    spent = view.money[0].values[list(heads).index("spent")]

    assert (heads["spent"], heads["rate"]) == ("1-6月执行数", "1-6月执行率")
    assert view.indicator_heads["actual"] == "1-6月执行情况"
    assert spent == 40_000_000
    assert "监测 4-6月 610100/Q2" in view.provenance
    assert "监测 610100/Q2" in whole_year.provenance


def _of_campaign(engine: Engine, period_from: dt.date) -> domain.MonitoringForm:
    cut_off = dt.date(2026, 6, 30)
    dues = default_dues(cut_off)
    campaign = Campaign(
        builders.JURISDICTION, "Q2", "监测", 2026, period_from, cut_off, dues, "zhou"
    )
    paper = Paper(
        "form", PaperKind.FORM, builders.JURISDICTION, "Q2", 2026, dues.unit,
        project=builders.PROJECT,
    )  # fmt: skip
    figures = Figures(engine.assessment(as_of="2026-06-30"), "1")
    names = domain.Names({})
    return assemble_paper(
        campaign, paper, figures, Declaration(), names=names, alerts=(), release="test"
    )


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
