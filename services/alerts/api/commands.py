"""HTTP: what people command of an alert, one address for each step.

Whether the alert is there for the caller is asked before anything else of the request is looked at:
what is out of scope is answered like what does not exist, whatever was sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from contracts.envelope import Part
from contracts.events.alerts import (
    Assignment,
    Closing,
    Explanation,
    MeasurePlanned,
    MeasureTaken,
    Note,
    Review,
    Urging,
)
from contracts.events.evidence import Evidence
from contracts.vocabulary import Text
from services.alerts.api import refusals
from services.alerts.api.alerts import sees
from services.alerts.api.evidence import Cabinet
from services.alerts.domain.alert import Alert
from services.alerts.domain.commands import Command, RefusedError
from services.alerts.domain.work import StepKind
from services.alerts.store.commanding import (
    BusyError,
    CommandStore,
    Ordered,
    StaleError,
    UnknownAlertError,
)
from services.alerts.store.reading import AlertReader
from services.chassis import metrics
from services.chassis.answers import Answer, KeyReusedError, key_of, mark_of
from services.chassis.identity import DEPLOYMENT, Authorization, Caller, Permission, Principal
from services.chassis.identity_keys import Directory
from services.chassis.problems import ProblemError
from services.chassis.refusals import key_reused
from services.chassis.requests import (
    KEY_HEADER,
    MATCH_HEADER,
    body_of,
    correlation_id,
    described,
    expected_version,
    idempotency_key,
    parsed,
)
from services.chassis.segments import Segment

JSON: Final = "application/json"
ME: Final = "me"

COMMANDS: Final = metrics.counter(
    "dualwatch_alerts_commands_total",
    "Commands by step and outcome: done, unchanged, repeated, or why they were refused.",
    ("step", "outcome"),
)


class Comment(Part):
    """What somebody says of an alert."""

    note: Annotated[Text, Field(min_length=1, pattern=r"\S")]
    """In words."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step as it is commanded: the end of its address, its form, who may."""

    name: str
    kind: StepKind
    form: type[Part]
    permission: Permission
    says: str


STEPS: Final[Mapping[str, Step]] = MappingProxyType(
    {
        step.name: step
        for step in (
            Step(
                "acknowledge",
                StepKind.ACKNOWLEDGED,
                Note,
                Permission.WORK,
                "Say that it was seen: no reminders until it becomes graver or ends.",
            ),
            Step(
                "assign",
                StepKind.ASSIGNED,
                Assignment,
                Permission.WORK,
                "Give it to somebody: a principal, `me`, or null for nobody.",
            ),
            Step("comment", StepKind.COMMENTED, Comment, Permission.WORK, "Say something of it."),
            Step(
                "explain",
                StepKind.EXPLAINED,
                Explanation,
                Permission.WORK,
                "Say why it deviates 偏差原因 (Art. 12(2)); a later explanation replaces it.",
            ),
            Step(
                "plan",
                StepKind.MEASURE_PLANNED,
                MeasurePlanned,
                Permission.WORK,
                "Plan a corrective measure 整改措施; under a known number it replaces that one.",
            ),
            Step(
                "take",
                StepKind.MEASURE_TAKEN,
                MeasureTaken,
                Permission.WORK,
                "Report a planned measure as carried out.",
            ),
            Step(
                "urge",
                StepKind.URGED,
                Urging,
                Permission.REVIEW,
                "Urge it 催办, at most once a day (Art. 15).",
            ),
            Step(
                "review",
                StepKind.REVIEWED,
                Review,
                Permission.REVIEW,
                "Accept or return explanation and measures (Art. 15).",
            ),
            Step(
                "close",
                StepKind.CLOSED,
                Closing,
                Permission.REVIEW,
                "Close it; clear of it once, or graver, the data raise a new one.",
            ),
        )
    }
)
"""Every step that people may command."""


@dataclass(frozen=True)
class Commander:
    """What carries commands out."""

    store: CommandStore
    reader: AlertReader
    directory: Directory
    cabinet: Cabinet

    async def visible(self, asking: Principal, alert: str) -> Alert:
        """Find an alert that is there for the caller; 404 else."""
        found = await self.reader.alert(alert)
        if found is None or not sees(asking, found):
            raise refusals.unknown_alert(alert)
        return found

    async def carry_out(self, asking: Principal, step: Step, ordered: Ordered) -> Answer:
        """Carry a command out; a refusal becomes the problem that tells it."""
        try:
            answer = await self.store.carry_out(ordered, lambda found: sees(asking, found))
        except (RefusedError, StaleError, KeyReusedError, BusyError, UnknownAlertError) as error:
            problem = problem_of(error, ordered.alert)
            count(step, problem.problem.code)
            raise problem from error
        count(step, answer.outcome.value)
        return answer

    def command(self, asking: Principal, step: Step, form: Part, alert: Alert) -> Command:
        """Make of a form what the domain takes; 422 for an assignee who could not work on it."""
        if isinstance(form, Comment):
            return Command(step.kind, Note(note=form.note))
        if isinstance(form, Assignment):
            return Command(step.kind, self._assignment(asking, form, alert))
        return Command(step.kind, form)

    def _assignment(self, asking: Principal, form: Assignment, alert: Alert) -> Assignment:
        if form.assignee is None:
            return form
        if form.assignee in {ME, asking.id}:
            return form.model_copy(update={"assignee": asking.id})
        found = self.directory.get(form.assignee)
        able = found is not None and found.may(Permission.WORK) and sees(found, alert)
        if not able and form.assignee != DEPLOYMENT:
            raise refusals.unknown_assignee()
        return form


def count(step: Step, outcome: str) -> None:
    """Count a command."""
    COMMANDS.labels(step.name, outcome).inc()


def problem_of(error: Exception, alert: str) -> ProblemError:
    """Tell why a command was not carried out."""
    match error:
        case RefusedError():
            return refusals.refused(error)
        case StaleError():
            return refusals.stale(error.version)
        case KeyReusedError():
            return key_reused()
        case UnknownAlertError():
            return refusals.unknown_alert(alert)
        case _:
            return refusals.busy()


def add_routes(router: APIRouter, commander: Commander, permission: Permission) -> None:
    """Add the routes of the steps that ask for a permission."""
    for step in STEPS.values():
        if step.permission is permission:
            _add(router, commander, step)


def _add(router: APIRouter, commander: Commander, step: Step) -> None:
    async def command(
        request: Request, asking: Caller, authorization: Authorization, alert: Segment
    ) -> Response:
        found = await commander.visible(asking, alert)
        key, version = idempotency_key(request), expected_version(request)
        body = await body_of(request)
        form = parsed(step.form, body)
        mark = mark_of(step.name.encode(), alert.encode(), body)
        ordered_key = key_of(asking.id, key)
        try:
            earlier = await commander.store.answers.earlier(ordered_key, mark)
        except KeyReusedError as error:
            count(step, "idempotency_key_reused")
            raise key_reused() from error
        if earlier is not None:
            count(step, earlier.outcome.value)
            return written(earlier)
        asked = commander.command(asking, step, form, found)
        files: tuple[Evidence, ...] = getattr(asked.detail, "evidence", ())
        await commander.cabinet.check(authorization, found.where.project, files)
        ordered = Ordered(alert, asked, asking.id, ordered_key, mark, version, correlation_id())
        return written(await commander.carry_out(asking, step, ordered))

    router.add_api_route(
        f"/alerts/{{alert}}/{step.name}",
        command,
        methods=["POST"],
        name=step.name,
        description=f"{step.says} Answers with the alert as it is after it.",
        openapi_extra=described(step.form, KEY_HEADER, MATCH_HEADER),
    )


def written(answer: Answer) -> Response:
    """Answer with the alert; its version is the ETag."""
    return Response(answer.body, media_type=JSON, headers={"ETag": f'"{answer.version}"'})
