"""HTTP: referrals 移送 (Art. 16; domain-rules 25): for those named in one, nobody else."""

from typing import Any, Final

from fastapi import APIRouter, Request, Response

from services.alerts.api.deciding import taken, whose
from services.alerts.api.evidence import Cabinet
from services.alerts.domain.decisions import Taken, body_hash, decision_id
from services.alerts.domain.referrals import (
    ReferralForm,
    Refusal,
    StepForm,
    StepKind,
    chained,
    refusal,
    repeats,
    taken_before,
)
from services.alerts.store.decisions import DecisionStore
from services.alerts.store.documents import Document
from services.alerts.store.referrals import TRIES_MAX, BusyError, ReferralStore
from services.chassis.identity import Authorization, Caller
from services.chassis.problems import ProblemError, Told, not_found, refused
from services.chassis.refusals import key_reused
from services.chassis.requests import KEY_HEADER, body_of, described, parsed

LISTED_MAX: Final = 500
"""Most referrals of one answer."""

_REFUSALS: Final[dict[Refusal, tuple[Told, Told]]] = {
    Refusal.NOT_A_STEP: (
        ("`made` is the first step and comes by itself.", "made 为首个步骤,由系统记录。"),
        (
            "Send handed_over, received, noted or named.",
            "可用步骤:handed_over、received、noted、named。",
        ),
    ),
    Refusal.DAY_MISSING: (
        ("A handing over and a receipt have their day.", "移交与签收须注明日期。"),
        ("Give `on`.", "请填写 on。"),
    ),
    Refusal.NOT_HANDED_OVER: (
        ("It was not handed over yet.", "尚未移交,不能签收。"),
        ("Record handed_over first.", "请先记录 handed_over。"),
    ),
    Refusal.READERS_MISSING: (
        ("It is not said who may see it.", "未说明可查看的人员。"),
        ("Give `readers`: all of them.", "请填写 readers(全部人员)。"),
    ),
    Refusal.TOO_MANY_STEPS: (
        ("It has as many steps as a referral may have.", "步骤数已达上限。"),
        ("Make another referral that names this one.", "请另建一份移送并注明本份编号。"),
    ),
}


def add_making_routes(
    router: APIRouter, store: ReferralStore, decisions: DecisionStore, cabinet: Cabinet
) -> None:
    """Add the route of those who may refer."""

    @router.post("/referrals", status_code=201, openapi_extra=described(ReferralForm, KEY_HEADER))
    async def refer(
        asking: Caller, authorization: Authorization, request: Request, response: Response
    ) -> dict[str, Any]:
        """Make a referral; 200 with the first answer if the same request was made before.

        Its files must lie with the project: its package hands them over.
        """
        decided = taken(asking, request)
        form = parsed(ReferralForm, await body_of(request))
        await whose(decisions, asking, form.subject, form.fiscal_year)
        name = decision_id("referral", decided)
        if await store.one(name, asking.id) is None:
            await cabinet.check(authorization, form.subject, form.evidence)
        first = chained(None, StepKind.MADE, decided, form.model_dump(mode="json"))
        document: Document = {
            "_id": name,
            "body_hash": body_hash(form),
            "made_ms": round(decided.at.timestamp() * 1000),
            "readers": sorted({asking.id, *form.readers}),
            "steps": [first],
        }
        found, new = await store.make(document)
        if found["body_hash"] != document["body_hash"]:
            raise key_reused()
        if not new:
            response.status_code = 200
        return _item(found)


def add_routes(router: APIRouter, store: ReferralStore) -> None:
    """Add the routes of those who are named in one."""

    @router.get("/referrals")
    async def referrals(asking: Caller) -> dict[str, Any]:
        """List the referrals in which one is named, last made first."""
        found = await store.named(asking.id, LISTED_MAX)
        return {"items": [_item(document) for document in found], "next": None}

    @router.get("/referrals/{referral}")
    async def referral(asking: Caller, referral: str) -> dict[str, Any]:
        """Show one in which one is named."""
        return _item(await _named(store, referral, asking.id))

    @router.post(
        "/referrals/{referral}/steps",
        status_code=201,
        openapi_extra=described(StepForm, KEY_HEADER),
    )
    async def step(asking: Caller, referral: str, request: Request) -> dict[str, Any]:
        """Record what happened: handed over, received, noted, or who may see it from now on.

        The same request again changes nothing; its key with another body is refused.
        """
        # First of all: who is not named hears nothing else.
        await _named(store, referral, asking.id)
        decided = taken(asking, request)
        form = parsed(StepForm, await body_of(request))
        for _ in range(TRIES_MAX):
            document = await _named(store, referral, asking.id)
            if _told(document, form, decided):
                return _item(document)
            hindrance = refusal(document["steps"], form)
            if hindrance is not None:
                raise _problem(hindrance)
            changed = await store.step(document, form, decided)
            if changed is not None:
                return _item(changed)
        raise BusyError


async def _named(store: ReferralStore, name: str, principal: str) -> Document:
    found = await store.one(name, principal)
    if found is None:
        raise not_found(
            code="unknown_referral",
            what=f"There is no referral {name}.",
            what_zh=f"没有移送 {name}。",
        )
    return found


def _told(document: Document, form: StepForm, decided: Taken) -> bool:
    """Say whether this very request was carried out; refused if another one had its key."""
    before = taken_before(document["steps"], decided)
    if before is not None and not repeats(before, form):
        raise key_reused()
    return before is not None


def _problem(reason: Refusal) -> ProblemError:
    detail, hint = _REFUSALS[reason]
    title = ("The step cannot follow", "该步骤不能执行")
    return refused(422, reason.value, title, detail, hint)


def _item(document: Document) -> dict[str, Any]:
    return {
        "referral_id": document["_id"],
        "readers": document["readers"],
        **document["steps"][0]["detail"],
        "steps": document["steps"],
    } | {"readers": document["readers"]}
