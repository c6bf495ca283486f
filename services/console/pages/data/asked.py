"""What pages of the data desk have in common: what is asked where, filters of their own, times."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from fastapi import Request

from services.console.domain.lists import local_time
from services.console.pages.frame.asking import (
    Parameters,
    RefusedError,
    ServiceAwayError,
    Services,
)
from services.console.pages.frame.scope import Scope, scope_of
from services.console.pages.frame.view import View, view_of

INTAKE: Final = "intake"
METHODS: Final = ["GET", "HEAD"]
SEE_OTHER: Final = 303
REFUSED: Final = 422
VALUE_LENGTH_MAX: Final = 300
"""Longest value of a filter that is passed on."""


def filtered(request: Request, names: Sequence[str]) -> View:
    """Read what a request asks to see, with filters that only its page has."""
    view = view_of(request)
    given = {name: request.query_params.get(name, "").strip() for name in names}
    for name, value in given.items():
        if len(value) > VALUE_LENGTH_MAX:
            detail = f"{name} is longer than {VALUE_LENGTH_MAX} characters"
            detail_zh = f"{name} 超过 {VALUE_LENGTH_MAX} 个字符。"
            raise RefusedError(
                status=REFUSED, code="invalid_parameter", detail=detail, detail_zh=detail_zh
            )
    return replace(view, given={**view.given, **{n: v for n, v in given.items() if v}})


async def part(services: Services, service: str, path: str, asked: Parameters) -> Any:
    """Ask for a part of a page that lives without it; None where it is away or not for one."""
    try:
        return await services.get(service, path, asked)
    except (ServiceAwayError, RefusedError):
        return None


async def whose(services: Services, view: View) -> Scope | None:
    """Find the jurisdiction that is looked at; None while analysis is away, or there is none."""
    try:
        return await scope_of(services, view)
    except ServiceAwayError:
        return None


def clock_of(scope: Scope | None) -> Callable[[str | None], str]:
    """Return what writes a moment as the jurisdiction's clock shows it, to the minute."""
    zone = str(scope.jurisdiction.get("time_zone") or "UTC") if scope else "UTC"

    def moment(text: str | None) -> str:
        if not text:
            return "–"
        shown = local_time(text, zone)
        return shown[: len("2026-06-30 16:00")] + (" UTC" if shown.endswith("UTC") else "")

    return moment
