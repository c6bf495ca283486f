"""HTTP: a campaign added up and exported (Art. 13, 15; domain-rules 24)."""

import asyncio
import datetime as dt
import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import TypeAdapter

from services.chassis.identity import Caller, Principal
from services.chassis.problems import ProblemError
from services.chassis.refusals import Words
from services.chassis.segments import Segment
from services.reporting.api import file_problems
from services.reporting.api.campaigns import CampaignDesk
from services.reporting.assembly.rendering import Renderer
from services.reporting.assembly.reports import Reports
from services.reporting.domain.campaign import Campaign, CampaignState
from services.reporting.domain.city_summary import CitySummary
from services.reporting.domain.completeness import Completeness
from services.reporting.domain.editions import freeze_summary, summary_of
from services.reporting.domain.exchange import (
    COLUMNS,
    ExchangeTable,
    in_order,
    info_rows,
    task_row,
)
from services.reporting.domain.filed import Filed
from services.reporting.domain.form import Names
from services.reporting.domain.monitoring_work import WEIGHTS_BP, WorkRow
from services.reporting.domain.results import Suggestion, suggestions_of
from services.reporting.outputs import export_rows
from services.reporting.outputs.fonts import FontsMissingError
from services.reporting.outputs.rendering import FileFormat
from services.reporting.outputs.report_paper import footer_of
from services.reporting.outputs.tabular import (
    CsvList,
    ListFile,
    SheetList,
    TooManyRowsError,
)
from services.reporting.store.handed import (
    CONTENT_BYTES_MAX,
    Handed,
    HandedKind,
    HandedStore,
    TooLargeError,
)
from services.reporting.store.names import ReportStore

OFFICE: Final = "application/vnd.openxmlformats-officedocument."
MEDIA_TYPES: Final = {
    "xlsx": f"{OFFICE}spreadsheetml.sheet",
    "docx": f"{OFFICE}wordprocessingml.document",
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8",
}
PAGE_DEFAULT: Final = 100
PAGE_MAX: Final = 500
"""Most projects of a page of results or of an exchange table as JSON."""
PAPER_LENGTH_MAX: Final = 400
_WORK: Final = TypeAdapter(tuple[WorkRow, ...])
_COMPLETENESS: Final = TypeAdapter(Completeness)
_SUGGESTIONS: Final = TypeAdapter(tuple[Suggestion, ...])
_NOT_OPENED: Final = Words(
    409,
    "The campaign's forms are not made yet",
    "监控活动的监控表尚未生成",
    "A campaign is added up once it was opened and all its forms are made.",
    "监控活动启动并生成全部监控表后方可汇总。",
    "GET the campaign and wait until its state is open.",
    "请查询监控活动,待其状态为 open 后重试。",
)
_TOO_MANY: Final = Words(
    422,
    "The list is too long for one file",
    "清单过长,不能放入一个文件",
    "It has more rows than one file may have.",
    "行数超过单个文件的上限。",
    "Take it page by page as JSON.",
    "请以 JSON 分页获取。",
)
_TOO_LARGE: Final = Words(
    422,
    "The summary is too large for a file",
    "汇总内容过大,不能生成文件",
    "What it says is more than 64 MiB, or more than 12 MiB packed: it could not be kept, and a file"
    " of it never be checked.",
    "汇总内容超过 64 MiB(压缩后超过 12 MiB),无法留存,生成的文件将不能核验。",
    "Take the summary as JSON, or that of a part: a department's, or of a smaller campaign.",
    "请以 JSON 获取汇总,或分部门、按较小范围的监控活动生成。",
)

After = Annotated[
    str | None, Query(max_length=PAPER_LENGTH_MAX, description="`next` of the page before.")
]
Limit = Annotated[int, Query(ge=1, le=PAGE_MAX, description="Most projects of a page of JSON.")]


@dataclass(frozen=True)
class SummaryDesk:
    """What the routes ask."""

    campaigns: CampaignDesk
    reports: Reports
    names: ReportStore
    handed: HandedStore
    renderer: Renderer

    async def opened(self, asking: Principal, key: str) -> Campaign:
        """Find a campaign whose forms are all made; 404 or 409 else."""
        found = await self.campaigns.visible(asking, key)
        if found.state not in {CampaignState.OPEN, CampaignState.CLOSED}:
            raise ProblemError(_NOT_OPENED.problem("campaign_not_opened"))
        return found

    async def named(self, asking: Principal, campaign: Campaign) -> Names:
        """Give the names of the organisations that the caller may see."""
        within = asking.within if asking.narrow else None
        return await self.names.names(campaign.jurisdiction, within)

    async def handed_out(
        self, asking: Principal, campaign: Campaign, summary: CitySummary, wanted: FileFormat
    ) -> tuple[bytes, str]:
        """Make a summary's file, and keep what it says so that the file can be checked.

        Gives its code too. Of one that is too large to be kept no file is made: nobody could ever
        check it.
        """
        frozen = await asyncio.to_thread(freeze_summary, summary)
        if len(frozen.content) > CONTENT_BYTES_MAX:
            raise ProblemError(_TOO_LARGE.problem("summary_too_large"))
        try:
            made = await self.renderer.render(summary_of(frozen.content), wanted)
        except FontsMissingError as error:
            raise file_problems.cannot_be_made(error) from error
        within = asking.within if asking.narrow else None
        scope = hashlib.sha256(",".join(sorted(within or ())).encode()).hexdigest()
        key = f"{HandedKind.SUMMARY.value}\n{campaign.key}\n{frozen.sha256}\n{scope}"
        handed = Handed(
            frozen.content, frozen.code, campaign.key, None, None, HandedKind.SUMMARY, within
        )
        try:
            await self.handed.keep(key, handed)
        except TooLargeError as error:
            raise ProblemError(_TOO_LARGE.problem("summary_too_large")) from error
        return made.content, frozen.code


def routes(desk: SummaryDesk) -> APIRouter:
    """Return the routes."""
    router = APIRouter()
    _add_summary(router, desk)
    _add_work(router, desk)
    _add_results(router, desk)
    _add_exchange(router, desk)
    return router


def _add_summary(router: APIRouter, desk: SummaryDesk) -> None:
    @router.get("/v1/campaigns/{campaign}/summary", response_model=None)
    async def summary(
        asking: Caller,
        campaign: Segment,
        format: Literal["json", "xlsx", "docx", "pdf"] = "json",  # noqa: A002 - public name
    ) -> dict[str, Any] | Response:
        """Add up the forms that one may see: by department, account and class, ranked risks.

        Frozen editions count where there are some, live figures else; it says how many of each.
        """
        found = await desk.opened(asking, campaign)
        made = await desk.reports.summary(found, asking)
        if format == "json":
            frozen = await asyncio.to_thread(freeze_summary, made)
            document: dict[str, Any] = json.loads(frozen.content)
            return {**_head(found), **document}
        content, code = await desk.handed_out(asking, found, made, FileFormat(format))
        answer = _file(content, f"{found.id}-汇总分析", format)
        answer.headers["X-Verification-Code"] = code
        return answer

    @router.get("/v1/campaigns/{campaign}/completeness")
    async def completeness(asking: Caller, campaign: Segment) -> dict[str, Any]:
        """Tell how complete the data are that a campaign rests on (domain-rules 24)."""
        found = await desk.opened(asking, campaign)
        made = await desk.reports.summary(found, asking)
        document: dict[str, Any] = _COMPLETENESS.dump_python(made.whole.completeness, mode="json")
        return {**_head(found), **document}


def _add_work(router: APIRouter, desk: SummaryDesk) -> None:
    @router.get("/v1/campaigns/{campaign}/monitoring-work", response_model=None)
    async def monitoring_work(
        asking: Caller,
        campaign: Segment,
        format: Literal["json", "csv", "xlsx"] = "json",  # noqa: A002 - public name
    ) -> dict[str, Any] | Response:
        """Assess each department's monitoring work, the best first (Art. 13)."""
        found = await desk.opened(asking, campaign)
        made = await desk.reports.summary(found, asking, completeness=False)
        if format == "json":
            items = _WORK.dump_python(made.work, mode="json")
            return {**_head(found), "weights_bp": WEIGHTS_BP, "items": items}
        title = f"{found.name}部门监控工作考核"
        footer = f"{export_rows.WEIGHTS_WORDS} · {footer_of(made.whole)}"
        sheet = (export_rows.WORK_HEADS, export_rows.WORK_WIDTHS)
        file = _list(format, title, footer, made.whole.completeness.issued_on, sheet)
        for row in made.work:
            file.add(export_rows.work_cells(row))
        return _file(file.finish(), f"{found.id}-监控工作考核", format)


def _add_results(router: APIRouter, desk: SummaryDesk) -> None:
    @router.get("/v1/campaigns/{campaign}/results", response_model=None)
    async def results(
        asking: Caller,
        campaign: Segment,
        format: Literal["json", "csv", "xlsx"] = "json",  # noqa: A002 - public name
        after: After = None,
        limit: Limit = PAGE_DEFAULT,
    ) -> dict[str, Any] | Response:
        """Suggest what follows for budgets, each suggestion with its evidence (Art. 13).

        For this year's adjustment and next year's budget; people decide.
        """
        found = await desk.opened(asking, campaign)
        names = await desk.named(asking, found)
        if format == "json":
            page, following = await _page(desk.reports.filed(found, asking, names, after), limit)
            items = [one for filed in page for one in suggestions_of(filed)]
            return {
                **_head(found),
                "items": _SUGGESTIONS.dump_python(tuple(items), mode="json"),
                "next": following,
            }
        title = f"{found.name}结果应用建议"
        sheet = (export_rows.RESULT_HEADS, export_rows.RESULT_WIDTHS)
        day = await desk.campaigns.today(found.jurisdiction) or found.cut_off
        made = export_rows.rests_on(found, desk.reports.release, export_rows.RESULTS_TEMPLATE)
        file = _list(format, title, made, day, sheet)
        async for filed in desk.reports.filed(found, asking, names):
            for row in export_rows.result_rows(suggestions_of(filed), names.by_code):
                _add(file, row)
        return _file(await asyncio.to_thread(file.finish), f"{found.id}-结果应用建议", format)


def _add_exchange(router: APIRouter, desk: SummaryDesk) -> None:
    @router.get("/v1/campaigns/{campaign}/exchange/{table}", response_model=None)
    async def exchange(
        asking: Caller,
        campaign: Segment,
        table: ExchangeTable,
        format: Literal["json", "csv"] = "json",  # noqa: A002 - public name
        after: After = None,
        limit: Limit = PAGE_DEFAULT,
    ) -> dict[str, Any] | Response:
        """Give a national exchange table: one row for each indicator handed in, or for the task.

        CSV has the table's own columns and nothing else; JSON comes page by page of forms.
        """
        found = await desk.opened(asking, campaign)
        columns = COLUMNS[table]
        if table is ExchangeTable.TASK:
            rows = [in_order(table, task_row(found))]
            if format == "json":
                return {"table": table.value, "columns": columns, "items": rows, "next": None}
            return _file(_csv(columns, rows), f"{table.value}-{found.id}", format)
        names = await desk.named(asking, found)
        if format == "json":
            page, following = await _page(
                _handed_in(desk.reports.filed(found, asking, names, after)), limit
            )
            rows = [in_order(table, row) for filed in page for row in info_rows(found, filed)]
            return {"table": table.value, "columns": columns, "items": rows, "next": following}
        file = CsvList(columns, bom=False)
        async for filed in _handed_in(desk.reports.filed(found, asking, names)):
            for row in info_rows(found, filed):
                _add(file, [row[name] for name in columns])
        return _file(file.finish(), f"{table.value}-{found.id}", format)


async def _handed_in(found: AsyncIterator[Filed]) -> AsyncIterator[Filed]:
    """Leave out what nobody has handed in: pages are filled by those that have rows."""
    async for filed in found:
        if filed.frozen:
            yield filed


async def _page(found: AsyncIterator[Filed], limit: int) -> tuple[list[Filed], str | None]:
    """Take a page of forms, and say behind which the next one begins."""
    page: list[Filed] = []
    async for filed in found:
        if len(page) == limit:
            return page, page[-1].paper
        page.append(filed)
    return page, None


def _csv(columns: Sequence[str], rows: Sequence[dict[str, str]]) -> bytes:
    file = CsvList(columns, bom=False)
    for row in rows:
        file.add([row[name] for name in columns])
    return file.finish()


def _list(
    format_: str,
    title: str,
    provenance: str,
    on: dt.date,
    sheet: tuple[Sequence[str], Sequence[int]],
) -> ListFile:
    heads, widths = sheet
    if format_ == "csv":
        return CsvList(heads, note=provenance)
    return SheetList(title, provenance, on, heads, widths)


def _add(file: ListFile, row: Sequence[Any]) -> None:
    try:
        file.add(row)
    except TooManyRowsError as error:
        raise ProblemError(_TOO_MANY.problem("too_many_rows")) from error


def _head(campaign: Campaign) -> dict[str, Any]:
    return {"campaign": campaign.key, "campaign_name": campaign.name, "cut": campaign.cut}


def _file(content: bytes, name: str, format_: str) -> Response:
    named = quote(f"{name}.{format_}".replace("/", "_"))
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{named}",
        "Cache-Control": "private, no-store",
    }
    return Response(content, media_type=MEDIA_TYPES[format_], headers=headers)
