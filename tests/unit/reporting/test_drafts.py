"""Drafts field by field, what they state to the ledger, and how editions are frozen (rule 20)."""

import datetime as dt
import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Final

import pytest

from contracts.events.analysis import AssessmentMade
from contracts.vocabulary import Channel, PaperKind, Role
from services.chassis.problems import ProblemError
from services.reporting.api.drafts import _check_evidence
from services.reporting.domain.assembling import assemble_paper, foreseen_text
from services.reporting.domain.declaration import DraftField, FieldFault, declaration_of
from services.reporting.domain.draft import (
    DRAFT_BYTES_MAX,
    Saving,
    TooLargeError,
    UnknownFieldError,
    check_figure,
    draft_faults,
    evidence_in,
    saved,
)
from services.reporting.domain.editions import (
    changes,
    code_of,
    form_of,
    freeze_form,
    freeze_report,
    printed,
    report_of,
    with_code,
)
from services.reporting.domain.filled import Figures
from services.reporting.domain.paper import Acting, Paper
from services.reporting.domain.stating import (
    Stated,
    after,
    awaited,
    own_funds,
    statements,
    unstated,
    wanted_rows,
    withdrawals,
)
from services.reporting.domain.taking_back import taken_back
from tests.unit.reporting import filings
from tests.unit.reporting.filings import CAMPAIGN, CITY, NAMES, assessed

AT: Final = dt.datetime(2026, 7, 10, 8, tzinfo=dt.UTC)
FILLER: Final = Acting("li", frozenset({Role.UNIT_FILLER}), dt.date(2026, 7, 10))
RESULT: Final = {"value_text": "70", "value": "70"}


def own(made: AssessmentMade, line: str = "L1") -> AssessmentMade:
    """Make a line one of own funds."""
    lines = tuple(
        each.model_copy(update={"channel": Channel.OWN_FUNDS}) if each.line == line else each
        for each in made.execution.lines
    )
    execution = made.execution.model_copy(update={"lines": lines})
    return made.model_copy(update={"execution": execution})


MADE: Final = own(assessed()[f"{CITY}/P3"])
FIGURES: Final = Figures(MADE, "1-1")
FORM: Final = Paper(
    f"{CITY}/2026-07/form/P3",
    PaperKind.FORM,
    CITY,
    CAMPAIGN.id,
    2026,
    CAMPAIGN.dues.unit,
    project=f"{CITY}/P3",
    unit="U1",
    department="D1",
)


def saving(field: str, value: Any = "", version: int = 0) -> Saving:
    """Return a field as it is saved."""
    return Saving(field, value, version)


def filled(paper: Paper = FORM, /, **values: Any) -> Paper:
    """Save values in the versions they have."""
    fields = [
        Saving(name, value, paper.draft[name].version if name in paper.draft else 0)
        for name, value in values.items()
    ]
    return saved(paper, FILLER, fields, AT)


def test_a_field_that_is_saved_has_its_next_version() -> None:
    """Each by itself; cleared, its version goes on."""
    once = filled(**{"/remarks": "一", "/carryover": "1.00"})
    twice = filled(once, **{"/remarks": None})

    assert (once.version, twice.version) == (2, 3)
    assert twice.draft["/remarks"].version == 2
    assert twice.values == {"/carryover": "1.00"}
    assert twice.declaration.carryover == 100


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("remarks", "", "unknown_field"),
        ("/", "", "unknown_field"),
        ("/nothing", "", "unknown_field"),
        ("/remarks/more", "", "unknown_field"),
        ("/sections/problems", "", "unknown_field"),
        ("/contact", {}, "unknown_field"),
        ("/contact/name", "", "unknown_field"),
        ("/indicators/K9/reason", "", "unknown_field"),
        ("/indicators/K1/unknown", "", "unknown_field"),
        ("/indicators/K1/result/value", "1", "unknown_field"),
        ("/funding/none/expected_spent", "1.00", "unknown_field"),
        ("/funding/L0/expected_spent", "1.00", "unknown_field"),
        ("/funding/total/own_spent", "1.00", "unknown_field"),
        ("/carryover", "1.5", "unreadable_field"),
        ("/carryover", 150, "unreadable_field"),
        ("/contact/phone", "0" * 41, "unreadable_field"),
        ("/indicators/K1/areas", ["weather"], "unreadable_field"),
        ("/indicators/K1/possibility", "perhaps", "unreadable_field"),
        ("/indicators/K1/result", {"value": "1"}, "unreadable_field"),
        ("/indicators/K1/result", {**RESULT, "on": "2026-07-01"}, "unreadable_field"),
    ],
)
def test_what_is_no_field_of_the_paper_is_refused(field: str, value: Any, code: str) -> None:
    """And told in both languages."""
    (fault,) = draft_faults(FORM, [saving(field, value)], CAMPAIGN, FIGURES)

    assert (fault.code, fault.field) == (code, field)
    assert fault.text
    assert fault.text_zh


def test_all_faults_are_told_at_once() -> None:
    """With the present value of what somebody else has saved."""
    paper = filled(**{"/remarks": "一"})
    asked = [saving("/remarks", "二"), saving("/nothing"), saving("/surplus", "0.00")]
    found = draft_faults(paper, asked, CAMPAIGN, FIGURES)

    assert [(fault.index, fault.code) for fault in found] == [
        (0, "stale_field"),
        (1, "unknown_field"),
    ]
    assert found[0].present == paper.draft["/remarks"]


def test_a_report_has_sections() -> None:
    """And no money."""
    report = replace(FORM, kind=PaperKind.REPORT, project=None)
    asked = [saving("/sections/problems", "无"), saving("/carryover", "0.00")]

    assert [fault.index for fault in draft_faults(report, asked, CAMPAIGN, None)] == [1]
    (deep,) = draft_faults(report, [saving("/sections/problems/more")], CAMPAIGN, None)
    assert deep.code == "unknown_field"


def test_a_report_has_the_sections_of_its_outline() -> None:
    """What is written elsewhere would be printed nowhere; missing forms always have a place."""
    report = replace(FORM, kind=PaperKind.REPORT, project=None)
    asked = [saving(f"/sections/{key}", "无") for key in ("problems", "missing_forms", "problem")]
    (fault,) = draft_faults(report, asked, CAMPAIGN, None, {"problems", "measures"})

    assert (fault.index, fault.code) == (2, "unknown_field")
    assert "measures, missing_forms, problems" in fault.text


def test_a_draft_has_its_bound() -> None:
    """However many fields share it."""
    text = "水" * 4_000
    sections = DRAFT_BYTES_MAX // len(text.encode()) + 1
    many = {
        f"/sections/s{n}": DraftField(value=text, version=1, by="li", at=AT)
        for n in range(sections)
    }
    with pytest.raises(TooLargeError):
        saved(replace(FORM, draft=many), FILLER, [saving("/remarks", "满")], AT)


def test_evidence_is_found_in_what_is_saved() -> None:
    """To be looked for before it is kept."""
    file = {"sha256": "0" * 64, "name": "a.pdf", "media_type": "application/pdf", "bytes": 9}
    (found,) = evidence_in(saving("/indicators/K1/evidence", [file]))

    assert found.name == "a.pdf"
    assert evidence_in(saving("/remarks")) == ()
    with pytest.raises(FieldFault):
        evidence_in(saving("/indicators/K1/evidence", [{"name": "b"}]))


def test_a_result_of_a_day_outside_the_period_is_told_with_the_period() -> None:
    """In both languages: what is wrong is the day, and not how it is written."""
    asked = saving("/indicators/K1/result", {**RESULT, "on": "2026-07-01"})
    (fault,) = draft_faults(FORM, [asked], CAMPAIGN, FIGURES)

    assert "2026-01-01 to 2026-06-30" in fault.text
    assert "2026-01-01至2026-06-30" in fault.text_zh


async def test_evidence_that_cannot_be_read_is_told_at_its_own_field() -> None:
    """Not at the field before it whose files were looked for."""
    known = [{"sha256": "0" * 64, "name": "a.pdf", "media_type": "application/pdf", "bytes": 9}]
    asked = [
        saving("/indicators/K1/evidence", known),
        saving("/remarks", "x"),
        saving("/indicators/K2/evidence", [{"name": "b"}]),
    ]
    ledger: Any = SimpleNamespace(missing=_nothing_missing)
    with pytest.raises(ProblemError) as refused:
        await _check_evidence(ledger, b"", FORM, asked)

    problem = refused.value.problem
    assert (problem.code, problem.pointer) == ("unreadable_field", "/fields/2/field")
    assert problem.extra["faults"][0]["field"] == "/indicators/K2/evidence"


async def _nothing_missing(*_: Any) -> None:
    return None


@pytest.mark.parametrize(
    "field", ["spent", "/carryover", "/funding/none/spent", "/indicators/K9/actual", "/funding"]
)
def test_only_figures_are_disputed(field: str) -> None:
    """Of rows that there are."""
    with pytest.raises(UnknownFieldError):
        check_figure(FORM, FIGURES, field)
    check_figure(FORM, FIGURES, "/funding/total/spent")
    check_figure(FORM, FIGURES, "/indicators/K1/actual")
    with pytest.raises(UnknownFieldError):
        check_figure(replace(FORM, kind=PaperKind.REPORT), None, "/funding/total/spent")


def stated_by(paper: Paper, figures: Figures = FIGURES) -> tuple[Any, ...]:
    """Make all facts of a paper."""
    return statements(CAMPAIGN, paper, figures, unstated(paper, Stated()), {})


def test_a_typed_result_is_one_fact_however_often_it_is_tried() -> None:
    """Typed again it is another, even with the same value; clearing states nothing."""
    once = filled(**{"/indicators/K1/result": RESULT, "/remarks": "一"})
    (first,) = stated_by(once)
    (again,) = stated_by(filled(once, **{"/remarks": "二"}))
    (later,) = stated_by(filled(once, **{"/indicators/K1/result": RESULT}))

    assert first == again
    assert first.id != later.id
    assert (first.event.subject, first.event.data.value) == (f"{CITY}/P3", "70")
    assert (first.event.data.date, first.event.data.source_kind) == (CAMPAIGN.cut_off, "unit_form")
    assert stated_by(filled(once, **{"/indicators/K1/result": None})) == ()


def test_a_cleared_result_is_taken_back_once() -> None:
    """With all that the form has said of it; a form that never said any has nothing to take."""
    typed = filled(**{"/indicators/K1/result": RESULT})
    over = filled(typed, **{"/indicators/K1/result": {"value_text": "71", "value": "71"}})
    noted = Stated()
    for paper in (typed, over):
        made = statements(CAMPAIGN, paper, FIGURES, unstated(paper, noted), {})
        noted = after(noted, made, frozenset())
    assert withdrawals(over, noted) == {}

    cleared = filled(over, **{"/indicators/K1/result": None})
    rows = unstated(cleared, noted)
    first, second = noted.results["indicators/K1"]
    assert rows == withdrawals(cleared, noted)
    assert awaited(cleared, noted) == {second}
    assert first != second
    (back,) = statements(CAMPAIGN, cleared, FIGURES, rows, {"indicators/K1": (7, 9)})
    event = back.event
    assert event is not None
    assert (event.type, event.data.entries) == ("dualwatch.target_progress.withdrawn.v1", (7, 9))
    assert (event.data.date, event.data.source_kind) == (CAMPAIGN.period_from, "unit_form")
    noted = after(noted, (back,), frozenset())
    assert unstated(cleared, noted) == {}
    assert awaited(cleared, noted) == {back.id}
    assert unstated(filled(cleared, **{"/indicators/K1/evidence": []}), noted) == {}
    assert unstated(filled(**{"/indicators/K1/result": None}), Stated()) == {}

    again = filled(cleared, **{"/indicators/K1/result": RESULT})
    (stated,) = statements(CAMPAIGN, again, FIGURES, unstated(again, noted), {})
    assert after(noted, (stated,), frozenset()).results["indicators/K1"] == (stated.id,)


def test_what_will_be_taken_back_is_told_before() -> None:
    """Each by its field, with what the ledger has now, in both languages."""
    typed = filled(**{"/indicators/K1/result": RESULT})
    noted = after(Stated(), stated_by(typed), frozenset())
    cleared = filled(typed, **{"/indicators/K1/result": None})
    (told,) = taken_back(FIGURES, withdrawals(cleared, noted))

    assert told.pointer == "/indicators/K1/result"
    assert "撤回" in told.text_zh
    assert "taken back" in told.text
    assert taken_back(FIGURES, withdrawals(typed, noted)) == ()


def test_what_never_came_to_the_ledger_is_not_taken_back_there() -> None:
    """What the desk has discarded is forgotten: nothing is stated, nothing is waited for."""
    typed = filled(**{"/indicators/K1/result": RESULT})
    noted = after(Stated(), stated_by(typed), frozenset())
    cleared = filled(typed, **{"/indicators/K1/result": None})
    rows = unstated(cleared, noted)
    made = statements(CAMPAIGN, cleared, FIGURES, rows, {"indicators/K1": ()})

    assert [each.event for each in made] == [None]
    assert unstated(cleared, after(noted, made, frozenset())) == {}


def test_own_funds_are_stated_as_the_difference() -> None:
    """More is spent, less is reversed, the same is stated already (domain-rules 20)."""
    spent = next(line for line in MADE.execution.lines if line.line == "L1").money.spent

    def kind(said: str) -> tuple[str, int] | None:
        (made,) = stated_by(filled(**{"/funding/L1/own_spent": said}))
        return made.event and (made.event.type.split(".")[2], made.event.data.amount)

    assert own_funds({"funding/L1": ""})
    assert not own_funds({"indicators/K1": ""})
    assert kind("20000.00") == ("recorded", 2_000_000 - spent)
    assert kind("0.00") == ("reversed", spent)
    assert kind("12345.67") is None


def test_what_was_stated_is_not_stated_again() -> None:
    """And is waited for until figures show it, unless it was typed over."""
    paper = filled(**{"/indicators/K1/result": RESULT})
    made = stated_by(paper)
    noted = after(Stated(), made, frozenset())

    assert unstated(paper, noted) == {}
    assert awaited(paper, noted) == frozenset(wanted_rows(paper).values())
    over = filled(paper, **{"/indicators/K1/result": {"value_text": "71", "value": "71"}})
    assert awaited(over, noted) == frozenset()
    assert set(unstated(over, noted)) == {"indicators/K1"}
    assert after(noted, (), awaited(paper, noted)).waiting == noted.waiting


def form(**values: Any) -> Any:
    """Make a form."""
    paper = filled(**values)
    return assemble_paper(
        CAMPAIGN,
        paper,
        FIGURES,
        paper.declaration,
        names=NAMES,
        alerts=(),
        release="1",
        edition=1,
    )


def test_the_same_content_freezes_to_the_same_bytes() -> None:
    """And is read back as it was; its code is made of everything else."""
    made = form(**{"/remarks": "一", "/indicators/K1/areas": ["funding"]})
    one, other = freeze_form(made), freeze_form(made)
    read = form_of(one.content)

    assert one == other
    assert read == with_code(made)
    assert freeze_form(read) == one
    document = json.loads(one.content)
    assert code_of(document) == document["provenance"]["code"] == one.code
    assert len(printed(one.code).split()) == 4
    assert freeze_form(form(**{"/remarks": "二"})).code != one.code


def test_a_report_freezes_as_a_form_does() -> None:
    """Read back as it was."""
    frozen = freeze_report(filings.report_of())

    assert report_of(frozen.content).provenance.code == frozen.code


def test_changes_are_told_field_by_field() -> None:
    """Rows by their key, whatever their place; provenance is no change."""
    before, now = (
        json.loads(freeze_form(form(**values)).content)
        for values in (
            {"/remarks": "一"},
            {"/remarks": "二", "/indicators/K1/reason": "汛期", "/carryover": "1.00"},
        )
    )

    assert [(each.field, each.before, each.after) for each in changes(before, now)] == [
        ("/carryover", None, 100),
        ("/indicators/K1/reason", "", "汛期"),
        ("/remarks", "一", "二"),
    ]
    assert changes(now, now) == []


def test_a_figure_disputed_twice_and_another_file_of_the_same_name_are_changes() -> None:
    """No dispute hides another; a file is known by its hash."""
    first = {"field": "/funding/total/spent", "reason": "少计", "answer": "已更正"}
    second = {**first, "reason": "又少计", "answer": None}
    where = "/indicators/K1/evidence"

    def form(disputes: list[dict[str, Any]], digit: str) -> dict[str, Any]:
        file = {"name": "验收单.pdf", "sha256": digit * 64}
        rows = [{"indicator": "K1", "evidence": ["验收单.pdf"]}]
        return {"indicators": rows, "disputes": disputes, "declared": {where: [file]}}

    found = changes(form([first], "1"), form([{**first, "reason": "少计一笔"}, second], "2"))
    at = "/disputes/~1funding~1total~1spent"

    assert {(each.field, each.before, each.after) for each in found if each.field != where} == {
        (f"{at}/reason", "少计", "少计一笔"),
        (f"{at}/2/field", None, "/funding/total/spent"),
        (f"{at}/2/reason", None, "又少计"),
    }
    assert [(each.before, each.after) for each in found if each.field == where] == [
        (["验收单.pdf 111111111111"], ["验收单.pdf 222222222222"])
    ]


def test_a_form_shows_own_funds_at_its_own_cut() -> None:
    """Accounts and total move with them, to the fen; treasury money does not."""
    lines = tuple(
        line.model_copy(
            update={"money": line.money.model_copy(update={"spent": line.money.spent + 5})}
        )
        for line in MADE.execution.lines
    )
    later = MADE.model_copy(
        update={"execution": MADE.execution.model_copy(update={"lines": lines})}
    )
    shown = Figures(MADE, "1-1", later, "2-2").shown.execution
    moved = {
        line.line: line.money.spent - before.money.spent
        for line, before in zip(shown.lines, MADE.execution.lines, strict=True)
    }

    assert moved == {"L0": 0, "L1": 5}
    assert shown.money.spent == MADE.execution.money.spent + 5
    assert declaration_of({}).funding == {}


@pytest.mark.parametrize(
    ("target", "forecast", "unit", "text"),
    [
        ("100", "1466.04418", "人次", "1466 人次"),
        ("95.0", "36.25", None, "36.3"),
        ("100", "0.5", None, "1"),
        (None, "7", "处", "7 处"),
        ("9" * 60, "1" * 60 + ".4", None, "1" * 60),
        ("100", None, "处", None),
    ],
)
def test_what_is_foreseen_has_the_places_of_its_target(
    target: str | None, forecast: str | None, unit: str | None, text: str | None
) -> None:
    """Half up: no more than people promised."""
    figures = MADE.attainment.indicators[0].model_copy(
        update={"target": target, "actual": None, "forecast": forecast, "unit": unit}
    )

    assert foreseen_text(figures) == text
