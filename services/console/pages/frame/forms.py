"""Forms that pages send: bounded, and only from pages of ours."""

import json
from typing import Any, Final
from urllib.parse import parse_qs

from fastapi import Request

from services.console.pages.frame.asking import RefusedError

FORM_BYTES_MAX: Final = 64_000
FIELDS_MAX: Final = 400
UNREADABLE_ZH: Final = "提交的表单无法读取，请返回上一页重试。"
"""Said in Chinese of whatever is no form: why not is a browser's business, or an attacker's."""

Form = dict[str, list[str]]
"""Fields by name, each with all values that were chosen."""


async def read_form(
    request: Request, bytes_max: int = FORM_BYTES_MAX, fields_max: int = FIELDS_MAX
) -> Form:
    """Read a form as browsers send it; what is empty is left out."""
    body = await _read(request, bytes_max)
    try:
        return parse_qs(body.decode("utf-8"), max_num_fields=fields_max, errors="strict")
    except ValueError as error:
        raise RefusedError(
            status=422, code="invalid_form", detail=str(error), detail_zh=UNREADABLE_ZH
        ) from error


async def read_json(request: Request, bytes_max: int) -> Any:
    """Read what a script of ours sends."""
    body = await _read(request, bytes_max)
    try:
        return json.loads(body)
    except ValueError as error:
        raise RefusedError(
            status=422, code="invalid_form", detail=str(error), detail_zh=UNREADABLE_ZH
        ) from error


async def _read(request: Request, bytes_max: int) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > bytes_max:
            detail = f"more than {bytes_max} bytes"
            detail_zh = f"提交内容超过 {bytes_max} 字节。"
            raise RefusedError(status=413, code="too_large", detail=detail, detail_zh=detail_zh)
    return body
