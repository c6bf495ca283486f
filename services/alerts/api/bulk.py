"""HTTP: one step of many alerts; each is carried out, or refused, by itself."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Request
from pydantic import Field

from contracts.envelope import Part
from contracts.events.alerts import Assignment, Note, Urging
from contracts.vocabulary import Identifier, Text
from services.alerts.api.commands import STEPS, Commander, Step
from services.alerts.store.commanding import Ordered
from services.chassis.answers import KeyReusedError, key_of, mark_of
from services.chassis.identity import Caller, Principal, forbidden
from services.chassis.problems import ProblemError
from services.chassis.refusals import key_reused
from services.chassis.requests import (
    KEY_HEADER,
    body_of,
    correlation_id,
    described,
    idempotency_key,
    parsed,
)

ALERTS_MAX: Final = 200
"""Most alerts of one request."""


class Bulk(Part):
    """One step, and the alerts it is about."""

    step: Literal["acknowledge", "assign", "urge"]
    """What is done with each."""
    alerts: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=ALERTS_MAX)]
    """Their ids; one that is named twice is done once."""
    note: Text = ""
    """In words."""
    assignee: Identifier | None = None
    """For `assign`: whose work it is; `me`; null: nobody any more."""


def add_routes(router: APIRouter, commander: Commander) -> None:
    """Add the route; which permission it needs depends on the step."""

    @router.post("/alerts/bulk", openapi_extra=described(Bulk, KEY_HEADER))
    async def bulk(request: Request, asking: Caller) -> dict[str, Any]:
        """Carry out one step of up to 200 alerts; each answers with its own status.

        Sent again with the same Idempotency-Key, what was done is not done twice.
        """
        key = idempotency_key(request)
        body = await body_of(request)
        wanted = parsed(Bulk, body)
        step = STEPS[wanted.step]
        if not asking.may(step.permission):
            raise ProblemError(forbidden(step.permission))
        mark = mark_of(b"bulk", body)
        try:
            await commander.store.answers.claim(key_of(asking.id, key), mark)
        except KeyReusedError as error:
            raise key_reused() from error
        form = _form(wanted)
        items = [
            await _one(commander, asking, step, form, alert, key, mark)
            for alert in dict.fromkeys(wanted.alerts)
        ]
        return {"items": items}


def _form(wanted: Bulk) -> Part:
    forms: dict[str, Part] = {
        "acknowledge": Note(note=wanted.note),
        "assign": Assignment(assignee=wanted.assignee, note=wanted.note),
        "urge": Urging(note=wanted.note),
    }
    return forms[wanted.step]


async def _one(
    commander: Commander,
    asking: Principal,
    step: Step,
    form: Part,
    alert: str,
    key: str,
    mark: bytes,
) -> dict[str, Any]:
    """Do it to one alert; whatever is wrong with this one is told beside the others."""
    try:
        found = await commander.visible(asking, alert)
        command = commander.command(asking, step, form, found)
        ordered = Ordered(
            alert,
            command,
            asking.id,
            key_of(asking.id, key, alert),
            mark,
            correlation_id=correlation_id(),
        )
        answer = await commander.carry_out(asking, step, ordered)
    except ProblemError as error:
        problem = error.problem
        return {"alert_id": alert, "status": problem.status, "problem": problem.document()}
    return {"alert_id": alert, "status": 200, "version": answer.version}
