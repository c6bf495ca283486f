"""Handing in while the ledger or analysis is slow or away: said so, nothing frozen, repeatable."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Final

import httpx
import pytest

from contracts.events.evidence import Evidence
from contracts.vocabulary import PaperKind
from services.chassis.evidence import IntakeAwayError
from services.chassis.problems import Problem, ProblemError
from services.reporting.asking import ledger as asking
from services.reporting.asking.figures import Measured
from services.reporting.asking.ledger import Ledger
from services.reporting.assembly import paper_counting as counting
from services.reporting.assembly.submitting import (
    IncompleteError,
    OnTheirWayError,
    RefusedStatementsError,
    Submitting,
)
from services.reporting.domain.filled import Figures
from services.reporting.domain.gaps import form_gaps
from services.reporting.domain.paper import Paper
from services.reporting.domain.stating import KeptApart, Stated
from services.reporting.store.commanding import ConflictError, Plan
from services.reporting.store.papers import stated_of
from tests.support.looped import looped
from tests.unit.reporting.filings import CAMPAIGN, assessed
from tests.unit.reporting.test_drafts import FORM, filled, own
from tests.unit.reporting.test_gaps import whole

MADE: Final = assessed()[FORM.project or ""]
FIGURES: Final = Figures(MADE, "9-9")
RESULT: Final = {"/indicators/K1/result": {"value_text": "70", "value": "70"}}
TYPED: Final = filled(**whole(FIGURES), **RESULT)


class World:
    """Stores, ledger and analysis in memory."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.figures, self.version, self.made = FIGURES, 1, MADE
        self.stated = Stated()
        self.published: list[str] = []
        self.kinds: list[str] = []
        self.lost_first = False
        self.there: dict[int, int] | None = {1: 12}
        self.analysis: Exception | None = None
        self.asked: list[tuple[Any, ...]] = []
        store = SimpleNamespace(
            paper=self._given("paper"), figures_at=self._figures, stated=self._given("stated")
        )
        papers = SimpleNamespace(
            stores=SimpleNamespace(papers=store), campaign=self._campaign, gaps=self._gaps
        )
        ledger = SimpleNamespace(positions=self._positions, sequences=self._sequences)
        figures = SimpleNamespace(project=self._project)
        commands: Any = SimpleNamespace(do=self._do)
        others = SimpleNamespace(kept_apart=self._kept_apart)
        parts: tuple[Any, ...] = (papers, commands, ledger, figures, 0.0, others)
        self.kept_apart: dict[str, KeptApart] = {}
        self.submitting = Submitting(*parts)

    def bring(self) -> None:
        """Bring what was typed."""
        looped(self.submitting.bring(b"Bearer", self.paper.id))

    def _given(self, name: str) -> Any:
        async def given(_paper: str) -> Any:
            return getattr(self, name)

        return given

    async def _figures(self, _paper: str) -> tuple[Figures, int]:
        return self.figures, self.version

    async def _campaign(self, _paper: Paper) -> Any:
        return CAMPAIGN

    async def _gaps(self, _campaign: Any, paper: Paper) -> Any:
        return form_gaps(CAMPAIGN, self.figures, paper.declaration)

    async def _positions(self, *_asked: Any) -> Any:
        if isinstance(self.there, Exception):
            raise self.there
        return self.there

    async def _sequences(self, *asked: Any) -> dict[str, int]:
        return {name: n for n, name in enumerate(self.published, 1) if name in asked[-1]}

    async def _kept_apart(self, _project: str, ids: Any) -> dict[str, KeptApart]:
        return {name: found for name, found in self.kept_apart.items() if name in ids}

    async def _project(self, *asked: Any) -> Measured:
        self.asked.append(asked)
        if self.analysis is not None:
            raise self.analysis
        return Measured(self.made, "9-12")

    async def _do(self, plan: Plan) -> None:
        if self.lost_first:
            self.lost_first = False
            raise ConflictError
        for write in plan.writes:
            if write.collection == "stated":
                document = write.document
                self.stated = stated_of(document)
            else:
                self.version = write.document["version"]
                self.figures = replace(
                    self.figures, results=self.made, results_cut=write.document["results_cut"]
                )
        self.published += [event.id for event in plan.statements]
        self.kinds += [event.type.split(".")[2] for event in plan.statements]


def test_what_was_typed_is_stated_once_and_waited_for() -> None:
    """The figures are read at a cut that has it."""
    world = World(TYPED)
    world.lost_first = True
    world.bring()
    world.bring()

    assert len(world.published) == 1
    assert world.stated.waiting == ()
    assert (world.figures.results_cut, len(world.asked)) == ("9-12", 1)
    assert world.asked[0][4] == "9-12"


def test_nothing_typed_nothing_asked() -> None:
    """A form of judgements alone is frozen at the campaign's cut."""
    world = World(filled(**whole(FIGURES)))
    world.bring()

    assert (world.published, world.asked, world.figures) == ([], [], FIGURES)
    report = World(replace(TYPED, kind=PaperKind.REPORT, draft={}))
    report.bring()
    assert report.published == []


def test_own_funds_are_compared_with_fresh_figures() -> None:
    """Whatever happened to them since the campaign was opened."""
    typed = filled(TYPED, **{"/indicators/K1/result": None, "/funding/L1/own_spent": "99.00"})
    world = World(typed)
    world.bring()

    assert len(world.asked) >= 1
    assert world.figures.results_cut == "9-12"


def test_own_funds_typed_over_wait_for_what_was_stated_before() -> None:
    """Else two differences to the same figure would both be added to it."""
    typed = filled(**whole(FIGURES), **{"/funding/L1/own_spent": "20000.00"})
    world = World(typed)
    world.figures, world.made, world.there = Figures(own(MADE), "9-9"), own(MADE), None
    with pytest.raises(OnTheirWayError):
        world.bring()
    world.paper = filled(typed, **{"/funding/L1/own_spent": "30000.00"})
    with pytest.raises(OnTheirWayError):
        world.bring()
    assert len(world.published) == 1
    world.there = {1: 12}
    world.bring()

    assert (len(set(world.published)), world.stated.waiting) == (2, ())


def test_a_result_that_was_refused_is_told_with_its_reason() -> None:
    """Not asked for again without an end; another result is stated and goes on (domain-rules 4)."""
    world = World(TYPED)
    world.there = None
    with pytest.raises(OnTheirWayError):
        world.bring()
    (stated,) = world.published
    world.kept_apart = {stated: KeptApart("e1", "open", "document_repeated", "Twice", "重复")}
    with pytest.raises(RefusedStatementsError) as told:
        world.bring()
    assert [("indicators/K1", "document_repeated", "open")] == [
        (each.row, each.kept.code, each.kept.state) for each in told.value.refused
    ]

    again = {"value_text": "71", "value": "71"}
    world.paper, world.there = filled(TYPED, **{"/indicators/K1/result": again}), {1: 12}
    world.bring()
    assert (len(world.published), world.stated.waiting) == (2, ())


def test_own_funds_that_were_refused_wait_for_the_desk_and_then_go_on() -> None:
    """Kept apart they may still be let in; once they are discarded, what is typed next counts."""
    typed = filled(**whole(FIGURES), **{"/funding/L1/own_spent": "20000.00"})
    world = World(typed)
    world.figures, world.made, world.there = Figures(own(MADE), "9-9"), own(MADE), None
    with pytest.raises(OnTheirWayError):
        world.bring()
    (stated,) = world.published
    world.kept_apart = {stated: KeptApart("e1", "open", "invalid", "No", "否")}
    world.paper = filled(typed, **{"/funding/L1/own_spent": "30000.00"})
    with pytest.raises(RefusedStatementsError) as told:
        world.bring()
    assert ["funding/L1"] == [each.row for each in told.value.refused]
    assert len(world.published) == 1

    world.kept_apart = {stated: KeptApart("e1", "discarded", "invalid", "No", "否")}
    with pytest.raises(OnTheirWayError):
        world.bring()
    assert len(set(world.published)) == 2
    world.there = {1: 12}
    world.bring()
    assert world.stated.waiting == ()


def test_own_funds_that_were_discarded_are_told_until_they_are_typed_anew() -> None:
    """Else an edition would be frozen without the money that it says."""
    typed = filled(**whole(FIGURES), **{"/funding/L1/own_spent": "20000.00"})
    world = World(typed)
    world.figures, world.made, world.there = Figures(own(MADE), "9-9"), own(MADE), None
    with pytest.raises(OnTheirWayError):
        world.bring()
    world.kept_apart = {
        name: KeptApart("e1", "discarded", "invalid", "No", "否") for name in world.published
    }
    for _ in range(2):
        with pytest.raises(RefusedStatementsError):
            world.bring()


def test_a_result_that_was_cleared_is_taken_back_and_waited_for() -> None:
    """It was in the ledger: it is named there, once, and the figures are read without it."""
    world = World(TYPED)
    world.bring()
    world.paper, world.there = filled(TYPED, **{"/indicators/K1/result": None}), None
    with pytest.raises(OnTheirWayError):
        world.bring()
    assert world.kinds == ["reported", "withdrawn"]
    world.there = {1: 13}
    world.bring()
    world.bring()

    assert (world.kinds, world.stated.waiting) == (["reported", "withdrawn"], ())
    assert (len(world.asked), world.asked[-1][4]) == (2, "9-13")


def test_a_refused_taking_back_is_told_until_it_is_typed_anew() -> None:
    """Else an edition would be frozen with a result that its unit has cleared."""
    world = World(TYPED)
    world.bring()
    cleared = filled(TYPED, **{"/indicators/K1/result": None})
    world.paper, world.there = cleared, None
    with pytest.raises(OnTheirWayError):
        world.bring()
    world.kept_apart = {world.published[-1]: KeptApart("e1", "discarded", "invalid", "No", "否")}
    for _ in range(2):
        with pytest.raises(RefusedStatementsError) as told:
            world.bring()
        assert ["/indicators/K1/result"] == [each.pointer for each in told.value.refused]
    again = {"value_text": "71", "value": "71"}
    world.paper, world.there = filled(cleared, **{"/indicators/K1/result": again}), {1: 14}
    world.bring()

    assert world.stated.waiting == ()


@pytest.mark.parametrize(
    ("there", "analysis", "error"),
    [
        (None, None, OnTheirWayError),
        (IntakeAwayError(), None, IntakeAwayError),
        ({1: 12}, ProblemError(Problem(409, "not_reached", "")), OnTheirWayError),
        ({1: 12}, ProblemError(Problem(503, "analysis_unreachable", "")), ProblemError),
    ],
)
def test_who_is_slow_or_away_is_told_and_it_may_be_repeated(
    there: Any, analysis: Any, error: type[Exception]
) -> None:
    """Then it goes on where it was: nothing is stated twice."""
    world = World(TYPED)
    world.there, world.analysis = there, analysis
    with pytest.raises(error):
        world.bring()
    assert len(world.published) == 1
    assert world.stated.waiting
    world.there, world.analysis = {1: 12}, None
    world.bring()

    assert (len(world.published), world.stated.waiting) == (1, ())


def test_what_is_surely_incomplete_is_not_even_stated() -> None:
    """But what the result itself may complete does not stop it."""
    lacking = World(filled(TYPED, **{"/carryover": None}))
    with pytest.raises(IncompleteError):
        lacking.bring()
    assert lacking.published == []
    perhaps = World(filled(TYPED, **{"/indicators/K1/areas": None}))
    perhaps.bring()
    assert len(perhaps.published) == 1


def ledger(answer: Any) -> Ledger:
    """Return a client of an intake that gives these answers in turn."""
    answers = iter(answer)

    def reply(request: httpx.Request) -> httpx.Response:
        found = next(answers)
        if isinstance(found, Exception):
            raise found
        assert request.headers["authorization"] == "Bearer k"
        return found if isinstance(found, httpx.Response) else httpx.Response(200, json=found)

    return Ledger("http://intake", 1.0, httpx.MockTransport(reply))


def entry(name: str, partition: int, position: int) -> dict[str, Any]:
    """Return an entry of the ledger."""
    return {"event": {"id": name}, "partition": partition, "position": position}


def test_facts_are_looked_for_page_by_page() -> None:
    """All of them, or none."""
    pages = [
        {"items": [entry("a", 1, 7), entry("x", 1, 8)], "next": 2},
        {"items": [entry("b", 1, 9)], "next": None},
    ]

    async def look(ids: set[str]) -> Any:
        return await ledger(pages).positions(b"Bearer k", "J1/P1", 0, ids)

    assert looped(look({"a", "b"})) == {1: 9}
    assert looped(look({"a", "c"})) is None


def test_entries_are_named_by_their_sequence() -> None:
    """Those that there are."""
    pages = [
        {"items": [{**entry("a", 1, 7), "sequence": 3}, entry("x", 1, 8)], "next": 2},
        {"items": [], "next": None},
    ]

    found = looped(ledger(pages).sequences(b"Bearer k", "J1/P1", 0, {"a", "c"}))

    assert found == {"a": 3}


def test_a_ledger_that_is_too_long_says_nothing_of_what_was_not_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is there and not found must not count as refused."""
    monkeypatch.setattr(asking, "PAGES_MAX", 1)
    page = {"items": [{**entry("a", 1, 7), "sequence": 3}], "next": 2}

    async def look(ids: set[str]) -> Any:
        return await ledger([page]).sequences(b"Bearer k", "J1/P1", 0, ids)

    assert looped(look({"a"})) == {"a": 3}
    assert looped(look({"a", "c"})) is None
    assert looped(ledger([page]).positions(b"Bearer k", "J1/P1", 0, {"c"})) is None


@pytest.mark.parametrize(
    "answer", [httpx.ConnectError("away"), httpx.Response(503), httpx.Response(200, text="no")]
)
def test_intake_that_does_not_answer_is_away(answer: Any) -> None:
    """Whatever it says instead."""
    with pytest.raises(IntakeAwayError):
        looped(ledger([answer]).positions(b"Bearer k", "J1/P1", 0, {"a"}))


def test_evidence_is_the_very_file() -> None:
    """Of the same size and type; out of scope it is not there."""
    file = Evidence(sha256="0" * 64, name="a.pdf", media_type="application/pdf", bytes=9)
    other = file.model_copy(update={"bytes": 10})
    items = {"items": [file.model_dump()]}

    async def missing(answer: Any, *files: Evidence) -> int | None:
        return await ledger([answer]).missing(b"Bearer k", "J1/P1", files)

    assert looped(missing(items, file)) is None
    assert looped(missing(items, file, other)) == 1
    assert looped(missing(httpx.Response(404), file)) == 0
    assert looped(missing(items)) is None


def test_papers_are_counted_by_state() -> None:
    """A state without any is zero."""

    async def by_state() -> dict[tuple[str, str], int]:
        return {("form", "filling"): 4}

    listing: Any = SimpleNamespace(by_state=by_state)
    looped(counting.count(listing))

    assert counting.PAPERS.labels("form", "filling")._value.get() == 4
    assert counting.PAPERS.labels("report", "accepted")._value.get() == 0
