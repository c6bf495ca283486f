"""RFC 9457 problems: what is wrong, where (JSON pointer), and what to do, for every error."""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from services.chassis.log import get_logger

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_SECONDS: Final = "2"

log = get_logger(__name__)


@dataclass(frozen=True)
class Problem:
    """One problem; `code` is stable and language-free, so that a client can translate it."""

    status: int
    code: str
    title: str
    detail: str = ""
    pointer: str | None = None
    hint: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Return it as the JSON that is sent."""
        found: dict[str, Any] = {
            "type": f"urn:dualwatch:problem:{self.code}",
            "status": self.status,
            "code": self.code,
            "title": self.title,
            "detail": self.detail,
        }
        if self.pointer is not None:
            found["pointer"] = self.pointer
        if self.hint is not None:
            found["hint"] = self.hint
        return {**found, **self.extra}


class ProblemError(Exception):
    """Raised anywhere behind the HTTP API to answer with a problem."""

    def __init__(self, problem: Problem, headers: dict[str, str] | None = None) -> None:
        """Carry the problem and any headers its answer needs."""
        super().__init__(problem.code)
        self.problem = problem
        self.headers = headers or {}


def response(problem: Problem, headers: dict[str, str] | None = None) -> JSONResponse:
    """Answer with a problem."""
    return JSONResponse(
        problem.document(), status_code=problem.status, media_type=MEDIA_TYPE, headers=headers
    )


def not_found(code: str, what: str) -> ProblemError:
    """Make the 404 for a thing there is not."""
    return ProblemError(Problem(404, code, "Not found", what))


def install(app: FastAPI) -> None:
    """Make every error that is meant for the client a problem; `INTERNAL` is for all others."""

    @app.exception_handler(ProblemError)
    async def told(_request: Request, error: ProblemError) -> JSONResponse:
        return response(error.problem, error.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        return response(_invalid_request(error))

    @app.exception_handler(HTTPException)
    async def answered(_request: Request, error: HTTPException) -> JSONResponse:
        phrase = HTTPStatus(error.status_code).phrase
        code = phrase.lower().replace(" ", "_")
        headers = dict(error.headers) if error.headers else None
        return response(Problem(error.status_code, code, phrase, str(error.detail)), headers)


def unavailable(app: FastAPI, *errors: type[Exception]) -> None:
    """Answer 503 where one of these errors says that a dependency is away."""

    async def away(request: Request, error: Exception) -> JSONResponse:
        log.warning("dependency_away", route=request.url.path, reason=repr(error))
        return response(UNAVAILABLE, {"Retry-After": RETRY_AFTER_SECONDS})

    for error in errors:
        app.add_exception_handler(error, away)


def _invalid_request(error: RequestValidationError) -> Problem:
    first = error.errors()[0]
    where = [str(part) for part in first["loc"]]
    place = f"{where[0]} parameter {'.'.join(where[1:])}" if len(where) > 1 else where[0]
    return Problem(
        422,
        "invalid_parameter",
        "A parameter of the request is wrong",
        f"{place}: {first['msg']}",
        pointer="/" + "/".join(where[1:]),
        hint="See /openapi.json for the parameters of this address.",
    )


INTERNAL: Final = Problem(
    500,
    "internal_error",
    "Something went wrong on our side",
    "The error is in the service's log under the X-Correlation-Id of this answer.",
    hint="Try again; if it stays, give the operator the correlation id.",
)
UNAVAILABLE: Final = Problem(
    503,
    "unavailable",
    "Not available for the moment",
    "MongoDB or Kafka does not answer the service; nothing was done, or it is not known.",
    hint="Try again; /readyz says what is missing.",
)
