"""Forms that pages send: bounded, and only from pages of ours."""

from typing import Final
from urllib.parse import parse_qs, urlsplit

from fastapi import Request

from services.console.pages.asking import RefusedError

FORM_BYTES_MAX: Final = 64_000
FIELDS_MAX: Final = 400
FORBIDDEN: Final = 403

Form = dict[str, list[str]]
"""Fields by name, each with all values that were chosen."""


async def read_form(request: Request) -> Form:
    """Read a form as browsers send it; what is empty is left out."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_BYTES_MAX:
            detail = f"more than {FORM_BYTES_MAX} bytes"
            raise RefusedError(status=413, code="too_large", detail=detail)
    try:
        return parse_qs(body.decode("utf-8"), max_num_fields=FIELDS_MAX, errors="strict")
    except ValueError as error:
        raise RefusedError(status=422, code="invalid_form", detail=str(error)) from error


def require_own_page(request: Request) -> None:
    """Refuse what another site's page sends: nothing is done by visiting one."""
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site")
    foreign = site not in {None, "same-origin", "none"}
    foreign |= origin is not None and urlsplit(origin).netloc != request.headers.get("host")
    if foreign:
        raise RefusedError(status=FORBIDDEN, code="foreign_page", detail="sent by another site")
