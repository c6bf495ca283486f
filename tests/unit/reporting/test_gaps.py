"""What must be there before a paper is handed in, and what differs from the model (rule 20)."""

from dataclasses import replace
from typing import Any, Final

import pytest

from contracts.vocabulary import AttainmentState, Possibility
from services.reporting.domain.declaration import Declaration, declaration_of
from services.reporting.domain.differences import DifferenceCode, differences
from services.reporting.domain.filled import Figures
from services.reporting.domain.gaps import GapCode, form_gaps, report_gaps, unreadable
from tests.unit.reporting.filings import CAMPAIGN, CITY, assessed

FIGURES: Final = Figures(assessed()[f"{CITY}/P1"], "1-1")
BEHIND: Final = Figures(assessed()[f"{CITY}/P2"], "1-1")
"""Nothing spent, K1 far behind."""
FOOTER: Final = {
    "/contact/filled_by": "李某",
    "/contact/phone": "029-0000",
    "/contact/head": "王某",
    "/contact/filled_on": "2026-07-10",
}


def whole(figures: Figures) -> dict[str, Any]:
    """Return what leaves nothing missing."""
    found: dict[str, Any] = {
        "/funding/total/expected_spent": "1.00",
        "/carryover": "0.00",
        "/surplus": "0.00",
        "/execution/areas": ["funding"],
        "/execution/reason": "招标流标",
        **FOOTER,
    }
    for each in figures.shown.attainment.indicators:
        row = f"/indicators/{each.indicator}"
        found |= {
            f"{row}/expected_result": "完成",
            f"{row}/possibility": "certain",
            f"{row}/areas": ["other"],
            f"{row}/reason": "汛期",
        }
    return found


def gaps(figures: Figures, **fields: Any) -> list[tuple[str, GapCode]]:
    """Tell gaps of what is whole but for some fields: null leaves one out."""
    values = {k: v for k, v in {**whole(figures), **fields}.items() if v is not None}
    return [(gap.pointer, gap.code) for gap in form_gaps(CAMPAIGN, figures, declaration_of(values))]


def test_what_is_whole_lacks_nothing() -> None:
    """Neither of a form that is behind nor of one that is not."""
    assert gaps(FIGURES) == gaps(BEHIND) == []


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("/funding/total/expected_spent", None, GapCode.EXPECTED_SPENT),
        ("/carryover", None, GapCode.CARRYOVER),
        ("/surplus", None, GapCode.SURPLUS),
        ("/execution/areas", [], GapCode.CAUSE),
        ("/execution/reason", " ", GapCode.REASON),
        ("/indicators/K1/areas", [], GapCode.CAUSE),
        ("/indicators/K1/reason", "", GapCode.REASON),
        ("/indicators/K1/possibility", None, GapCode.POSSIBILITY),
        ("/indicators/K1/expected_result", " ", GapCode.EXPECTED_RESULT),
        ("/contact/filled_by", "", GapCode.FOOTER),
        ("/contact/phone", "", GapCode.FOOTER),
        ("/contact/head", "", GapCode.FOOTER),
        ("/contact/filled_on", None, GapCode.FOOTER),
    ],
)
def test_every_gap_names_its_field(field: str, value: object, code: GapCode) -> None:
    """Where it is to be filled in, and what for."""
    assert gaps(BEHIND, **{field: value}) == [(field, code)]


def test_impossible_demands_reason_and_measure_possible_a_reason() -> None:
    """Of an indicator that is not behind, too (domain-rules 20)."""
    bare = {"/indicators/K3/areas": None, "/indicators/K3/reason": None}
    certain = gaps(BEHIND, **bare, **{"/indicators/K3/possibility": "certain"})
    possible = gaps(BEHIND, **bare, **{"/indicators/K3/possibility": "possible"})
    impossible = gaps(BEHIND, **bare, **{"/indicators/K3/possibility": "impossible"})

    assert certain == []
    assert possible == [("/indicators/K3/reason", GapCode.REASON)]
    assert impossible == [*possible, ("/indicators/K3/measure", GapCode.MEASURE)]


def test_what_is_due_and_unreported_needs_its_result_or_why_there_is_none() -> None:
    """Art. 12(1), domain-rules 20: `certain` and an expectation alone do not do."""
    (due,) = (
        each.indicator
        for each in BEHIND.shown.attainment.indicators
        if each.state is AttainmentState.NOT_REPORTED
    )
    row = f"/indicators/{due}"
    silent = {f"{row}/areas": None, f"{row}/reason": None}
    result = {"value_text": "96", "value": "96"}

    assert gaps(BEHIND, **silent) == [
        (f"{row}/areas", GapCode.CAUSE),
        (f"{row}/reason", GapCode.REASON),
    ]
    assert gaps(BEHIND, **silent, **{f"{row}/result": result}) == []
    assert gaps(BEHIND, **{f"{row}/areas": None}) == [(f"{row}/areas", GapCode.CAUSE)]
    assert gaps(BEHIND, **{f"{row}/reason": " "}) == [(f"{row}/reason", GapCode.REASON)]


def test_evidence_is_demanded_where_the_campaign_does() -> None:
    """For every result that is typed (domain-rules 22)."""
    typed = {**whole(FIGURES), "/indicators/K1/result": {"value_text": "70", "value": "70"}}
    strict = replace(CAMPAIGN, evidence_required=True)
    found = form_gaps(strict, FIGURES, declaration_of(typed))

    assert [(gap.pointer, gap.code) for gap in found] == [
        ("/indicators/K1/evidence", GapCode.EVIDENCE)
    ]
    assert form_gaps(CAMPAIGN, FIGURES, declaration_of(typed)) == ()


def test_a_report_lacks_what_no_figure_can_write() -> None:
    """Sections of people, and why forms are missing (Art. 12(4))."""
    lacking = [("problems", "五、存在的问题")]
    found = report_gaps(Declaration(), lacking, ["一号项目"], 3)
    said = declaration_of({"/sections/missing_forms": "项目已终止"})

    assert [gap.pointer for gap in found] == ["/sections/problems", "/sections/missing_forms"]
    assert "3" in found[1].text
    assert report_gaps(said, (), ["一号项目"], 3) == ()
    assert report_gaps(Declaration(), (), (), 0) == ()


def test_every_gap_is_told_in_both_languages() -> None:
    """Whatever is missing."""
    found = [*form_gaps(CAMPAIGN, BEHIND, Declaration()), unreadable("/remarks", "no text")]

    assert found
    assert all(gap.text and gap.text_zh for gap in found)


def test_what_is_declared_stands_beside_the_model() -> None:
    """Spending, carryover, surplus; their sum; possibility; results before they were typed."""
    foreseen = FIGURES.shown.attainment.indicators[0].possibility
    other = Possibility.IMPOSSIBLE if foreseen is not Possibility.IMPOSSIBLE else "certain"
    said = declaration_of(
        {
            "/funding/total/expected_spent": "1.00",
            "/carryover": "2.00",
            "/surplus": "3.00",
            "/indicators/K1/possibility": str(other),
            "/indicators/K1/result": {"value_text": "99", "value": "99"},
        }
    )
    found = {each.code: each for each in differences(FIGURES, said, "CNY")}
    result = found[DifferenceCode.RESULT]

    assert found[DifferenceCode.EXPECTED_SPENT].large
    assert found[DifferenceCode.DOES_NOT_ADD_UP].declared == "6.00"
    assert (result.declared, result.large) == ("99", True)
    assert (DifferenceCode.POSSIBILITY in found) == (foreseen is not None)
    assert all(each.text and each.text_zh for each in found.values())


def test_what_agrees_is_no_difference() -> None:
    """To the fen."""
    forecast = FIGURES.shown.execution.forecast
    assert forecast is not None
    budget = FIGURES.shown.execution.money.adjusted_budget
    rest = budget - forecast.point - forecast.carryover - forecast.surplus
    wire = {
        name: f"{fen // 100}.{fen % 100:02d}"
        for name, fen in (
            ("/funding/total/expected_spent", forecast.point),
            ("/carryover", forecast.carryover),
            ("/surplus", forecast.surplus),
        )
    }
    codes = [each.code for each in differences(FIGURES, declaration_of(wire), "CNY")]

    assert codes == ([DifferenceCode.DOES_NOT_ADD_UP] if rest else [])


def test_nothing_declared_nothing_differs() -> None:
    """A declaration that says nothing is no difference."""
    assert differences(FIGURES, Declaration(), "CNY") == ()
