"""HTTP: papers as files, and files checked (issue: outputs, provenance)."""

from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from contracts.vocabulary import FormLayout, PaperKind, PaperState
from services.chassis.identity import Authorization, Caller, Principal
from services.chassis.segments import Segment
from services.reporting.api import file_problems as problems
from services.reporting.api import paper_problems
from services.reporting.assembly.papers import Papers, UnknownPaperError
from services.reporting.assembly.rendering import Renderer
from services.reporting.domain.editions import form_of, report_of, summary_of
from services.reporting.domain.form import MonitoringForm
from services.reporting.domain.paper import EDITIONS_MAX, Paper
from services.reporting.outputs import verification
from services.reporting.outputs.fonts import FontsMissingError
from services.reporting.outputs.form_template import UnknownTemplateError
from services.reporting.outputs.marks import Mark, mark_in
from services.reporting.outputs.rendering import (
    Content,
    FileFormat,
    FormatMissingError,
    Paperlike,
    file_name,
)
from services.reporting.outputs.report_docx import TemplateFaultError
from services.reporting.outputs.typesetting import TypesettingError
from services.reporting.store.handed import Handed, HandedKind, HandedStore

NOT_MADE: Final = (
    FormatMissingError,
    FontsMissingError,
    UnknownTemplateError,
    TemplateFaultError,
    TypesettingError,
)
"""Why a file cannot be made: told, with what to do."""
FILE_BYTES_MAX: Final = 32 * 1024 * 1024
"""Largest file that is checked, or taken as a filled workbook."""

EditionNumber = Annotated[
    int | None,
    Query(ge=1, le=EDITIONS_MAX, description="Frozen edition; the paper as it stands if left out."),
]


@dataclass(frozen=True)
class Files:
    """What makes and checks files."""

    papers: Papers
    handed: HandedStore
    renderer: Renderer

    async def content(
        self, asking: Principal, authorization: bytes, name: str, edition: int | None
    ) -> Paperlike:
        """Find a frozen edition, or what the paper says now; 404 for what is not the caller's."""
        try:
            paper = await self.papers.visible(asking, name)
            if edition is not None:
                return await self.frozen(paper, edition)
            if paper.state is not PaperState.FILLING:
                return await self.frozen(paper, paper.edition)
            shown = await self.papers.shown(paper, authorization)
        except UnknownPaperError as error:
            raise paper_problems.unknown_paper(name) from error
        found = shown.form or shown.report
        if found is None:
            raise paper_problems.unknown_paper(name)
        return found

    async def frozen(self, paper: Paper, edition: int) -> Paperlike:
        """Read a frozen edition."""
        found = await self.papers.stores.papers.edition(paper.id, edition)
        if found is None:
            raise paper_problems.unknown_edition(paper.id, edition)
        return (form_of if paper.kind is PaperKind.FORM else report_of)(found.content)

    async def answer(
        self, content: Paperlike, wanted: FileFormat, layout: FormLayout | None
    ) -> Response:
        """Answer with the file of a content."""
        try:
            made = await self.renderer.render(content, wanted, layout)
        except NOT_MADE as error:
            raise problems.cannot_be_made(error) from error
        name = quote(file_name(content, wanted))
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
            "Cache-Control": "private, no-store",
        }
        if content.provenance.code:
            headers["X-Verification-Code"] = content.provenance.code
        return Response(made.content, media_type=made.media_type, headers=headers)

    async def checked(self, asking: Principal, content: bytes) -> Any:
        """Check a file; whose paper the caller may not see is as if it were not there."""
        mark = await self.renderer.run(mark_in, content)
        if mark is None:
            return verification.document(verification.NO_MARK, content, None, None)
        if mark.paper and not mark.edition:
            return verification.document(verification.WORKING_COPY, content, mark, None)
        edition = await self._named(asking, mark)
        if edition is None:
            return verification.document(verification.NOT_KEPT, content, mark, None)
        try:
            found = await self.renderer.run(verification.checked, content, mark, edition)
        except FontsMissingError as error:
            raise problems.cannot_be_made(error) from error
        return verification.document(found, content, mark, edition)

    async def _named(self, asking: Principal, mark: Mark) -> Content | None:
        if not mark.paper:
            return await self._handed_out(asking, mark)
        try:
            paper = await self.papers.visible(asking, mark.paper)
        except UnknownPaperError:
            return None
        found = await self.papers.stores.papers.edition(paper.id, mark.edition)
        if found is None:
            return None
        return (form_of if paper.kind is PaperKind.FORM else report_of)(found.content)

    async def _handed_out(self, asking: Principal, mark: Mark) -> Content | None:
        found = await self.handed.of_code(mark.code) if mark.code else []
        handed = next((each for each in found if _shown(asking, each)), None)
        if handed is None:
            return None
        return (summary_of if handed.kind is HandedKind.SUMMARY else form_of)(handed.content)

    async def first_handed(self, key: str, content: Handed) -> MonitoringForm:
        """Give what was handed out first under a key; this, if nothing was."""
        return form_of((await self.handed.keep(key, content)).content)


def _shown(asking: Principal, handed: Handed) -> bool:
    """Whether somebody sees all that was handed out: of a summary every organisation in it."""
    if handed.kind is HandedKind.FORM:
        return asking.sees(handed.project, handed.unit, handed.department)
    if not asking.may_enter(handed.project.partition("/")[0]):
        return False
    return not asking.narrow or (handed.within is not None and handed.within <= asking.within)


async def body_up_to(request: Request, bytes_max: int) -> bytes:
    """Read a body of a file; 413 beyond its bound."""
    pieces: list[bytes] = []
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > bytes_max:
            raise problems.too_large(bytes_max)
        pieces.append(piece)
    return b"".join(pieces)


FILE_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


def routes(files: Files) -> APIRouter:
    """Return the routes of those who read."""
    router = APIRouter()

    @router.get("/v1/papers/{paper}/file", response_class=Response)
    async def file(
        asking: Caller,
        authorization: Authorization,
        paper: Segment,
        format: FileFormat,  # noqa: A002 - the parameter's public name
        edition: EditionNumber = None,
        layout: FormLayout | None = None,
    ) -> Response:
        """Make a paper's file: of a frozen edition always the same bytes.

        A working copy is marked as one. `layout` prints the money block otherwise than the
        campaign does.
        """
        content = await files.content(asking, authorization, paper, edition)
        return await files.answer(content, format, layout)

    @router.post("/v1/verify", openapi_extra=FILE_BODY)
    async def verify(asking: Caller, request: Request) -> Any:
        """Check a file: genuine, altered or unknown; it is made again and compared."""
        return await files.checked(asking, await body_up_to(request, FILE_BYTES_MAX))

    return router
