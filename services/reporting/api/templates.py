"""HTTP: the templates of forms and reports, each with the result of its check."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import Response

from services.chassis.problems import not_found
from services.chassis.segments import Segment
from services.reporting.api.file_problems import no_folder
from services.reporting.outputs.form_template import own_id
from services.reporting.outputs.own_files import FolderError
from services.reporting.outputs.template_checks import WORD, Checked, Kept, checked, kept

Asked = ParamSpec("Asked")
Read = TypeVar("Read")
MEDIA_TYPES: Final = {
    WORD: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".yaml": "application/yaml",
}


def routes(folder: Path | None) -> APIRouter:
    """Return the routes; `folder` holds the deployment's own templates."""
    router = APIRouter()

    @router.get("/v1/templates")
    async def templates() -> dict[str, Any]:
        """List the templates: words and headings, where each is from, what is wrong with it.

        They are the deployment's, the same for all jurisdictions.
        """
        items = await _read(_items, folder)
        return {"items": items, "faults": sum(len(one["faults"]) for one in items), "next": None}

    @router.get("/v1/templates/{template}", response_class=Response)
    async def template(template: Segment) -> Response:
        """Give a template's file, to begin one's own with (under an id of its own)."""
        found = await _read(_find, folder, template)
        if found is None or found.content is None:
            what, what_zh = f"There is no template {template[:64]}.", f"没有模板 {template[:64]}。"
            raise not_found(code="unknown_template", what=what, what_zh=what_zh)
        return Response(
            found.content,
            media_type=MEDIA_TYPES[Path(found.file).suffix],
            headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.file)}"},
        )

    return router


async def _read(read: Callable[Asked, Read], *asked: Asked.args, **named: Asked.kwargs) -> Read:
    try:
        return await asyncio.to_thread(read, *asked, **named)
    except FolderError as error:
        raise no_folder(error) from error


def _items(folder: Path | None) -> Sequence[dict[str, Any]]:
    return [_item(file, checked(file.file, file.content)) for file in kept(folder)]


def _find(folder: Path | None, name: str) -> Kept | None:
    # One's own of the same name comes last, and is the one that is used.
    return next((file for file in reversed(list(kept(folder))) if file.file == name), None)


def _item(file: Kept, found: Checked) -> dict[str, Any]:
    return {
        "file": file.file,
        "kind": found.kind,
        "id": _id(file, found),
        "title": found.title,
        "headings": list(found.headings),
        "shipped": file.shipped,
        "bytes": len(file.content or b""),
        "sha256": file.sha256,
        "faults": list(found.faults),
    }


def _id(file: Kept, found: Checked) -> str | None:
    """Name a template as forms carry it: that of one's own holds what is in it."""
    if file.shipped or found.kind != "form" or found.id is None or file.content is None:
        return found.id
    return own_id(found.id, file.content)
