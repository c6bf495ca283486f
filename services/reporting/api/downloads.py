"""HTTP: bundles of papers' files: asked for, looked at, fetched with resume (RFC 9110 ranges)."""

import re
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import Field

from contracts.envelope import Part
from contracts.vocabulary import FormLayout, Light, PaperKind, PaperState
from services.chassis.answers import key_of, mark_of
from services.chassis.identity import Caller, Principal
from services.chassis.refusals import key_reused
from services.chassis.requests import KEY_HEADER, body_of, described, idempotency_key, parsed
from services.chassis.segments import Segment
from services.reporting.api import file_problems as problems
from services.reporting.api.campaigns import CampaignDesk
from services.reporting.assembly.bundles import Bundler
from services.reporting.outputs.rendering import FileFormat
from services.reporting.store.downloads import Download, DownloadState, DownloadStore
from services.reporting.store.listing import PaperFilters, PaperListing

PAPERS_MAX: Final = 20_000
"""Most papers of one bundle."""
PAGE: Final = 1_000
UNFINISHED_MAX: Final = 5
"""Most bundles of one principal that are still to be made."""
_RANGE: Final = re.compile(r"bytes=([0-9]{0,12})-([0-9]{0,12})", re.ASCII)

Code = Annotated[str, Field(min_length=1, max_length=128)]
DownloadId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]


class FilterForm(Part):
    """Which papers; what is left out does not count."""

    state: PaperState | None = None
    unit: Code | None = None
    department: Code | None = None
    light: Light | None = None


class DownloadForm(Part):
    """What is to be bundled."""

    format: FileFormat
    kind: PaperKind = PaperKind.FORM
    layout: FormLayout | None = None
    filter: FilterForm = FilterForm()


@dataclass(frozen=True)
class Downloads:
    """What takes requests for bundles and hands them out."""

    campaigns: CampaignDesk
    listing: PaperListing
    store: DownloadStore
    bundler: Bundler

    async def begun(
        self, asking: Principal, campaign: str, key: str, mark: bytes, form: DownloadForm
    ) -> Download:
        """Keep what is to be bundled: the papers that are the caller's to see, as of now."""
        found = await self.campaigns.visible(asking, campaign)
        wanted = Download(
            id=key_of(asking.id, "download", key),
            by=asking.id,
            campaign=found.key,
            format=form.format.value,
            layout=form.layout.value if form.layout else None,
            mark=mark.hex(),
        )
        before = await self.store.found(wanted.id)
        if before is None:
            if await self.store.unfinished(asking.id) >= UNFINISHED_MAX:
                raise problems.too_many_downloads(UNFINISHED_MAX)
            filters = PaperFilters(
                jurisdiction=found.jurisdiction,
                campaign=found.id,
                kind=form.kind,
                state=form.filter.state,
                unit=form.filter.unit,
                department=form.filter.department,
                light=form.filter.light.value if form.filter.light else None,
            )
            papers = await self._papers(asking, filters)
            before = await self.store.begin(replace(wanted, total=len(papers)), papers)
            self.bundler.nudge()
        if before.mark != wanted.mark:
            raise key_reused()
        return before

    async def _papers(self, asking: Principal, filters: PaperFilters) -> list[str]:
        names: list[str] = []
        after: str | None = None
        for _ in range(PAPERS_MAX // PAGE):
            page, after = await self.listing.page(filters, asking, after, PAGE)
            names += [paper.id for paper in page]
            if after is None:
                break
        if not names:
            raise problems.nothing_to_bundle()
        if after is not None:
            raise problems.too_many_papers(PAPERS_MAX)
        return names

    async def of(self, asking: Principal, name: str) -> Download:
        """Find a bundle of the caller's; 404 for anybody else's."""
        found = await self.store.found(name)
        if found is None or found.by != asking.id:
            raise problems.unknown_download()
        return found


def item(found: Download) -> dict[str, Any]:
    """Write a bundle."""
    return {
        "download_id": found.id,
        "campaign": found.campaign,
        "format": found.format,
        "layout": found.layout,
        "state": found.state.value,
        "done": found.done,
        "total": found.total,
        "bytes": found.size,
        "skipped": list(found.skipped),
        "reason": found.reason,
        "at": found.at.isoformat(),
    }


def routes(downloads: Downloads) -> APIRouter:
    """Return the routes of those who read."""
    router = APIRouter()

    @router.post(
        "/v1/campaigns/{campaign}/downloads",
        status_code=202,
        openapi_extra=described(DownloadForm, KEY_HEADER),
    )
    async def bundle(asking: Caller, request: Request, campaign: Segment) -> dict[str, Any]:
        """Have the files of many papers bundled into a zip; GET tells when it is `ready`."""
        await downloads.campaigns.visible(asking, campaign)
        key, body = idempotency_key(request), await body_of(request)
        form = parsed(DownloadForm, body)
        mark = mark_of(b"download", campaign.encode(), body)
        return item(await downloads.begun(asking, campaign, key, mark, form))

    @router.get("/v1/downloads/{download}")
    async def download(asking: Caller, download: DownloadId) -> dict[str, Any]:
        """Tell how far a bundle is."""
        return item(await downloads.of(asking, download))

    @router.get("/v1/downloads/{download}/file", response_class=Response)
    async def file(request: Request, asking: Caller, download: DownloadId) -> Response:
        """Fetch a bundle, or a range of it: what broke off is gone on with."""
        found = await downloads.of(asking, download)
        if found.state is not DownloadState.READY:
            raise problems.not_ready(found.state.value)
        return _sent(request, downloads.store, found)

    return router


def _sent(request: Request, store: DownloadStore, found: Download) -> Response:
    etag = f'"{found.id}"'
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(archive_name(found))}",
        "Cache-Control": "private, no-store",
    }
    start, end, status = 0, found.size, 200
    given = request.headers.get("range")
    if given is not None and request.headers.get("if-range", etag) == etag:
        asked = wanted_range(given, found.size)
        if asked is not None:
            start, end = asked
            if start >= end:
                raise problems.no_range(found.size)
            status = 206
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{found.size}"
    headers["Content-Length"] = str(end - start)
    pieces = store.read(found, start, end)
    return StreamingResponse(pieces, status, headers, media_type="application/zip")


def archive_name(found: Download) -> str:
    """Name a bundle as people keep it: its campaign, what is in it."""
    return f"{found.campaign.replace('/', '-')}-{found.format}-{found.id[:6]}.zip"


def wanted_range(text: str, size: int) -> tuple[int, int] | None:
    """Read `bytes=1-2`, `bytes=1-`, `bytes=-2`; None: what is no range is not looked at."""
    found = _RANGE.fullmatch(text.strip())
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        return max(0, size - int(last)), size
    if last and int(last) < int(first):
        return None
    return int(first), min(size, int(last) + 1) if last else size
