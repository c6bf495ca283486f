"""HTTP: suppressions, previewed, made, listed and ended."""

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from contracts.vocabulary import ID_LENGTH_MAX, BusinessDate, Identifier, Text
from services.alerts.api.parameters import PAGE_DEFAULT, Limit, Name
from services.alerts.domain.suppressions import (
    ACTIVE_MAX,
    DAYS_MAX,
    Matcher,
    Suppression,
    SuppressionState,
    suppression_id,
)
from services.alerts.store.days import DayStore
from services.alerts.store.documents import alert_item
from services.alerts.store.muting import Muting
from services.alerts.store.suppressions import SuppressionStore, TooManyError
from services.chassis.identity import Caller, Principal
from services.chassis.problems import ProblemError, not_found, refused
from services.chassis.refusals import key_reused
from services.chassis.requests import (
    KEY_HEADER,
    body_of,
    described,
    idempotency_key,
    parsed,
)
from services.chassis.segments import Segment

DRAFT: Final = "draft"
"""Stands for the id and the reason of what is only previewed."""


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class PreviewForm(_Form):
    """Which alerts a suppression would be about."""

    jurisdiction: Identifier | None = None
    """Whose alerts; may be left out by whoever is bound to one jurisdiction."""
    matcher: Matcher
    """Which of them."""


class SuppressionForm(PreviewForm):
    """A suppression that somebody wants."""

    reason: Annotated[Text, Field(min_length=1, pattern=r"\S")]
    """Why, in words."""
    until: BusinessDate
    """Last day on which it holds: opened days count, not the wall clock."""
    note: Text = ""
    """What else there is to say."""


@dataclass(frozen=True, slots=True)
class SuppressionDesk:
    """Where suppressions are kept, and what tells them on alerts."""

    kept: SuppressionStore
    muting: Muting
    days: DayStore


def add_reading_routes(router: APIRouter, desk: SuppressionDesk) -> None:
    """Add the list, for all who may read."""

    @router.get("/suppressions")
    async def suppressions(
        *,
        asking: Caller,
        jurisdiction: Name = None,
        state: Annotated[str, Query(pattern="^(active|ended|all)$")] = "active",
        after: Annotated[str | None, Query(max_length=ID_LENGTH_MAX)] = None,
        limit: Limit = PAGE_DEFAULT,
    ) -> dict[str, Any]:
        """List suppressions; `ended` are those that expired, too. They are their own log."""
        if jurisdiction is not None and not asking.may_enter(jurisdiction):
            raise _unknown_jurisdiction(jurisdiction)
        chosen = asking.jurisdictions if jurisdiction is None else frozenset({jurisdiction})
        days = await desk.days.all_today()
        wanted = None if state == "all" else SuppressionState(state)
        held = {name: day for name, day in days.items() if chosen is None or name in chosen}
        found = await desk.kept.page(chosen, wanted, held, after, limit + 1)
        seen = [one for one in found[:limit] if _visible(asking, one)]
        return {
            "items": [_item(one, days.get(one.jurisdiction)) for one in seen],
            "next": found[limit - 1].suppression if len(found) > limit else None,
        }


def add_routes(router: APIRouter, desk: SuppressionDesk) -> None:
    """Add what only those may who may suppress."""

    @router.post("/suppressions/preview", openapi_extra=described(PreviewForm))
    async def preview(asking: Caller, request: Request) -> dict[str, Any]:
        """Show which open alerts a suppression would hit now; nothing is changed."""
        form = parsed(PreviewForm, await body_of(request))
        jurisdiction, day = await _where(asking, form, desk)
        made = await _made(asking, jurisdiction, day, form.matcher, desk)
        found = await desk.muting.preview(made)
        return {
            "jurisdiction": jurisdiction,
            "total": found.total,
            "by_severity": found.by_severity,
            "items": [alert_item(alert) for alert in found.alerts],
        }

    @router.post("/suppressions", openapi_extra=described(SuppressionForm, KEY_HEADER))
    async def add(asking: Caller, request: Request) -> dict[str, Any]:
        """Suppress notifications for a time; the same key again gets the same suppression."""
        key = idempotency_key(request)
        form = parsed(SuppressionForm, await body_of(request))
        jurisdiction, day = await _where(asking, form, desk)
        draft = await _made(asking, jurisdiction, day, form.matcher, desk)
        made = draft.model_copy(
            update={
                "suppression": suppression_id(jurisdiction, asking.id, key),
                "reason": form.reason,
                "note": form.note,
                "until": form.until,
            }
        )
        known = await desk.kept.get(made.suppression)
        if known is None:
            _check_until(form.until, day)
            known = await _kept(desk, made)
        if not _same(known, made):
            raise key_reused()
        told = await desk.muting.tell(known, day, known.suppression)
        return {**_item(known, day), "alerts_changed": told}

    _add_end(router, desk)


def _add_end(router: APIRouter, desk: SuppressionDesk) -> None:
    @router.delete("/suppressions/{suppression}")
    async def end(asking: Caller, suppression: Segment) -> dict[str, Any]:
        """End a suppression before its last day; one that has ended stays as it was."""
        found = await desk.kept.get(suppression)
        if found is None or not _visible(asking, found):
            raise not_found(
                code="unknown_suppression",
                what=f"There is no suppression {suppression}.",
                what_zh=f"没有抑制 {suppression}。",
            )
        if asking.narrow and (found.within is None or not set(found.within) <= asking.within):
            raise _not_yours()
        day = await desk.days.today(found.jurisdiction) or found.first
        ended = await desk.kept.end(suppression, asking.id, day) or found
        told = await desk.muting.tell(ended, day, f"{suppression}.ended")
        return {**_item(ended, day), "alerts_changed": told}


async def _kept(desk: SuppressionDesk, made: Suppression) -> Suppression:
    try:
        known, _ = await desk.kept.add(made)
    except TooManyError as error:
        raise _too_many() from error
    return known


async def _where(
    asking: Principal, form: PreviewForm, desk: SuppressionDesk
) -> tuple[str, dt.date]:
    """Return the jurisdiction meant and its last opened day."""
    jurisdiction = form.jurisdiction
    if jurisdiction is None:
        bound = asking.jurisdictions or frozenset()
        if len(bound) != 1:
            raise _name_one()
        jurisdiction = next(iter(bound))
    if not asking.may_enter(jurisdiction):
        raise _unknown_jurisdiction(jurisdiction)
    day = await desk.days.today(jurisdiction)
    if day is None:
        raise _no_day()
    return jurisdiction, day


async def _made(
    asking: Principal, jurisdiction: str, day: dt.date, matcher: Matcher, desk: SuppressionDesk
) -> Suppression:
    organisation = matcher.organisation
    below = await desk.kept.below(jurisdiction, organisation) if organisation else ()
    return Suppression(
        suppression=DRAFT,
        jurisdiction=jurisdiction,
        matcher=matcher,
        reason=DRAFT,
        author=asking.id,
        within=tuple(sorted(asking.within)) if asking.narrow else None,
        below=below,
        first=day,
        until=day,
    )


def _check_until(until: dt.date, day: dt.date) -> None:
    last = day + dt.timedelta(days=DAYS_MAX)
    if day <= until <= last:
        return
    raise refused(
        422,
        "until_out_of_range",
        ("The last day is out of range", "截止日期超出范围"),
        (
            f"A suppression ends between {day}, the last day opened, and {last}.",
            f"抑制的截止日期须在最近开启的业务日 {day} 与 {last} 之间。",
        ),
        ("Make another one when it is over.", "到期后可重新设置。"),
        pointer="/until",
    )


def _same(known: Suppression, made: Suppression) -> bool:
    wanted = {"matcher", "reason", "note", "until"}
    return all(getattr(known, name) == getattr(made, name) for name in wanted)


def _visible(asking: Principal, found: Suppression) -> bool:
    if not asking.may_enter(found.jurisdiction):
        return False
    return not asking.narrow or found.within is None or bool(set(found.within) & asking.within)


def _item(found: Suppression, day: dt.date | None) -> dict[str, Any]:
    """Write a suppression as people see it."""
    return {
        "suppression_id": found.suppression,
        "jurisdiction": found.jurisdiction,
        "matcher": found.matcher.model_dump(mode="json"),
        "reason": found.reason,
        "note": found.note,
        "author": found.author,
        "whole_jurisdiction": found.within is None,
        "from": found.first.isoformat(),
        "until": found.until.isoformat(),
        "state": found.state(day or found.first).value,
        "ended_on": None if found.ended_on is None else found.ended_on.isoformat(),
        "ended_by": found.ended_by,
    }


def _unknown_jurisdiction(name: str) -> ProblemError:
    return not_found(
        code="unknown_jurisdiction",
        what=f"There is no jurisdiction {name}.",
        what_zh=f"没有财政区划 {name}。",
    )


def _name_one() -> ProblemError:
    """Ask for the jurisdiction."""
    return refused(
        422,
        "jurisdiction_required",
        ("Name the jurisdiction", "请填写财政区划"),
        ("Your key is not bound to one jurisdiction alone.", "该密钥并非只限于一个财政区划。"),
        ("Give `jurisdiction`.", "请填写 `jurisdiction`。"),
        pointer="/jurisdiction",
    )


def _no_day() -> ProblemError:
    """Refuse where time has not begun."""
    return refused(
        409,
        "no_day_opened",
        ("No day is opened yet", "尚未开启业务日"),
        (
            "Suppressions end by opened days, and the jurisdiction has none.",
            "抑制按已开启的业务日到期,该财政区划尚无业务日。",
        ),
        ("Open a day first: `dualwatch day open`.", "请先开启业务日:`dualwatch day open`。"),
    )


def _too_many() -> ProblemError:
    """Refuse one more."""
    return refused(
        409,
        "too_many_suppressions",
        ("There are too many suppressions", "抑制数量已达上限"),
        (
            f"A jurisdiction has at most {ACTIVE_MAX} at a time.",
            f"每个财政区划同时最多 {ACTIVE_MAX} 条。",
        ),
        ("End those that are no longer needed.", "请先结束不再需要的抑制。"),
    )


def _not_yours() -> ProblemError:
    """Refuse what reaches beyond the caller's scope."""
    return refused(
        403,
        "suppression_not_yours",
        ("It reaches beyond your scope", "该抑制超出您的权限范围"),
        (
            "It was made for more organisations than your key is bound to.",
            "该抑制涉及的单位超出该密钥的范围。",
        ),
        ("Ask its author, or the finance bureau.", "请联系设置人或财政部门。"),
    )
