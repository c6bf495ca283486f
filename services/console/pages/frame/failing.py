"""When there is no page: which service is away, what was wrong with the question, what to do."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from services.chassis.log import get_logger
from services.console.domain.figures import MoneyUnit
from services.console.domain.texts import Language
from services.console.pages.frame.asking import RefusedError, ServiceAwayError
from services.console.pages.frame.looking import SESSION, sign_in_first
from services.console.pages.frame.rendering import page
from services.console.pages.frame.scope import NothingYetError
from services.console.pages.frame.view import View, path_of, view_of

log = get_logger(__name__)

RETRY_AFTER_SECONDS: Final = "5"
UNKNOWN: Final = 404
INVALID: Final = 422
INTERNAL: Final = 500
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class PageRoute(APIRoute):
    """A route whose failures are pages too."""

    def get_route_handler(self) -> Handler:
        """Wrap the handler."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            answer: Response
            try:
                return await handle(request)
            except NothingYetError:
                answer = page("frame/empty.html", _view(request))
            except Exception as error:  # noqa: BLE001 - each becomes the page that tells it
                answer = failed(request, error)
            if "HX-Request" in request.headers:
                # htmx shows no failures: the browser shall load the page that tells it.
                query = f"?{request.url.query}" if request.url.query else ""
                answer.headers["HX-Redirect"] = path_of(request) + query
            return answer

        return handled


def failed(request: Request, error: Exception) -> Response:
    """Say what kept the page from being made."""
    match error:
        case ServiceAwayError():
            log.warning("service_away", away=error.service, reason=error.reason)
            return away(request, error)
        case RefusedError(status=401):
            # The key was revoked or has ended since: whoever holds another may sign in with it.
            return signed_out(request)
        case RefusedError():
            return refused(request, error.status, error.code, _detail(request, error))
        case RequestValidationError():
            first = error.errors()[0]
            detail = f"{first['loc'][-1]}: {first['msg']}"
            if _view(request).language is Language.CHINESE:
                detail = f"{first['loc'][-1]} 的值无效。"
            return refused(request, INVALID, "invalid_parameter", detail)
        case HTTPException():
            return refused(request, error.status_code, "unknown_page", str(error.detail))
        case _:
            log.error("page_failed", path=request.url.path, exc_info=error)
            return page(
                "frame/error.html", _view(request), INTERNAL, kind="internal", detail="", away=""
            )


def install(app: FastAPI) -> None:
    """Answer unknown addresses and methods with a page."""

    @app.exception_handler(HTTPException)
    async def answered(request: Request, error: HTTPException) -> Response:
        return refused(request, error.status_code, "unknown_page", "")


def signed_out(request: Request) -> Response:
    """Lead to the sign-in page, where a session that opens nothing any more is forgotten."""
    return sign_in_first(request, SESSION.get())


def away(request: Request, error: ServiceAwayError) -> Response:
    """Say which service does not answer, and what to do."""
    answer = page(
        "frame/error.html",
        _view(request),
        503,
        kind="away",
        detail=f"{error.service}: {error.reason}",
        away=error.service,
    )
    answer.headers["Retry-After"] = RETRY_AFTER_SECONDS
    return answer


def refused(request: Request, status: int, code: str, detail: str) -> Response:
    """Say what was wrong with the question."""
    kinds = {
        "unknown_project": "unknown_project",
        "unknown_stream": "unknown_project",
        "unknown_jurisdiction": "unknown_jurisdiction",
        "no_day_opened": "no_day",
        "forbidden": "forbidden",
    }
    kind = kinds.get(code, "unknown_page" if status == UNKNOWN else "refused")
    return page("frame/error.html", _view(request), status, kind=kind, detail=detail, away="")


def _detail(request: Request, error: RefusedError) -> str:
    """Say what is wrong in the language of whoever looks, as far as it was said in it."""
    said = error.problem.get("detail_zh") if _view(request).language is Language.CHINESE else None
    return str(said or error.detail)


def _view(request: Request) -> View:
    try:
        return view_of(request)
    except RefusedError:
        return View("/", {}, Language.CHINESE, MoneyUnit.WAN, {})
