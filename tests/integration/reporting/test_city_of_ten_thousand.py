"""A city of 10,000 projects summed up: memory of a page and of its departments, no more."""

import asyncio
from typing import Any, Final

import psutil
import pytest

from contracts.vocabulary import PaperKind
from services.chassis.identity import deployment
from services.chassis.mongo import Mongo
from services.reporting.assembly.reports import Reports, ReportStores
from services.reporting.domain.filled import Figures
from services.reporting.domain.paper import Paper, form_id
from services.reporting.store import campaigns, days, papers
from services.reporting.store.days import DayStore
from services.reporting.store.filing import FilingStore
from services.reporting.store.names import MongoReportStore
from tests.unit.reporting import filings
from tests.unit.reporting.filings import CAMPAIGN, CITY
from tests.unit.reporting.test_beside import asked

pytestmark = [pytest.mark.integration, pytest.mark.long]

PROJECTS: Final = 10_000
DEPARTMENTS: Final = 60
GROWTH_BYTES_MAX: Final = 100 * 1024 * 1024
"""Far below what 10,000 forms take."""
LOOK_SECONDS: Final = 0.05


async def fill(mongo: Mongo) -> int:
    """Write the papers and figures of a city; return what is spent in it, fen."""
    made, spent = list(filings.assessed().values()), 0
    forms: list[dict[str, Any]] = []
    figures: list[dict[str, Any]] = []
    for number in range(PROJECTS):
        assessment = made[number % len(made)]
        department = f"D{number % DEPARTMENTS:03d}"
        project = f"{CITY}/T{number:05d}"
        paper = Paper(
            form_id(CAMPAIGN.key, project),
            PaperKind.FORM,
            CITY,
            CAMPAIGN.id,
            2026,
            CAMPAIGN.dues.unit,
            project=project,
            unit=f"U{number % 300}",
            department=department,
        )
        spent += assessment.execution.money.spent
        forms.append(papers.paper_document(paper))
        figures.append(papers.figures_document(paper.id, Figures(assessment, "1"), 1))
        if len(forms) == 500:
            await mongo.db[papers.COLLECTION].insert_many(forms)
            await mongo.db[papers.FIGURES].insert_many(figures)
            forms, figures = [], []
    return spent


async def test_a_city_of_ten_thousand_is_summed_up_in_bounded_memory(mongo: Mongo) -> None:
    """The sums are right, and what it takes grows with departments alone."""
    await mongo.create({**papers.INDEXES, **campaigns.INDEXES, **days.INDEXES})
    spent = await fill(mongo)
    stores = ReportStores(
        FilingStore(mongo, filings.RELEASE), MongoReportStore(mongo), DayStore(mongo)
    )
    others = asked(
        {
            "/v1/jurisdictions": {"items": []},
            "/v1/quarantine": {"items": [], "next": None},
            "/v1/adjustment-batches": {"items": [], "next": None, "settled": None, "behind": 0},
        }
    )
    process, most, done = psutil.Process(), 0, asyncio.Event()
    before = process.memory_info().rss

    async def watch() -> None:
        nonlocal most
        while not done.is_set():
            most = max(most, process.memory_info().rss)
            await asyncio.wait({asyncio.create_task(done.wait())}, timeout=LOOK_SECONDS)

    watching = asyncio.create_task(watch())
    summary = await Reports(stores, others, filings.RELEASE).summary(CAMPAIGN, deployment())
    done.set()
    await watching
    await others.close()

    assert (PROJECTS, spent) == (summary.whole.filing.forms, summary.whole.total.spent)
    assert DEPARTMENTS == len(summary.departments)
    assert spent == sum(row.money.spent for row in summary.departments)
    assert most - before < GROWTH_BYTES_MAX
