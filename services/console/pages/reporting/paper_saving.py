"""Saving a paper field by field, files that prove what it says, and the paper as a file."""

from collections.abc import Awaitable
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from services.chassis.segments import Segment
from services.console.domain import papers
from services.console.domain.paper_steps import saved
from services.console.pages.frame.asking import RefusedError, ServiceAwayError, Services, segment
from services.console.pages.frame.forms import read_json
from services.console.pages.frame.passing import ranges_of
from services.console.pages.frame.rendering import texts_of
from services.console.pages.frame.view import view_of
from services.console.pages.reporting.asked import METHODS, SERVICE, paper_path
from services.console.pages.reporting.paper import FILES

DRAFT_BYTES_MAX: Final = 4_000_000
INVALID: Final = 422
UNSAVED: Final = 503
SIGNED_OUT: Final = 401
FILE_FIELDS: Final = ("edition", "layout")
"""What a file may be asked for beside its format."""


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes; before those of steps, whose address would swallow them."""

    @router.post("/papers/{paper}/draft", name="save_draft")
    async def draft(paper: Segment, request: Request) -> Response:
        """Save fields: all, or none and why; a script asks and is answered in JSON."""
        body = await read_json(request, DRAFT_BYTES_MAX)
        return await _answered(request, _save(services, paper, body, view_of(request).language))

    @router.post("/papers/{paper}/evidence", name="attach")
    async def attach(paper: Segment, request: Request) -> Response:
        """Pass a file on to intake in the name of whoever attaches it to a paper's field."""
        _ = paper
        return await _answered(request, _attach(services, request))

    _add_files(router, services)


async def _answered(request: Request, asked: Awaitable[dict[str, Any]]) -> Response:
    """Answer a script: what was done, or why not; what others saved meanwhile goes with it."""
    language = view_of(request).language
    try:
        return JSONResponse(await asked)
    except ValueError as error:
        return JSONResponse({"problem": str(error)}, INVALID)
    except ServiceAwayError:
        return JSONResponse({"problem": texts_of(language)("saving.away", number="")}, UNSAVED)
    except RefusedError as error:
        if error.status == SIGNED_OUT:
            raise
        told = {
            "problem": error.told(language),
            "code": error.code,
            "pointer": error.problem.get("pointer"),
            "stale": list(papers.stale(error.problem)),
        }
        return JSONResponse(told, error.status)


async def _save(services: Services, paper: str, body: Any, language: str) -> dict[str, Any]:
    fields = saved(body)
    headers = {"Idempotency-Key": str(body.get("request") or "")}
    path = paper_path(paper, "/draft")
    now = await services.send(SERVICE, "PATCH", path, {"fields": fields}, headers)
    draft = now.get("draft") or {}
    return {
        "saved": [
            {
                "field": one["field"],
                "version": (draft.get(one["field"]) or {}).get("version", one["version"] + 1),
            }
            for one in fields
        ],
        "version": now.get("version"),
        "gaps": papers.missing(now, language) if "gaps" in now else None,
        "withdrawals": papers.withdrawals(now, language),
    }


async def _attach(services: Services, request: Request) -> dict[str, Any]:
    asked = {
        "subject": request.query_params.get("subject", ""),
        "name": request.query_params.get("name", ""),
    }
    headers = {"Content-Type": request.headers.get("content-type", "application/octet-stream")}
    if "content-length" in request.headers:
        headers["Content-Length"] = request.headers["content-length"]
    told = await services.upload("intake", "/v1/evidence", asked, request.stream(), headers)
    return dict(told)


def _add_files(router: APIRouter, services: Services) -> None:
    @router.api_route("/papers/{paper}/file", methods=METHODS, name="paper_file")
    async def file(paper: Segment, request: Request) -> Response:
        """Pass it on as .xlsx, .docx or PDF."""
        wanted = request.query_params.get("format", "")
        if wanted not in {name for formats in FILES.values() for name in formats}:
            raise RefusedError(status=404, code="unknown_page", detail=wanted[:64])
        more = {name: request.query_params.get(name) for name in FILE_FIELDS}
        asked = {"format": wanted, **more}
        path = paper_path(paper, "/file")
        return await services.file(SERVICE, path, asked, ranges_of(request))

    @router.api_route("/papers/{paper}/evidence/{sha256}", methods=METHODS, name="evidence")
    async def evidence(paper: Segment, sha256: str, request: Request) -> Response:
        """Pass a file on, always to be saved; `paper` is where it was linked from."""
        _ = paper
        path = f"/v1/evidence/{segment(sha256)}"
        return await services.file("intake", path, None, ranges_of(request))
