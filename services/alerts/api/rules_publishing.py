"""HTTP: publishing a pack, by those who may; checked against the layers below it first."""

import asyncio
import datetime as dt
import hashlib
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from contracts.codec import new_event
from contracts.envelope import AnyEvent
from contracts.events.intake import RulePackPublished
from contracts.vocabulary import ID_LENGTH_MAX
from services.alerts.api.deciding import RequestKey
from services.alerts.api.decision_problems import out_of_scope
from services.alerts.api.rules import PackToCheck, RuleDesk, place_item
from services.alerts.domain.layers import LayerKey, Published, RuleBook
from services.alerts.domain.telling import SOURCE
from services.alerts.packs.checking import Checked, check
from services.alerts.store.packs import PackStatements
from services.chassis import clock
from services.chassis.identity import Caller, Principal
from services.chassis.problems import ProblemError, refused

FAULTS_TOLD_MAX = 5
ID_BYTES = 16


class PackToPublish(PackToCheck):
    """A pack that is to be in force."""

    jurisdiction: Annotated[str, Field(max_length=ID_LENGTH_MAX)]
    """Whose pack it is."""
    effective_from: dt.date | None = None
    """First day it judges; null: as the pack says."""


def add_routes(router: APIRouter, desk: RuleDesk, statements: PackStatements) -> None:
    """Add the route."""

    @router.post("/rules/packs", status_code=202)
    async def publish(asking: Caller, key: RequestKey, pack: PackToPublish) -> dict[str, Any]:
        """Publish a pack: it is stated to intake, and judges once the ledger has it.

        The fact's id follows from what it says, so the same request again states it once,
        whatever its key.
        """
        if not may_publish(asking, pack):
            raise out_of_scope(pointer="/jurisdiction")
        day = await desk.day(pack.jurisdiction, None)
        checked = await checked_of(desk, pack)
        if checked.faults:
            raise faulty(checked)
        event = stated(pack, checked, day)
        told = event.data
        key_of = LayerKey(pack.jurisdiction, pack.department or "", told.pack, told.version)
        known = await desk.store.pack(key_of)
        if known is not None and known.sha256 != told.sha256:
            raise version_taken(told.version)
        await statements.state(event)
        said = told.model_dump(mode="json", exclude={"content"})
        return {"event_id": event.id, "by": asking.id, "request": key, **said}


def may_publish(asking: Principal, pack: PackToPublish) -> bool:
    """Tell whether a pack is the caller's: who sees the whole jurisdiction, else of its own."""
    if not asking.may_enter(pack.jurisdiction):
        return False
    return not asking.narrow or pack.department in asking.within


async def checked_of(desk: RuleDesk, pack: PackToPublish) -> Checked:
    """Check a pack against what is below it: all that is in force but its own versions."""
    book = await desk.book_of(pack.jurisdiction)
    first = await asyncio.to_thread(check, pack.content.encode(), (), desk.evaluator)
    mine = (pack.jurisdiction, pack.department or "", first.pack)
    kept = {key: layer for key, layer in book.published.layers.items() if key[:3] != mine}
    others = RuleBook(book.shipped, Published(kept, book.published.parents))
    day = await desk.day(pack.jurisdiction, pack.effective_from)
    below = others.at(pack.jurisdiction, pack.department, day).rules
    return await asyncio.to_thread(check, pack.content.encode(), below, desk.evaluator)


def stated(pack: PackToPublish, checked: Checked, day: dt.date) -> AnyEvent:
    """Make the fact; a version that is no whole number is refused."""
    if checked.layer is None or not checked.version.isdecimal():
        raise refused(
            422,
            "version_not_whole",
            ("The version is no whole number", "版本号不是整数"),
            ("A published pack counts its versions 1, 2, 3 …", "已发布的规则包版本号须为整数。"),
            ('Write version: "2" for the second.', '请填写如 version: "2" 的整数版本。'),
            pointer="/content",
        )
    digest = hashlib.sha256(pack.content.encode()).hexdigest()
    begins = pack.effective_from or checked.layer.effective_from
    words = (pack.jurisdiction, pack.department or "", checked.pack, checked.version, digest)
    name = "\0".join((*words, begins.isoformat()))
    data = RulePackPublished(
        date=day,
        pack=checked.pack,
        version=int(checked.version),
        organisation=pack.department,
        effective_from=begins,
        effective_to=checked.layer.effective_to,
        sha256=digest,
        content=pack.content,
    )
    return new_event(
        data,
        event_id=hashlib.blake2b(name.encode(), digest_size=ID_BYTES).hexdigest(),
        source=SOURCE,
        subject=pack.jurisdiction,
        time=clock.now(),
    )


def version_taken(version: int) -> ProblemError:
    """Refuse other words under a version that was published."""
    return refused(
        409,
        "version_taken",
        ("This version is published already", "该版本已发布"),
        (
            f"Version {version} was published with another content.",
            f"版本 {version} 已以不同内容发布。",
        ),
        ("Raise the version.", "请提高版本号。"),
        pointer="/content",
    )


def faulty(checked: Checked) -> ProblemError:
    """Refuse a pack with its first faults."""
    told = [place_item(place) for place in checked.faults[:FAULTS_TOLD_MAX]]
    words = "; ".join(f"line {one['line']}, column {one['column']}: {one['fault']}" for one in told)
    more = len(checked.faults)
    return refused(
        422,
        "pack_faulty",
        ("The pack is faulty", "规则包有误"),
        (f"{more} faults: {words}", f"共 {more} 处错误:{words}"),
        (
            "POST it to /v1/rules/check, or see docs/rules.md.",
            "可先提交 /v1/rules/check 检查,参见 docs/rules.md。",
        ),
        pointer="/content",
    )
