"""Files: uploaded as they come, looked at before anything of them is entered, followed."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from services.chassis.segments import Segment
from services.console.domain import data_desk as desk
from services.console.domain.data_uploads import MalformedUploadError, Upload
from services.console.pages.data.asked import INTAKE, METHODS, SEE_OTHER, clock_of, part, whose
from services.console.pages.frame.asking import RefusedError, Services, segment
from services.console.pages.frame.forms import UNREADABLE_ZH, read_form
from services.console.pages.frame.looking import PERSON
from services.console.pages.frame.rendering import page, texts_of
from services.console.pages.frame.trail import at, named, trail
from services.console.pages.frame.view import View, view_of

PATH: Final = "/data/files"
REFUSED_SHOWN: Final = 100
"""Refused events of a file that its page lists."""
ACTS: Final = {"start": ("POST", "/start"), "delete": ("DELETE", "")}
PROGRESS: Final = "progress"


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes."""

    @router.api_route(PATH, methods=METHODS, name="files")
    async def files(request: Request) -> Response:
        return await _listed(services, view_of(request))

    @router.post(PATH, name="upload_file")
    async def upload(request: Request) -> Response:
        """Pass a file on as it comes; what is wrong with it is said beside the form."""
        view = view_of(request)
        form: dict[str, str] = {}
        try:
            kept = await _sent(services, request, view, form)
        except RefusedError as error:
            return await _listed(services, view, error.told(view.language), form)
        return RedirectResponse(view.scoped(f"{PATH}/{segment(str(kept['id']))}"), SEE_OTHER)

    @router.api_route(PATH + "/presets/{preset}", methods=METHODS, name="file_template")
    async def template(preset: Segment) -> Response:
        """Pass a preset's workbook on: heading, an example row, what to fill in."""
        return await services.file(INTAKE, f"/v1/files/templates/{segment(preset)}")

    _add_one(router, services)


def _add_one(router: APIRouter, services: Services) -> None:
    """Add what is done with one file."""

    @router.api_route(PATH + "/{file}", methods=METHODS, name="file")
    async def one(file: Segment, request: Request) -> Response:
        return await _shown(services, request, file)

    @router.api_route(PATH + "/{file}/rejects", methods=METHODS, name="file_rejects")
    async def rejects(file: Segment) -> Response:
        """Pass the rejected rows on: to be mended and sent again."""
        return await services.file(INTAKE, f"/v1/files/{segment(file)}/rejects")

    @router.post(PATH + "/{file}/{act}", name="move_file")
    async def move(file: Segment, act: str, request: Request) -> Response:
        """Start a file, or forget it."""
        await read_form(request)
        if act not in ACTS:
            raise RefusedError(status=404, code="unknown_page", detail=act[:64])
        method, ending = ACTS[act]
        view = view_of(request)
        try:
            await services.send(INTAKE, method, f"/v1/files/{segment(file)}{ending}")
        except RefusedError as error:
            return await _shown(services, request, file, error.told(view.language))
        target = PATH if act == "delete" else f"{PATH}/{segment(file)}"
        return RedirectResponse(view.scoped(target), SEE_OTHER)


async def _sent(
    services: Services, request: Request, view: View, form: dict[str, str]
) -> dict[str, Any]:
    """Read the fields, then pass the file's bytes on while they come."""
    texts = texts_of(view.language)
    try:
        upload = Upload(request.stream(), request.headers.get("content-type", ""))
        there = await upload.open()
    except MalformedUploadError as error:
        raise RefusedError(
            status=422, code="invalid_form", detail=str(error), detail_zh=UNREADABLE_ZH
        ) from error
    form.update(upload.fields)
    if not there:
        raise RefusedError(status=422, code="no_file", detail=texts("files.none_chosen"))
    asked = {
        "preset": form.get("preset", ""),
        "jurisdiction": form.get("jurisdiction") or "-",
        "name": upload.filename,
    }
    headers = {"Content-Type": "application/octet-stream"}
    content = _content(upload)
    kept = await services.upload(INTAKE, "/v1/files", asked, content, headers)
    return dict(kept)


async def _content(upload: Upload) -> AsyncIterator[bytes]:
    try:
        async for piece in upload.file():
            yield piece
    except MalformedUploadError as error:
        raise RefusedError(
            status=422, code="invalid_form", detail=str(error), detail_zh=UNREADABLE_ZH
        ) from error


async def _listed(
    services: Services, view: View, refusal: str = "", form: dict[str, str] | None = None
) -> Response:
    scope = await whose(services, view)
    files, presets = await asyncio.gather(
        services.get(INTAKE, "/v1/files"), services.get(INTAKE, "/v1/files/presets")
    )
    titles = _titles(presets["items"], view)
    return page(
        "data/files.html",
        view,
        422 if refusal else 200,
        trail=trail(view, at("files.title", PATH)),
        scope=scope,
        moment=clock_of(scope),
        items=files["items"],
        presets=presets["items"],
        titles=titles,
        refusal=refusal,
        was=form or {},
    )


async def _shown(services: Services, request: Request, name: str, refusal: str = "") -> Response:
    # What was refused is shown at an act's address; links lead back to the file's own.
    address = f"{PATH}/{segment(name)}"
    view = replace(view_of(request), path=address)
    found = await services.get(INTAKE, f"/v1/files/{segment(name)}")
    done, total = desk.progress(found)
    moving = found["state"] in {"reading", "running"}
    values = {"file": found, "done": done, "total": total, "moving": moving, "address": address}
    if request.headers.get("HX-Target") == PROGRESS:
        answer = page("data/_file_progress.html", view, **values)
        if not moving:
            answer.headers["HX-Refresh"] = "true"
        return answer
    scope = await whose(services, view)
    presets = await part(services, INTAKE, "/v1/files/presets", {})
    items = presets["items"] if presets else []
    preset = next((one for one in items if one["preset"] == found["preset"]), None)
    return page(
        "data/file.html",
        view,
        422 if refusal else 200,
        trail=trail(view, at("files.title", PATH), named(found["name"], address)),
        **values,
        scope=scope,
        moment=clock_of(scope),
        title=_titles(items, view).get(found["preset"], found["preset"]),
        events=desk.first_events(found),
        columns=desk.columns(found, preset),
        missing=desk.missing(found, preset),
        refused=(found.get("refused") or [])[:REFUSED_SHOWN],
        refusal=refusal,
        may_see=PERSON.get().may("quarantine"),
    )


def _titles(presets: list[Any], view: View) -> dict[str, str]:
    name = "title_zh" if view.language == "zh" else "title"
    return {str(one["preset"]): str(one[name]) for one in presets}
