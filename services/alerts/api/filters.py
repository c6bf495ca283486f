"""HTTP: filters that the caller has saved; nobody sees another's."""

from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import AfterValidator, Field

from contracts.envelope import Part
from services.alerts.domain.listing import Filters
from services.alerts.store.filters import FILTERS_MAX, FilterStore, FullError
from services.chassis.identity import Caller
from services.chassis.problems import Problem, ProblemError, not_found
from services.chassis.requests import body_of, described, parsed
from services.chassis.segments import Segment

NAME_LENGTH_MAX: Final = 64


def _named(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        msg = "must not contain control characters or begin or end with a space"
        raise ValueError(msg)
    return text


FilterName = Annotated[
    Segment, Field(min_length=1, max_length=NAME_LENGTH_MAX), AfterValidator(_named)
]


class Saved(Part):
    """A filter as it is saved."""

    query: Filters
    """Parameters of `GET /v1/alerts`; what is left out is as it is there."""


def add_routes(router: APIRouter, store: FilterStore) -> None:
    """Add the routes."""

    @router.get("/filters")
    async def filters(asking: Caller) -> dict[str, Any]:
        """List the caller's filters by name."""
        return {"items": await store.listed(asking.id)}

    @router.get("/filters/{filter}")
    async def show(asking: Caller, filter: FilterName) -> dict[str, Any]:  # noqa: A002 - the path's word
        """Show one of the caller's filters."""
        found = {item["name"]: item for item in await store.listed(asking.id)}
        return _known(found.get(filter), filter)

    @router.put("/filters/{filter}", openapi_extra=described(Saved))
    async def put(request: Request, asking: Caller, filter: FilterName) -> Response:  # noqa: A002 - the path's word
        """Save a filter under a name, in place of the one of that name."""
        saved = parsed(Saved, await body_of(request))
        try:
            new = await store.put(asking.id, filter, saved.query)
        except FullError as error:
            raise ProblemError(_FULL) from error
        query = saved.query.model_dump(mode="json", exclude_unset=True)
        return JSONResponse({"name": filter, "query": query}, 201 if new else 200)

    @router.delete("/filters/{filter}", status_code=204)
    async def remove(asking: Caller, filter: FilterName) -> None:  # noqa: A002 - the path's word
        """Forget a filter."""
        _known(await store.remove(asking.id, filter), filter)


T = TypeVar("T")


def _known(found: T | None, name: str) -> T:
    """Give what was found; 404 for nothing."""
    if not found:
        raise not_found(
            code="unknown_filter",
            what=f"You have no filter {name}.",
            what_zh=f"您没有筛选条件 {name}。",
        )
    return found


_FULL: Final = Problem(
    409,
    "too_many_filters",
    "You have all the filters you may have",
    f"At most {FILTERS_MAX} filters are kept for one person.",
    hint="Delete one that you no longer need.",
    title_zh="保存的筛选条件已达上限",
    detail_zh=f"每人最多保存 {FILTERS_MAX} 个筛选条件。",
    hint_zh="请删除不再需要的筛选条件。",
)
