"""HTTP: a unit's forms as one workbook down, filled, up (issue: fill-in by Excel)."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from contracts.vocabulary import PaperKind, PaperState
from contracts.vocabulary.values import ID_LENGTH_MAX
from services.chassis.answers import KeyReusedError, key_of, mark_of
from services.chassis.identity import Caller, Principal
from services.chassis.refusals import key_reused
from services.chassis.requests import KEY_HEADER, idempotency_key
from services.chassis.segments import Segment
from services.reporting.api import file_problems as problems
from services.reporting.api import paper_problems
from services.reporting.api.campaigns import CampaignDesk
from services.reporting.api.files import FILE_BODY, FILE_BYTES_MAX, body_up_to
from services.reporting.assembly.drafting import DraftFaultsError, Drafting
from services.reporting.assembly.papers import Papers, UnknownPaperError
from services.reporting.assembly.rendering import Renderer
from services.reporting.domain.assembling import dated
from services.reporting.domain.declaration import FieldFault
from services.reporting.domain.draft import Saving, TooLargeError
from services.reporting.domain.paper import Paper, RefusedError, may_fill
from services.reporting.outputs.fill_in import FORMS_MAX, Blank, fill_in_workbook
from services.reporting.outputs.fill_in_reading import Changed, Fault, Filled, filled_in
from services.reporting.outputs.form_template import UnknownTemplateError
from services.reporting.outputs.plain import printable
from services.reporting.outputs.rendering import MEDIA_TYPES, FileFormat
from services.reporting.outputs.sheet_cells import UnreadableWorkbookError
from services.reporting.store.commanding import BusyError
from services.reporting.store.listing import PaperFilters, PaperListing

FAULTS_MAX = 500
"""Most faults that are told one by one."""
NAME_SHOWN = 100

Unit = Annotated[str, Query(min_length=1, max_length=ID_LENGTH_MAX)]


@dataclass(frozen=True)
class Workbooks:
    """What makes workbooks and takes them in."""

    campaigns: CampaignDesk
    papers: Papers
    listing: PaperListing
    drafting: Drafting
    renderer: Renderer

    async def made(self, asking: Principal, campaign: str, unit: str) -> bytes:
        """Make the workbook of the forms that a unit is to fill in."""
        found = await self.campaigns.visible(asking, campaign)
        filters = PaperFilters(
            jurisdiction=found.jurisdiction,
            campaign=found.id,
            kind=PaperKind.FORM,
            state=PaperState.FILLING,
            unit=unit,
        )
        listed, more = await self.listing.page(filters, asking, None, FORMS_MAX)
        if more is not None:
            raise problems.too_many_forms(FORMS_MAX)
        blanks = []
        for each in listed:
            paper = await self.papers.visible(asking, each.id)
            try:
                figures = await self.papers.figures(paper)
                form = await self.papers.form(found, paper, figures, paper.declaration)
                blanks.append(Blank(paper, form, dated(figures)))
            except FieldFault as fault:
                said = f"{paper.id} {fault.pointer}: {fault.reason}"
                said_zh = f"{paper.id} {fault.pointer}: {fault.reason_zh}"
                raise problems.no_workbook(said, said_zh) from fault
        if not blanks:
            raise problems.nothing_to_fill_in()
        try:
            return await self.renderer.run(fill_in_workbook, found.key, unit, blanks, found.cut_off)
        except UnknownTemplateError as error:
            raise problems.cannot_be_made(error) from error

    async def taken(self, asking: Principal, campaign: str, key: str, content: bytes) -> Any:
        """Save what was filled in, all of it or nothing."""
        found = await self.campaigns.visible(asking, campaign)
        filled = await self._read(content)
        if filled.campaign != found.key:
            name = printable(filled.campaign, NAME_SHOWN)
            said, said_zh = f"it belongs to {name}", f"该工作簿属于 {name}"
            raise problems.no_workbook(said, said_zh)
        mark = mark_of(b"workbook", found.key.encode(), content)
        known = key_of(asking.id, key)
        answer: dict[str, Any] = {
            "papers": sorted({each.paper for each in filled.changes}),
            "fields": len(filled.changes),
        }
        if await self._taken_before(known, mark):
            return answer
        faults = [*filled.faults, *(await self._out_of_hand(asking, filled))]
        if faults:
            raise at_fault(faults)
        savings: dict[str, list[Saving]] = {}
        for change in filled.changes:
            saving = Saving(change.field, change.value, change.version)
            savings.setdefault(change.paper, []).append(saving)
        if savings:
            await self._save(asking, filled, savings, known, mark)
        return answer

    async def _taken_before(self, key: str, mark: bytes) -> bool:
        try:
            return await self.drafting.answers.earlier(key, mark) is not None
        except KeyReusedError as error:
            raise key_reused() from error

    async def _read(self, content: bytes) -> Filled:
        try:
            return await self.renderer.run(filled_in, content)
        except UnreadableWorkbookError as error:
            raise problems.no_workbook(str(error), error.reason_zh) from error

    async def _save(
        self,
        asking: Principal,
        filled: Filled,
        savings: dict[str, list[Saving]],
        key: str,
        mark: bytes,
    ) -> None:
        try:
            await self.drafting.save_many(asking, savings, key, mark)
        except DraftFaultsError as error:
            cells = {(change.paper, change.field): change for change in filled.changes}
            raise at_fault(
                [
                    Fault(_cell(cells.get((fault.paper, fault.field)), filled, fault.paper), *said)
                    for fault in error.faults
                    for said in ((fault.code, fault.text, fault.text_zh),)
                ]
            ) from error
        except RefusedError as error:
            raise paper_problems.refused(error) from error
        except UnknownPaperError as error:
            raise paper_problems.unknown_paper(str(error)) from error
        except TooLargeError as error:
            raise paper_problems.too_large() from error
        except FieldFault as fault:
            said_zh = f"{fault.pointer}: {fault.reason_zh}"
            raise problems.no_workbook(str(fault), said_zh) from fault
        except KeyReusedError as error:
            raise key_reused() from error
        except BusyError as error:
            raise paper_problems.busy() from error

    async def _out_of_hand(self, asking: Principal, filled: Filled) -> list[Fault]:
        """Tell which forms the caller cannot fill in now, at their sheets."""
        found: list[Fault] = []
        for name in sorted({change.paper for change in filled.changes}):
            where = _cell(None, filled, name)
            try:
                paper: Paper = await self.papers.visible(asking, name)
                campaign = await self.papers.campaign(paper)
                if campaign.key != filled.campaign:
                    raise UnknownPaperError(name)
                may_fill(paper, await self.papers.acting(asking, campaign))
            except UnknownPaperError:
                found.append(Fault(where, "unknown_paper", "there is no such form", "没有该监控表"))
            except RefusedError as error:
                words = paper_problems.WORDS[error.code]
                found.append(Fault(where, error.code.value, words.detail, words.detail_zh))
        return found


def _cell(change: Changed | None, filled: Filled, paper: str) -> str:
    if change is not None:
        return change.cells[0]
    return f"{filled.papers.get(paper, paper)}!A1"


def at_fault(faults: list[Fault]) -> Exception:
    """Tell what is wrong, cell by cell."""
    told = [
        {"cell": fault.cell, "code": fault.code, "text": fault.text, "text_zh": fault.text_zh}
        for fault in faults[:FAULTS_MAX]
    ]
    return problems.cells_at_fault(told, len(faults))


def routes(workbooks: Workbooks) -> APIRouter:
    """Return the routes of those who fill in."""
    router = APIRouter()

    @router.get("/v1/campaigns/{campaign}/workbook", response_class=Response)
    async def workbook(asking: Caller, campaign: Segment, unit: Unit) -> Response:
        """Give the forms that a unit is still to fill in, as one workbook."""
        made = await workbooks.made(asking, campaign, unit)
        headers = {"Content-Disposition": 'attachment; filename="fill-in.xlsx"'}
        return Response(made, media_type=MEDIA_TYPES[FileFormat.XLSX], headers=headers)

    @router.post(
        "/v1/campaigns/{campaign}/workbook",
        openapi_extra={"parameters": [dict(KEY_HEADER)], **FILE_BODY},
    )
    async def take(asking: Caller, request: Request, campaign: Segment) -> Any:
        """Take a filled workbook: every change is saved, or each cell at fault is told."""
        await workbooks.campaigns.visible(asking, campaign)
        key = idempotency_key(request)
        content = await body_up_to(request, FILE_BYTES_MAX)
        return await workbooks.taken(asking, campaign, key, content)

    return router
