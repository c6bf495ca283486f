"""HTTP: alerts page by page, feeds by cursor, rules in force, how far we have come."""

from typing import Annotated, Any, Final, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from contracts.record import format_cut
from contracts.vocabulary import FISCAL_YEAR_MAX, FISCAL_YEAR_MIN, ID_LENGTH_MAX
from services.alerts.domain.alert import Alert
from services.alerts.packs.model import PackForm, RuleForm
from services.alerts.store.documents import alert_item
from services.alerts.store.reading import AlertReader, FeedPage, PageError, scope_query
from services.alerts.store.writing import AlertStore
from services.chassis.cuts import Wait, wait_until_reached
from services.chassis.identity import Caller, Principal
from services.chassis.problems import Problem, ProblemError, not_found
from services.chassis.segments import Segment

PAGE_DEFAULT: Final = 100
PAGE_MAX: Final = 1_000
CURSOR_MAX: Final = 2**63 - 1
SUBJECT_LENGTH_MAX: Final = 2 * ID_LENGTH_MAX + 4
CUT_LENGTH_MAX: Final = 4_000
TOKEN_LENGTH_MAX: Final = 100

JSON_FEED: Final = "https://jsonfeed.org/version/1.1"
FEED_MEDIA_TYPE: Final = "application/feed+json"

Limit = Annotated[int, Query(ge=1, le=PAGE_MAX, description="Most items in the answer.")]
Name = Annotated[str | None, Query(max_length=SUBJECT_LENGTH_MAX)]
Year = Annotated[int | None, Query(ge=FISCAL_YEAR_MIN, le=FISCAL_YEAR_MAX)]


def create_position_router(store: AlertStore, reader: AlertReader) -> APIRouter:
    """Make the routes that everybody may ask who has a key."""
    router = APIRouter(prefix="/v1")
    _position_routes(router, store, reader)
    return router


def create_router(reader: AlertReader, packs: tuple[PackForm, ...]) -> APIRouter:
    """Make the routes."""
    router = APIRouter(prefix="/v1")
    _alert_routes(router, reader)
    _feed_routes(router, reader)

    @router.get("/rules")
    async def rules() -> dict[str, Any]:
        """List the rules of all packs: what raises, from which article, by which thresholds."""
        items = [rule_item(pack, rule) for pack in packs for rule in pack.rules]
        return {"items": items, "next": None}

    return router


def _alert_routes(router: APIRouter, reader: AlertReader) -> None:
    @router.get("/alerts")
    async def alerts(
        *,
        asking: Caller,
        jurisdiction: Name = None,
        state: Literal["open", "cleared", "all"] = "open",
        project: Name = None,
        rule: Name = None,
        fiscal_year: Year = None,
        after: Annotated[str | None, Query(max_length=TOKEN_LENGTH_MAX)] = None,
        limit: Limit = PAGE_DEFAULT,
    ) -> dict[str, Any]:
        """List alerts, last raised first; `next` of a page is `after` of the following one."""
        filters = {
            "jurisdiction": jurisdiction,
            "state": None if state == "all" else state,
            "project": project,
            "rule": rule,
            "fiscal_year": fiscal_year,
        }
        wanted = {name: value for name, value in filters.items() if value is not None}
        try:
            page = await reader.page(wanted, after, limit, scope_query(asking))
        except PageError as error:
            raise _invalid(
                parameter="after", detail="is not a page token that this service gave"
            ) from error
        return {"items": [alert_item(alert) for alert in page.alerts], "next": page.next}

    @router.get("/alerts/{alert}")
    async def alert(asking: Caller, alert: Segment) -> dict[str, Any]:
        """Show one alert with the figures of its last change."""
        found = await reader.alert(alert)
        if found is None or not sees(asking, found):
            raise not_found(code="unknown_alert", what=f"There is no alert {alert}.")
        return alert_item(found)


def _feed_routes(router: APIRouter, reader: AlertReader) -> None:
    @router.get("/feeds/{jurisdiction}")
    async def feed(
        request: Request,
        asking: Caller,
        jurisdiction: Segment,
        cursor: Annotated[int, Query(ge=0, le=CURSOR_MAX)] = 0,
        limit: Limit = PAGE_DEFAULT,
    ) -> JSONResponse:
        """Read a jurisdiction's feed after a cursor: JSON Feed 1.1, in order.

        Gapless for whoever sees the whole jurisdiction; others get the entries in their scope.
        """
        page = None
        if asking.may_enter(jurisdiction):
            page = await reader.feed(jurisdiction, cursor, limit, scope_query(asking))
        if page is None:
            what = f"There is no jurisdiction {jurisdiction}."
            raise not_found(code="unknown_jurisdiction", what=what)
        address = f"{request.base_url}v1/feeds/{quote(jurisdiction, safe='')}"
        return JSONResponse(feed_document(page, address, cursor), media_type=FEED_MEDIA_TYPE)


def _position_routes(router: APIRouter, store: AlertStore, reader: AlertReader) -> None:
    @router.get("/position")
    async def position(
        at_least: Annotated[str | None, Query(max_length=CUT_LENGTH_MAX)] = None,
        wait: Wait = 0,
    ) -> dict[str, str]:
        """Tell which assessments are judged; wait until `at_least` is, else 409."""
        assessments = await wait_until_reached(store.progress, at_least, wait)
        told = await reader.told(store.progress.partitions)
        return {"assessments": assessments, "alerts": format_cut(told)}


def sees(asking: Principal, alert: Alert) -> bool:
    """Tell whether an alert is in somebody's scope: by who leads its project."""
    where = alert.where
    return asking.sees(where.project, where.lead_unit, where.department)


def rule_item(pack: PackForm, rule: RuleForm) -> dict[str, Any]:
    """Write a rule as people read it; its tests stay in the pack."""
    form = rule.model_dump(mode="json", exclude={"id", "tests"})
    return {
        "rule_id": rule.id,
        "pack": pack.id,
        "pack_version": pack.version,
        "effective_from": pack.effective_from.isoformat(),
        **form,
    }


def feed_document(page: FeedPage, address: str, cursor: int) -> dict[str, Any]:
    """Write a page of a feed; `next_cursor` is where the reader is now, also on an empty page."""
    following = page.entries[-1][0] if page.entries else cursor
    document: dict[str, Any] = {
        "version": JSON_FEED,
        "title": f"预警 Alerts: {page.name}",
        "feed_url": address,
        "items": [feed_item(number, event) for number, event in page.entries],
        "next_cursor": following,
    }
    if page.more:
        document["next_url"] = f"{address}?cursor={following}"
    return document


def feed_item(cursor: int, event: dict[str, Any]) -> dict[str, Any]:
    """Write an entry: the event itself, and what a feed reader shows of it."""
    data = event["data"]
    figures = [f"{fact['name']}: {fact['value']}" for fact in data.get("facts", [])]
    kind = event["type"].split(".")[-2]
    return {
        **event,
        "cursor": cursor,
        "title": f"{data['title_zh']} / {data['title_en']}",
        "content_text": "\n".join(
            [f"{kind}: {event['subject']} {data['scope_subject']}", *figures]
        ),
        "date_published": event["time"],
        "tags": [kind, data["severity"], data["aspect"], data["rule"]],
    }


def _invalid(*, parameter: str, detail: str) -> ProblemError:
    return ProblemError(
        Problem(
            422,
            "invalid_parameter",
            "A parameter of the request is wrong",
            f"query parameter {parameter}: {detail}",
            pointer=f"/{parameter}",
            hint="See /openapi.json for the parameters of this address.",
        )
    )
