"""Evidence files: upload, list, download; seen by whoever sees the project they belong to."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response, StreamingResponse
from starlette.requests import ClientDisconnect

from contracts.envelope import SUBJECT_LENGTH_MAX
from contracts.events.evidence import EVIDENCE_BYTES_MAX
from services.chassis import clock, metrics
from services.chassis.identity import Caller, Principal
from services.chassis.problems import Problem, ProblemError, not_found
from services.intake.api import refusals
from services.intake.api.answers import answer
from services.intake.domain.evidence import NotTakenError, Why, media_type_of, plain_name
from services.intake.domain.forms import media_type_of as plain_type
from services.intake.domain.rates import Rates
from services.intake.store.documents import Document
from services.intake.store.evidence import MongoEvidence, Upload
from services.intake.store.reading import Reader

LISTED_MAX: Final = 1_000
NAME_GIVEN_MAX: Final = 1_000
SHA256: Final = r"^[0-9a-f]{64}$"
_RANGE: Final = re.compile(r"bytes=([0-9]{0,12})-([0-9]{0,12})", re.ASCII)

UPLOADS = metrics.counter(
    "dualwatch_intake_evidence_uploads_total",
    "Evidence files uploaded, by outcome: new, known, or why they were refused.",
    ("outcome",),
)
UPLOADED_BYTES = metrics.counter(
    "dualwatch_intake_evidence_bytes_total", "Bytes of evidence files that were new."
)

Subject = Annotated[str, Query(min_length=3, max_length=SUBJECT_LENGTH_MAX)]


@dataclass(frozen=True)
class Cabinet:
    """The parts of the evidence door."""

    store: MongoEvidence
    reader: Reader
    rates: Rates
    """Bytes that a principal may send."""


def upload_router(cabinet: Cabinet) -> APIRouter:
    """Make the route of those who attach files."""
    routes = APIRouter(tags=["evidence"])

    @routes.post("/v1/evidence", status_code=201)
    async def upload(
        request: Request,
        asking: Caller,
        subject: Subject,
        name: Annotated[str, Query(max_length=NAME_GIVEN_MAX)] = "",
    ) -> Response:
        """Take one file as the body, for one project; sent again it is kept once (200)."""
        if not await _sees(cabinet, asking, subject):
            raise _unknown_project(subject)
        _admit(cabinet, asking, request)
        called = plain_name(name)
        claimed = plain_type(request.headers.get("content-type"))
        taken = cabinet.store.upload()
        try:
            await _receive(request, taken)
            media_type = media_type_of(taken.edges, claimed, called)
        except BaseException as error:
            await taken.abort()
            if isinstance(error, NotTakenError):
                raise _not_taken(error.why) from error
            raise
        stored = await cabinet.store.keep(taken, media_type, subject, called, asking.id)
        UPLOADS.labels("new" if stored.new else "known").inc()
        UPLOADED_BYTES.inc(stored.size if stored.new else 0)
        told = {
            "sha256": stored.sha256,
            "name": called,
            "media_type": media_type,
            "bytes": stored.size,
        }
        return answer(told, 201 if stored.new else 200)

    return routes


def router(cabinet: Cabinet) -> APIRouter:
    """Make the routes of those who read files."""
    routes = APIRouter(tags=["evidence"])

    @routes.get("/v1/evidence")
    async def listing(asking: Caller, subject: Subject) -> Response:
        """List the files of a project, the oldest first, at most 1,000."""
        if not await _sees(cabinet, asking, subject):
            raise _unknown_project(subject)
        found = await cabinet.store.attached(subject, LISTED_MAX)
        return answer({"items": [_item(each) for each in found]})

    @routes.get("/v1/evidence/{sha256}")
    async def download(
        request: Request, asking: Caller, sha256: Annotated[str, Path(pattern=SHA256)]
    ) -> Response:
        """Give a file: always as an attachment, whole or one range of it."""
        file = await cabinet.store.file(sha256)
        uses = [] if file is None else await cabinet.store.uses_of(sha256)
        seen = [use for use in uses if await _sees(cabinet, asking, use["subject"])]
        if file is None or not seen:
            raise _unknown_evidence(sha256)
        return _file(cabinet, request, file, seen[0]["name"])

    return routes


async def _sees(cabinet: Cabinet, asking: Principal, subject: str) -> bool:
    return asking.sees(subject, await cabinet.reader.lead(subject), None)


def _admit(cabinet: Cabinet, asking: Principal, request: Request) -> None:
    given = request.headers.get("content-length", "")
    size = int(given) if given.isascii() and given.isdigit() else EVIDENCE_BYTES_MAX
    if size > EVIDENCE_BYTES_MAX:
        raise _too_large()
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise refusals.content_encoding(request.headers["content-encoding"])
    seconds = cabinet.rates.take(asking.id, max(1, size), clock.monotonic())
    if seconds:
        raise refusals.too_fast(seconds)


async def _receive(request: Request, taken: Upload) -> None:
    try:
        async for chunk in request.stream():
            if taken.size + len(chunk) > EVIDENCE_BYTES_MAX:
                raise _too_large()
            if chunk:
                await taken.write(chunk)
    except ClientDisconnect as error:
        raise refusals.cut_off() from error
    if not taken.size:
        raise _not_taken(Why.EMPTY)


def _file(cabinet: Cabinet, request: Request, file: Document, name: str) -> Response:
    tag = f'"{file["_id"]}"'
    headers = {
        "ETag": tag,
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "Content-Disposition": disposition(name),
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    size: int = file["bytes"]
    span = _span(request.headers.get("range"), size)
    start, end = span or (0, size)
    if start >= size:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{size}"})
    if span is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    headers["Content-Length"] = str(end - start)
    body = cabinet.store.read(file["file"], start, end)
    return StreamingResponse(body, 206 if span else 200, headers, file["media_type"])


def _span(given: str | None, size: int) -> tuple[int, int] | None:
    """Read one range of bytes; several, or what is no range, are answered with the whole."""
    found = None if given is None else _RANGE.fullmatch(given.strip())
    if found is None or found.group() == "bytes=-":
        return None
    first, last = found.groups()
    if not first:
        return max(0, size - int(last)), size
    if last and int(last) < int(first):
        return None
    return int(first), min(size, int(last) + 1) if last else size


def disposition(name: str) -> str:
    """Say that a file is saved, never shown, and what it is called (RFC 6266)."""
    plain = "".join(sign if sign.isascii() and sign.isprintable() else "_" for sign in name)
    plain = plain.replace("\\", "_").replace('"', "_").replace("%", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _item(found: Mapping[str, Any]) -> dict[str, Any]:
    names = ("sha256", "subject", "name", "media_type", "bytes", "by", "at")
    return {name: found[name] for name in names}


def _unknown_project(subject: str) -> ProblemError:
    return not_found("unknown_project", f"There is no project {subject}.", f"没有项目 {subject}。")


def _unknown_evidence(sha256: str) -> ProblemError:
    return not_found(
        "unknown_evidence", f"There is no evidence file {sha256}.", f"没有佐证材料 {sha256}。"
    )


def _too_large() -> ProblemError:
    UPLOADS.labels("too_large").inc()
    return ProblemError(
        Problem(
            413,
            "evidence_too_large",
            "The file is too large",
            f"An evidence file has at most {EVIDENCE_BYTES_MAX} bytes.",
            hint="Scan it with fewer dots, or split it.",
            title_zh="文件过大",
            detail_zh="佐证材料单个文件不超过 20 MB。",
            hint_zh="请降低扫描分辨率,或拆分为多个文件。",
        )
    )


_NOT_TAKEN: Final = {
    Why.UNKNOWN_TYPE: ("It is none of the types that are taken.", "不是可受理的文件类型。"),
    Why.OTHER_TYPE: ("Its bytes say another type than Content-Type.", "文件内容与声明的类型不符。"),
    Why.OTHER_NAME: ("Its name ends like another type of file.", "文件扩展名与内容不符。"),
    Why.TWO_TYPES: ("It can be read as two types of file.", "文件可被识别为两种类型。"),
    Why.MACROS: ("It holds macros.", "文件含有宏。"),
    Why.EMPTY: ("It has no bytes.", "文件为空。"),
}


def _not_taken(code: Why) -> ProblemError:
    UPLOADS.labels(code).inc()
    detail, detail_zh = _NOT_TAKEN[code]
    return ProblemError(
        Problem(
            415,
            f"evidence_{code}",
            "The file is not taken",
            detail,
            hint="Taken are PDF, Word, Excel, PowerPoint (without macros), PNG, JPEG, GIF, TIFF,"
            " WebP.",
            title_zh="文件不予受理",
            detail_zh=detail_zh,
            hint_zh="可受理 PDF、Word、Excel、PowerPoint(不含宏),"
            "以及 PNG、JPEG、GIF、TIFF、WebP 图片。",
        )
    )
