"""What sums are made of: the edition that counts with its own figures, else the draft."""

import datetime as dt
from dataclasses import replace
from typing import Any, Final

import pytest

from contracts.envelope import AnyEvent
from contracts.events.analysis import AssessmentMade
from contracts.events.reports import ReturnReason
from contracts.vocabulary import PaperKind, PaperState, Role, fen_to_wire
from services.chassis.mongo import Mongo
from services.reporting.domain import paper as steps
from services.reporting.domain.assembling import assemble_paper
from services.reporting.domain.declaration import declaration_of
from services.reporting.domain.editions import freeze_form
from services.reporting.domain.exchange import info_rows
from services.reporting.domain.filed import Filed
from services.reporting.domain.filled import Figures
from services.reporting.domain.paper import Acting, Paper, form_id
from services.reporting.domain.sums import Filing
from services.reporting.store import opening, papers
from services.reporting.store.boards import BoardStore
from services.reporting.store.filing import FilingStore
from tests.spec.engines import folded
from tests.support import builders
from tests.unit.reporting.filings import CAMPAIGN, CITY, NAMES, RELEASE

pytestmark = pytest.mark.integration

PROJECT: Final = f"{CITY}/P1"
PAPER: Final = Paper(
    form_id(CAMPAIGN.key, PROJECT), PaperKind.FORM, CITY, CAMPAIGN.id, 2026, CAMPAIGN.dues.unit,
    project=PROJECT, unit="U1", department="D1",
)  # fmt: skip
IN_TIME: Final = dt.date(2026, 7, 10)
FILLER: Final = Acting("li", frozenset({Role.UNIT_FILLER}), IN_TIME)
APPROVER: Final = Acting("wang", frozenset({Role.UNIT_APPROVER}), IN_TIME)
WHY: Final = (ReturnReason(field="/", reason="不清楚"),)
OWN: Final = {"line": "L9", "account": "other_funds", "channel": "own_funds"}


def spent(amount: str) -> AssessmentMade:
    """Measure the project with so much spent of its own funds."""
    facts: list[AnyEvent] = [
        builders.project(PROJECT, lead_unit="U1", department="D1"),
        builders.budget(PROJECT, amount="100.00", **OWN),
        builders.targets(builders.target("K1", "100"), subject=PROJECT),
    ]
    if amount != "0.00":
        facts.append(builders.expenditure(PROJECT, amount, channel="own_funds", line="L9"))
    return folded(facts).assessment(PROJECT, as_of="2026-06-30")


NOTHING_TYPED: Final = Figures(spent("0.00"), "1-1")


def typed(amount: str, cut: str) -> Figures:
    """Give the figures of the form after that was typed on it."""
    return replace(NOTHING_TYPED, results=spent(amount), results_cut=cut)


async def keep(mongo: Mongo, paper: Paper, figures: Figures, *frozen: tuple[int, Figures]) -> None:
    """Write a form as it stands, and the editions it was frozen in before."""
    await mongo.db[papers.COLLECTION].insert_one(papers.paper_document(paper))
    await mongo.db[papers.FIGURES].insert_one(papers.figures_document(paper.id, figures, 1))
    asked = {"_id": paper.id, "targets": True}
    await mongo.db[opening.ASKED].insert_one(asked)
    for edition, shown in frozen:
        await mongo.db[papers.EDITIONS].insert_one(papers.edition_document(made(edition, shown)))


def made(edition: int, figures: Figures) -> papers.Edition:
    """Freeze the form with figures."""
    form = assemble_paper(
        CAMPAIGN, PAPER, figures, declaration_of({}), names=NAMES, alerts=(), release=RELEASE,
        edition=edition,
    )  # fmt: skip
    content = freeze_form(form)
    return papers.Edition(
        PAPER.id, PaperKind.FORM, edition, content.sha256, content.content, "2026-07-10", "li",
        late=False, entered=False, version=edition + 1, results=papers.results_of(figures),
        results_cut=figures.results_cut,
    )  # fmt: skip


async def filed(mongo: Mongo) -> Filed:
    """Read the one form of the campaign."""
    (found,) = [each async for each in FilingStore(mongo, RELEASE).filed(CAMPAIGN, NAMES)]
    return found


def figures_of(found: Filed) -> tuple[str, str]:
    """Tell what is spent by the sums, and by the form that they are made of."""
    total = next(row for row in found.form.funding if row.key == "total")
    return fen_to_wire(found.money.execution.money.spent), fen_to_wire(total.spent or 0)


async def test_a_form_that_was_returned_is_added_up_as_it_was_handed_in(mongo: Mongo) -> None:
    """What its unit typed since is on no frozen form: sums do not show it either."""
    handed = steps.submit(PAPER, FILLER)
    returned = steps.give_back(handed, APPROVER, WHY)
    await keep(mongo, returned, typed("70.00", "3-3"), (1, typed("30.00", "2-2")))
    found = await filed(mongo)

    assert figures_of(found) == ("30.00", "30.00")
    assert (found.frozen, found.edition, found.returned) == (True, 1, True)
    assert not found.accepted


async def test_the_accepted_form_is_added_up_until_its_correction_is_accepted(
    mongo: Mongo,
) -> None:
    """docs/papers.md: the accepted one holds until then."""
    accepted = replace(steps.submit(PAPER, FILLER), state=PaperState.ACCEPTED, accepted=1)
    corrected = steps.submit(steps.reopen(accepted, FILLER), FILLER)
    editions = (1, NOTHING_TYPED), (2, typed("70.00", "3-3"))
    await keep(mongo, corrected, typed("70.00", "3-3"), *editions)
    found = await filed(mongo)

    assert figures_of(found) == ("0.00", "0.00")
    assert (found.edition, found.state) == (1, corrected.state)
    assert {"1"} == {row["is_last_inst"] for row in info_rows(CAMPAIGN, found)}


async def test_an_edition_of_an_earlier_release_goes_with_the_figures_of_its_form(
    mongo: Mongo,
) -> None:
    """It kept none of its own, and its paper did not say which were handed in."""
    figures = typed("30.00", "2-2")
    await keep(mongo, steps.submit(PAPER, FILLER), figures, (1, figures))
    gone = {"results": "", "results_cut": "", "scan": ""}
    await mongo.db[papers.EDITIONS].update_one({}, {"$unset": gone})
    await mongo.db[papers.COLLECTION].update_one({}, {"$unset": {"handed": ""}})
    found = await filed(mongo)

    assert figures_of(found) == ("30.00", "30.00")
    assert (found.frozen, found.edition) == (True, 1)


async def test_a_form_that_was_withdrawn_is_missing_everywhere(mongo: Mongo) -> None:
    """Neither in time nor covered: on the board, in sums, in the list of what is overdue."""
    withdrawn = steps.withdraw(steps.submit(PAPER, FILLER), FILLER)
    await keep(mongo, withdrawn, typed("70.00", "3-3"), (1, typed("30.00", "2-2")))
    found, sums, board = await filed(mongo), Filing(), BoardStore(mongo)
    sums.add(found)
    (count,) = await board.counts(CAMPAIGN, dt.date(2026, 7, 25), None)
    (overdue,) = await board.overdue(CAMPAIGN, dt.date(2026, 7, 25), None, None)
    named, total = await papers.PaperStore(mongo).missing_forms(_report())

    assert figures_of(found) == ("70.00", "70.00")
    assert (sums.missing, sums.timely, sums.covered, sums.corrected) == (1, 0, 0, 0)
    assert (count.missing, count.overdue, count.covered, count.late) == (True, True, False, False)
    assert (overdue.returned, named, total) == (False, [PROJECT], 1)


async def test_what_was_withdrawn_before_an_upgrade_is_missing_too(mongo: Mongo) -> None:
    """An earlier release left the day of submission with it; what was returned stays handed in."""
    handed = steps.submit(PAPER, FILLER)
    others = {
        "P2": steps.give_back(handed, APPROVER, WHY),
        "P3": replace(handed, state=PaperState.FILLING, accepted=1),
        "P4": handed,
    }
    await keep(
        mongo,
        replace(steps.withdraw(handed, FILLER), submitted_on=IN_TIME),
        typed("70.00", "3-3"),
        (1, typed("30.00", "2-2")),
    )
    for code, paper in others.items():
        named = replace(paper, id=form_id(CAMPAIGN.key, f"{CITY}/{code}"))
        await mongo.db[papers.COLLECTION].insert_one(papers.paper_document(named))
    await mongo.db[papers.COLLECTION].update_many({}, {"$unset": {"handed": ""}})
    store = papers.PaperStore(mongo)
    assert await store.forget_withdrawn() == 1
    assert await store.forget_withdrawn() == 0
    kept = [await store.paper(form_id(CAMPAIGN.key, f"{CITY}/{code}")) for code in others]
    withdrawn = await store.paper(PAPER.id)

    assert withdrawn is not None
    assert (withdrawn.handed, withdrawn.submitted_on) == ((), None)
    assert [(1,)] * len(others) == [paper.handed for paper in kept if paper is not None]
    await mongo.db[papers.COLLECTION].delete_many({"_id": {"$ne": PAPER.id}})
    (count,) = await BoardStore(mongo).counts(CAMPAIGN, dt.date(2026, 7, 25), None)
    assert (count.missing, count.covered, count.late) == (True, False, False)
    assert not (await filed(mongo)).frozen


async def test_handed_in_again_after_a_withdrawal_is_no_correction(mongo: Mongo) -> None:
    """Nobody had returned it."""
    again = steps.submit(steps.withdraw(steps.submit(PAPER, FILLER), FILLER), FILLER)
    await keep(mongo, again, NOTHING_TYPED, (1, typed("30.00", "2-2")), (2, NOTHING_TYPED))
    found: Any = await filed(mongo)

    assert (found.edition, found.corrected, found.timely) == (2, False, True)
    assert figures_of(found) == ("0.00", "0.00")


def _report() -> Paper:
    key = f"{CAMPAIGN.key}/report/D1"
    return replace(PAPER, id=key, kind=PaperKind.REPORT, project=None, unit=None)
