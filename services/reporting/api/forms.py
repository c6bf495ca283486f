"""HTTP in: forms and summaries, made when they are asked for."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from contracts.vocabulary import BusinessDate, FormLayout
from services.chassis.cuts import Wait, wait_until_reached
from services.chassis.identity import Authorization, Caller
from services.chassis.mongo import Progress
from services.chassis.problems import Problem, ProblemError
from services.chassis.segments import Segment
from services.reporting import domain
from services.reporting.api.files import Files
from services.reporting.asking.figures import Figures, Measured, line_of
from services.reporting.domain.editions import freeze_form
from services.reporting.outputs import form_sheet, form_template
from services.reporting.outputs.rendering import FileFormat
from services.reporting.store.handed import Handed
from services.reporting.store.names import ReportStore

Year = Annotated[int | None, Query(ge=1990, le=2199)]
Cut = Annotated[str | None, Query(max_length=2_000)]


class FormFormat(StrEnum):
    """How a form that is asked for by itself is answered."""

    JSON = "json"
    XLSX = "xlsx"
    PDF = "pdf"


@dataclass(frozen=True)
class Known:
    """What the answer is to rest on."""

    at: Cut = None
    at_least: Cut = None
    wait: Wait = 0


@dataclass(frozen=True)
class FormsAsked:
    """What forms are made of that somebody asks for, of no campaign."""

    store: ReportStore
    figures: Figures
    files: Files
    release: str

    async def made(self, project: str, measured: Measured) -> domain.MonitoringForm:
        """Fill a form."""
        assessment = measured.assessment
        jurisdiction = project.split("/", 1)[0]
        return domain.assemble_form(
            project,
            assessment,
            names=await self.store.names(jurisdiction),
            alerts=await self.store.alerts_of(project, assessment.fiscal_year, assessment.date),
            cut=measured.cut,
            release=self.release,
            template=form_template.current(jurisdiction).id,
        )

    async def handed_out(self, project: str, form: domain.MonitoringForm) -> domain.MonitoringForm:
        """Give what was handed out first of this project, year, day and cut."""
        frozen = freeze_form(form)
        key = "\n".join((project, str(form.fiscal_year), form.as_of.isoformat(), form.cut))
        handed = Handed(frozen.content, frozen.code, project, form.lead_unit, form.department)
        return await self.files.first_handed(key, handed)


def routes(asked: FormsAsked) -> APIRouter:
    """Return reporting's routes."""
    router = APIRouter()
    store, figures = asked.store, asked.figures
    _add_forms(router, asked)
    _add_summaries(router, store, figures)

    @router.get("/v1/organisations")
    async def organisations(
        asking: Caller,
        jurisdiction: Annotated[str, Query(min_length=1, max_length=64)],
    ) -> dict[str, Any]:
        """Name a jurisdiction's organisations, by code: units, departments, divisions.

        Whoever is bound to subtrees gets those, and what stands above them.
        """
        names: dict[str, str] = {}
        if asking.may_enter(jurisdiction):
            within = asking.within if asking.narrow else None
            names = (await store.names(jurisdiction, within)).by_code
        return {"jurisdiction": jurisdiction, "names": dict(sorted(names.items()))}

    return router


def position_routes(assessments: Progress, alerts: Progress) -> APIRouter:
    """Return the routes that everybody may ask who has a key."""
    router = APIRouter()

    @router.get("/v1/position")
    async def position(
        at_least_assessments: Cut = None, at_least_alerts: Cut = None, wait: Wait = 0
    ) -> dict[str, str]:
        """Tell how far reporting has come; waits until both cuts are reached."""
        one = await wait_until_reached(assessments, at_least_assessments, wait)
        two = await wait_until_reached(alerts, at_least_alerts, wait)
        return {"assessments": one, "alerts": two}

    return router


def _add_forms(router: APIRouter, asked: FormsAsked) -> None:
    @router.get("/v1/forms/{project}", response_model=None)
    async def form(
        authorization: Authorization,
        project: Segment,
        known: Annotated[Known, Depends()],
        as_of: BusinessDate | None = None,
        fiscal_year: Year = None,
        format: FormFormat = FormFormat.JSON,  # noqa: A002 - the parameter's public name
        layout: FormLayout | None = None,
    ) -> dict[str, Any] | Response:
        """Make the monitoring form (annex 1) of a project as of a date (Art. 12(3)).

        `at` is a cut that an answer named: with it a file is made again, byte for byte.
        """
        measured = await asked.figures.project(
            authorization, project, fiscal_year, as_of, known.at_least, known.wait, known.at
        )
        made = await asked.made(project, measured)
        if format is FormFormat.JSON:
            return form_sheet.form_document(made)
        kept = await asked.handed_out(project, made)
        return await asked.files.answer(kept, FileFormat(format.value), layout)


def _add_summaries(router: APIRouter, store: ReportStore, figures: Figures) -> None:
    @router.get("/v1/summaries/{department}")
    async def summary(
        asking: Caller,
        authorization: Authorization,
        department: Segment,
        jurisdiction: Annotated[str, Query(min_length=1, max_length=64)],
        as_of: BusinessDate,
        fiscal_year: Year = None,
        at_least: Cut = None,
        wait: Wait = 0,
    ) -> dict[str, Any]:
        """Add up the projects of a department that one may see, as of a date (Art. 12(4))."""
        lines, cut, year = [], "", fiscal_year
        rows = figures.rows(
            authorization, jurisdiction, department, fiscal_year, as_of, at_least, wait
        )
        async for cut, row in rows:  # noqa: B007 - the last page's cut is the summary's
            lines.append(line_of(row))
            year = row["fiscal_year"]
        if year is None or not lines:
            raise _no_projects(department, jurisdiction, as_of)
        made = domain.summarise(
            department,
            jurisdiction,
            fiscal_year=year,
            as_of=as_of,
            lines=lines,
            open_alerts_by_rule=await store.open_alerts_by_rule(
                jurisdiction, department, year, asking.within if asking.narrow else None
            ),
            names=await store.names(jurisdiction),
            cut=cut,
        )
        return form_sheet.summary_document(made)


def _no_projects(department: str, jurisdiction: str, as_of: dt.date) -> ProblemError:
    return ProblemError(
        Problem(
            404,
            "no_projects",
            "Nothing to add up",
            f"{department} has no project in {jurisdiction} as of {as_of}.",
            hint="Check the department's code, the jurisdiction and the fiscal year.",
            title_zh="没有可汇总的项目",
            detail_zh=f"截至 {as_of},{jurisdiction} 的 {department} 没有您可查看的项目。",
            hint_zh="请核对部门编码、财政区划和财政年度。",
        )
    )
