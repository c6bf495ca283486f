"""Files over HTTP: upload, look, start, follow, fetch what was rejected.

`POST /v1/files` takes the file's bytes as the body, reads them by a preset with the mapper that
`dualwatch publish` uses, and answers with a preview; nothing enters the ledger before
`POST /v1/files/{id}/start`. The same file again is the same upload.
"""

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from services.chassis import clock
from services.chassis.identity import Caller, Principal
from services.intake.api import file_problems, file_reading
from services.intake.api.callers import publisher_of
from services.intake.domain.redaction import Redactor
from services.intake.files import templates
from services.intake.files.outcomes import Rejected
from services.intake.files.presets import Preset, UnknownPresetError, preset, preset_names
from services.intake.files.rejects import RejectsWriter
from services.intake.files.tables import Header
from services.intake.store.files import Files, State, UploadedFile
from services.intake.store.reading import Reader

NAME_LENGTH_MAX: Final = 200
CODE_LENGTH_MAX: Final = 64
READING_MAX: Final = 2
"""Files one process reads at once."""
KEPT_MAX: Final = 20
"""Files a publisher may have that were read and neither started nor deleted."""
RUNNING_MAX: Final = 3
"""Files of one publisher that are taken in at once."""
FILE_ID_BYTES: Final = 16
_FIXED: Final = 6
"""Values of a kept reject before its cells: line, column, value, code, English, Chinese."""
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "text/csv": {"schema": {"type": "string", "format": "binary"}},
            templates.MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


@dataclass(frozen=True)
class FileDesk:
    """The parts of the file door."""

    files: Files
    reader: Reader
    redactor: Redactor
    publisher: str
    """The deployment's name as a publisher."""
    reading: asyncio.Semaphore


def presets_router() -> APIRouter:
    """Make the routes about presets; they come before those of single files."""
    routes = APIRouter(tags=["files"])

    @routes.get("/v1/files/presets")
    async def presets() -> JSONResponse:
        """List the exports that can be read."""
        return JSONResponse({"items": [_listed(preset(name)) for name in preset_names()]})

    @routes.get("/v1/files/presets/{name}")
    async def mapping(name: str) -> Response:
        """Give a preset's mapping file (YAML): the beginning of one of your own."""
        return Response(_preset(name).text, media_type="application/yaml")

    @routes.get("/v1/files/templates/{name}")
    async def template(name: str) -> Response:
        """Give a preset's workbook: heading, an example row, and what to fill in."""
        found = _preset(name)
        made = await asyncio.to_thread(found.template)
        shown = quote(f"{found.title.zh}.xlsx")
        headers = {
            "Content-Disposition": f"attachment; filename=\"{name}.xlsx\"; filename*=UTF-8''{shown}"
        }
        return Response(made, media_type=templates.MEDIA_TYPE, headers=headers)

    return routes


def router(desk: FileDesk) -> APIRouter:
    """Make the routes about files."""
    routes = APIRouter(tags=["files"])
    _uploading(routes, desk)
    _asking(routes, desk)
    _starting(routes, desk)
    return routes


def _uploading(routes: APIRouter, desk: FileDesk) -> None:
    @routes.post("/v1/files", status_code=201, openapi_extra=_BODY)
    async def upload(
        request: Request,
        asking: Caller,
        chosen: Annotated[str, Query(alias="preset", max_length=CODE_LENGTH_MAX)],
        jurisdiction: Annotated[str, Query(min_length=1, max_length=CODE_LENGTH_MAX)],
        name: Annotated[str, Query(min_length=1, max_length=NAME_LENGTH_MAX)] = "file",
    ) -> JSONResponse:
        """Upload a file (its bytes are the body) and see what its rows would become."""
        found = _preset(chosen)
        await _known(desk, asking, jurisdiction)
        publisher = publisher_of(asking, desk.publisher)
        if await desk.files.unfinished(publisher, State.READY) >= KEPT_MAX:
            raise file_problems.too_many_waiting(KEPT_MAX)
        if desk.reading.locked():
            raise file_problems.too_many_read(READING_MAX)
        async with desk.reading, file_reading.received(request) as got:
            file = _file(publisher, name, found, jurisdiction, got)
            known = await desk.files.open(file)
            if known is None:
                await file_reading.read(desk.files, file, found, got, desk.redactor)
        kept = await _own(desk, asking, file.file_id)
        return JSONResponse(_document(kept), status_code=201 if known is None else 200)


def _asking(routes: APIRouter, desk: FileDesk) -> None:
    @routes.get("/v1/files")
    async def listed(asking: Caller) -> JSONResponse:
        """List your files, the newest first."""
        files = await desk.files.list(publisher_of(asking, desk.publisher))
        return JSONResponse({"items": [_document(file, preview=False) for file in files]})

    @routes.get("/v1/files/{file_id}")
    async def one(file_id: str, asking: Caller) -> JSONResponse:
        """Tell how far a file is, and what became of its events."""
        return JSONResponse(_document(await _own(desk, asking, file_id)))

    @routes.get("/v1/files/{file_id}/rejects")
    async def rejects(file_id: str, asking: Caller) -> StreamingResponse:
        """Give the rejected rows as CSV, each with its reason: mend them and send that file."""
        file = await _own(desk, asking, file_id)
        if file.state is State.READING:
            raise file_problems.still_reading(file_id)
        shown = quote(f"{file.name}.rejects.csv", safe="")
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{shown}"}
        return StreamingResponse(
            _rejects(desk.files, file), media_type="text/csv; charset=utf-8", headers=headers
        )


def _starting(routes: APIRouter, desk: FileDesk) -> None:
    @routes.post("/v1/files/{file_id}/start", status_code=202)
    async def start(file_id: str, asking: Caller) -> JSONResponse:
        """Take a file in; started again it stays as it is."""
        file = await _own(desk, asking, file_id)
        if file.state is State.READING:
            raise file_problems.still_reading(file_id)
        if file.state is State.READY:
            running = await desk.files.unfinished(file.publisher, State.RUNNING)
            if running >= RUNNING_MAX:
                raise file_problems.too_many_running(RUNNING_MAX)
            await desk.files.start(file_id)
        started = await _own(desk, asking, file_id)
        return JSONResponse(_document(started), status_code=202)

    @routes.delete("/v1/files/{file_id}", status_code=204)
    async def delete(file_id: str, asking: Caller) -> Response:
        """Forget a file; what of it is in the ledger stays there."""
        file = await _own(desk, asking, file_id)
        if file.state is State.RUNNING:
            raise file_problems.running(file_id)
        await desk.files.forget(file_id)
        return Response(status_code=204)


def _preset(name: str) -> Preset:
    try:
        return preset(name)
    except UnknownPresetError:
        raise file_problems.unknown_preset(name, preset_names()) from None


async def _known(desk: FileDesk, asking: Principal, jurisdiction: str) -> None:
    """Refuse a jurisdiction that is not there, or not for the caller."""
    if not asking.may_enter(jurisdiction) or await desk.reader.jurisdiction(jurisdiction) is None:
        raise file_problems.unknown_jurisdiction(jurisdiction)


async def _own(desk: FileDesk, asking: Principal, file_id: str) -> UploadedFile:
    """Find a file of the caller's own."""
    found = await desk.files.find(file_id)
    if found is None or found.publisher != publisher_of(asking, desk.publisher):
        raise file_problems.unknown_file(file_id)
    return found


def _file(
    publisher: str, name: str, chosen: Preset, jurisdiction: str, got: file_reading.Received
) -> UploadedFile:
    identity = f"{publisher}\0{got.sha256}\0{chosen.name} {chosen.version}\0{jurisdiction}"
    file_id = hashlib.blake2b(identity.encode(), digest_size=FILE_ID_BYTES, person=b"upload")
    return UploadedFile(
        file_id.hexdigest(),
        publisher,
        name,
        got.sha256,
        got.size_bytes,
        chosen.name,
        jurisdiction,
        State.READING,
        clock.now(),
    )


def _listed(found: Preset) -> dict[str, Any]:
    return {
        "preset": found.name,
        "version": found.version,
        "title": found.title.en,
        "title_zh": found.title.zh,
        "source": found.source,
        "template": f"/v1/files/templates/{found.name}",
        "columns": [
            {
                "name": column.name,
                "required": column.required,
                "national": column.note.national,
                "aliases": list(column.note.aliases),
            }
            for column in found.guides()
        ],
    }


def _document(file: UploadedFile, *, preview: bool = True) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": file.file_id,
        "name": file.name,
        "preset": file.preset,
        "jurisdiction": file.jurisdiction,
        "state": file.state.value,
        "sha256": file.sha256,
        "bytes": file.size_bytes,
        "uploaded": file.at.isoformat(),
        "rows": {"events": file.events, "rejected": file.rejected, "passed": file.passed},
        "counts": {
            "sent": file.sent,
            **{name: file.counts.get(name, 0) for name in ("accepted", "duplicate", "quarantined")},
            "pending": file.events - file.sent,
        },
        "position": file.position,
    }
    if preview:
        told["refused"] = [dict(one) for one in file.refused]
        told["preview"] = dict(file.preview)
    return told


async def _rejects(files: Files, file: UploadedFile) -> AsyncIterator[bytes]:
    """Write the rejected rows below their own heading, so that they can be sent again."""
    names = tuple(file.preview.get("heading", ()))
    target = io.StringIO(newline="")
    header = Header(names, {}, {}, file.preview.get("unit"), 0, 0)
    writer = RejectsWriter(target, header)
    # The mark tells Excel that it is UTF-8.
    yield "\ufeff".encode()
    for number in range(file.chunks):
        for row in await files.rejected_rows(file.file_id, number) or ():
            line, column, value, code, english, chinese = row[:_FIXED]
            cells = tuple(row[_FIXED:])
            writer.write(Rejected(None, line, column, value, code, english, chinese, cells))
        yield target.getvalue().encode()
        target.seek(0)
        target.truncate()
    if not file.chunks:
        yield target.getvalue().encode()
