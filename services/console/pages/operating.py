"""What operators set while the console runs; whoever asks carries a key, as at the services."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from services.chassis.identity import CHALLENGE, UNAUTHORISED, WHOLE_ONLY
from services.chassis.log_levels import LevelForm, Levels, change
from services.chassis.problems import Problem, ProblemError
from services.console.pages.entrance.asking import asking_as
from services.console.pages.frame.asking import RefusedError, ServiceAwayError, Services
from services.console.pages.frame.forms import read_json

PATH: Final = "/v1/log-levels"
FORM_BYTES_MAX: Final = 2_000
"""Longest form that is read, and only of an operator: the console's other doors are closed."""
AWAY: Final = Problem(
    503,
    "unavailable",
    "Nobody can tell whose key this is",
    "intake, which knows all keys, does not answer.",
    hint="Try again in a moment.",
    title_zh="暂时无法核验密钥",
    detail_zh="intake 无响应,无法核验密钥。",
    hint_zh="请稍后重试。",
)


def install(app: FastAPI, services: Services, levels: Levels) -> None:
    """Add the routes; intake judges the key: it has the same route, for the same permission."""

    @app.get(PATH, include_in_schema=False)
    async def shown(request: Request) -> dict[str, Any]:
        """Show which modules write from which level on."""
        await _asking(request, services)
        levels.expire()
        return levels.shown()

    @app.put(PATH, include_in_schema=False)
    async def put(request: Request) -> dict[str, Any]:
        """Let a module write from another level on, for a while."""
        asking = await _asking(request, services)
        if asking.get("jurisdictions") is not None:
            raise ProblemError(WHOLE_ONLY)
        change(levels, await _form(request), str(asking.get("id", "")))
        return levels.shown()


async def _asking(request: Request, services: Services) -> Mapping[str, Any]:
    """Tell who asks with an operator's key; ProblemError if it is none."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise ProblemError(UNAUTHORISED, CHALLENGE)
    with asking_as(key.strip()):
        try:
            await services.get("intake", PATH)
            found: Mapping[str, Any] = await services.get("intake", "/v1/me")
        except RefusedError as error:
            said = {name: str(value) for name, value in error.problem.items()}
            refusal = Problem(
                error.status,
                error.code or "forbidden",
                said.get("title", "Refused"),
                error.detail,
                title_zh=said.get("title_zh"),
                detail_zh=said.get("detail_zh"),
            )
            raise ProblemError(refusal) from error
        except ServiceAwayError as error:
            raise ProblemError(AWAY) from error
    return found


async def _form(request: Request) -> LevelForm:
    """Read what is asked for; refused as a service refuses it."""
    try:
        return LevelForm.model_validate(await read_json(request, FORM_BYTES_MAX))
    except RefusedError as error:
        refusal = Problem(
            error.status,
            error.code,
            "The level cannot be set",
            error.detail,
            title_zh="无法设置日志级别",
        )
        raise ProblemError(refusal) from error
    except ValidationError as error:
        wrong = [{**found, "loc": ("body", *found["loc"])} for found in error.errors()]
        raise RequestValidationError(wrong) from error
