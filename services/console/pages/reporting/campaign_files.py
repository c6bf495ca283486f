"""Files of a campaign: exports, many papers in one archive with its progress, workbooks."""

from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from services.chassis.segments import Segment
from services.console.domain import campaigns as shown
from services.console.domain.steps import one
from services.console.pages.frame.asking import RefusedError, Services, segment
from services.console.pages.frame.forms import read_form
from services.console.pages.frame.passing import ranges_of
from services.console.pages.frame.rendering import page
from services.console.pages.frame.trail import at, trail
from services.console.pages.frame.view import view_of
from services.console.pages.reporting.asked import METHODS, SEE_OTHER, SERVICE, campaign_path

WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS: Final = ("form", "report")
DOWNLOAD_FIELDS: Final = ("department", "unit", "state")
"""What a download may be narrowed to."""


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes."""

    @router.api_route("/campaigns/{campaign}/file/{what:path}", methods=METHODS, name="export")
    async def export(campaign: Segment, what: str, request: Request) -> Response:
        """Pass an export on; only those that are offered."""
        wanted = request.query_params.get("format", "")
        if wanted not in shown.EXPORTS.get(what, ()):
            raise RefusedError(status=404, code="unknown_page", detail=what[:64])
        path = campaign_path(campaign, f"/{what}")
        return await services.file(SERVICE, path, {"format": wanted}, ranges_of(request))

    @router.api_route("/campaigns/{campaign}/workbook", methods=METHODS, name="workbook")
    async def workbook(campaign: Segment, request: Request) -> Response:
        """Pass a unit's forms on as one workbook to fill in."""
        path = campaign_path(campaign, "/workbook")
        asked = {"unit": request.query_params.get("unit")}
        return await services.file(SERVICE, path, asked, ranges_of(request))

    @router.post("/campaigns/{campaign}/workbook", name="workbook_up")
    async def filled(campaign: Segment, request: Request) -> Response:
        """Pass a filled workbook on; what was wrong is said cell by cell."""
        headers = {
            "Content-Type": WORKBOOK,
            "Idempotency-Key": request.query_params.get("request", ""),
        }
        path = campaign_path(campaign, "/workbook")
        try:
            told = await services.upload(SERVICE, path, {}, request.stream(), headers)
        except RefusedError as error:
            said = error.told(view_of(request).language)
            cells = error.problem.get("errors") or error.problem.get("cells") or []
            return JSONResponse({"problem": said, "cells": cells}, error.status)
        return JSONResponse(told)

    _add_downloads(router, services)


def _add_downloads(router: APIRouter, services: Services) -> None:
    """Add archives of many papers."""

    @router.post("/campaigns/{campaign}/downloads", name="bundle")
    async def bundle(campaign: Segment, request: Request) -> Response:
        """Have one made."""
        form = await read_form(request)
        chosen = {name: one(form, name) for name in DOWNLOAD_FIELDS if one(form, name)}
        kind = one(form, "kind")
        body: dict[str, Any] = {
            "format": one(form, "format"),
            "kind": kind if kind in KINDS else KINDS[0],
            "filter": chosen,
        }
        headers = {"Idempotency-Key": one(form, "request")}
        path = campaign_path(campaign, "/downloads")
        made = await services.send(SERVICE, "POST", path, body, headers)
        address = f"/downloads/{segment(_id_of(made))}"
        return RedirectResponse(view_of(request).link(address, campaign=campaign), SEE_OTHER)

    @router.api_route("/downloads/{download}", methods=METHODS, name="download")
    async def download(download: Segment, request: Request) -> Response:
        """Show how far it is; the page asks again by itself."""
        found = await services.get(SERVICE, f"/v1/downloads/{segment(download)}")
        alone = request.headers.get("HX-Target") == "download"
        view = view_of(request)
        campaign = view.get("campaign")
        back = f"/campaigns/{segment(campaign)}" if campaign else "/campaigns"
        return page(
            "reporting/_download.html" if alone else "reporting/download.html",
            view,
            trail=trail(view, at("campaigns.title", back), at("download.title")),
            download=found,
            total=found.get("total"),
            done=int(found.get("done") or 0),
            problem=found.get("problem") or "",
            address=f"/downloads/{segment(download)}",
        )

    @router.api_route("/downloads/{download}/file", methods=METHODS, name="download_file")
    async def file(download: Segment, request: Request) -> Response:
        """Pass an archive on, or the rest of it where it broke off."""
        path = f"/v1/downloads/{segment(download)}/file"
        return await services.file(SERVICE, path, None, ranges_of(request))


def _id_of(made: Any) -> str:
    return str(made.get("download_id") or made.get("id"))
