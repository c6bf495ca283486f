"""HTTP: what people do with a paper, one address for each step (Art. 5, 6, 12, 15)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from contracts.envelope import Part
from contracts.events.evidence import Evidence
from contracts.vocabulary import PaperStepKind
from services.chassis.answers import Answer, KeyReusedError, key_of, mark_of
from services.chassis.identity import Authorization, Caller, Permission
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
from services.reporting.api import paper_problems as problems
from services.reporting.api.carrying import count, told
from services.reporting.api.papers import PaperDesk
from services.reporting.api.step_forms import (
    BulkForm,
    DelegateForm,
    DisputeForm,
    EnterForm,
    NoteForm,
    NothingForm,
    ReasonedForm,
    ReturnForm,
    SealForm,
    SettleForm,
)
from services.reporting.asking.ledger import Ledger
from services.reporting.assembly.papers import sees
from services.reporting.assembly.stepping import Ordered, Said, Stepping
from services.reporting.assembly.submitting import Submitting
from services.reporting.domain import paper as steps
from services.reporting.domain.draft import check_figure
from services.reporting.domain.paper import Acting, Dispute, Paper, Refusal, RefusedError, Seal

ME: Final = "me"
REFRESH: Final = "refresh"


@dataclass(frozen=True)
class Desk:
    """What carries steps out."""

    papers: PaperDesk
    stepping: Stepping
    submitting: Submitting
    ledger: Ledger
    directory: Directory


Work = Callable[["Desk", Ordered, Paper, Any], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Step:
    """A step as it is commanded: the end of its address, its form, who may, what does it."""

    name: str
    form: type[Part]
    permission: Permission
    says: str
    work: Work


async def _submit(desk: Desk, ordered: Ordered, _: Paper, form: NoteForm) -> Answer:
    said = Said(note=form.note)
    return await desk.stepping.freeze(ordered, PaperStepKind.SUBMITTED, steps.submit, said)


async def _enter(desk: Desk, ordered: Ordered, paper: Paper, form: EnterForm) -> Answer:
    scan = None if form.scan is None else form.scan.sha256
    if form.scan is not None:
        await _attached(desk, ordered, paper, form.scan)

    def act(found: Paper, acting: Acting) -> Paper:
        return steps.enter(found, acting, scan, form.received_on)

    more = {"scan": scan, "received_on": form.received_on}
    said = Said(note=form.note, scan=scan, received_on=form.received_on, more=more)
    return await desk.stepping.freeze(ordered, PaperStepKind.ENTERED, act, said)


async def _approve(desk: Desk, ordered: Ordered, _: Paper, form: NoteForm) -> Answer:
    said = Said(note=form.note)
    return await desk.stepping.step(ordered, PaperStepKind.PASSED, steps.let_pass, said)


async def _return(desk: Desk, ordered: Ordered, _: Paper, form: ReturnForm) -> Answer:
    def act(found: Paper, acting: Acting) -> Paper:
        return steps.give_back(found, acting, form.reasons)

    said = Said(note=form.note, reasons=form.reasons, more={"reasons": form.reasons})
    return await desk.stepping.step(ordered, PaperStepKind.RETURNED, act, said)


async def _withdraw(desk: Desk, ordered: Ordered, _: Paper, form: NoteForm) -> Answer:
    said = Said(note=form.note)
    return await desk.stepping.step(ordered, PaperStepKind.WITHDRAWN, steps.withdraw, said)


async def _reopen(desk: Desk, ordered: Ordered, _: Paper, form: ReasonedForm) -> Answer:
    said = Said(note=form.note)
    return await desk.stepping.step(ordered, PaperStepKind.REOPENED, steps.reopen, said)


async def _delegate(desk: Desk, ordered: Ordered, paper: Paper, form: DelegateForm) -> Answer:
    to = ordered.asking.id if form.to == ME else form.to
    if to is not None and to != ordered.asking.id:
        found = desk.directory.get(to)
        if found is None or not found.may(Permission.FILL) or not sees(found, paper):
            raise problems.unknown_assignee()

    def act(found: Paper, acting: Acting) -> Paper:
        return steps.delegate(found, acting, to)

    said = Said(note=form.note, to=to, more={"to": to})
    return await desk.stepping.step(ordered, PaperStepKind.DELEGATED, act, said)


async def _dispute(desk: Desk, ordered: Ordered, paper: Paper, form: DisputeForm) -> Answer:
    figures = await desk.papers.papers.stores.papers.figures(paper.id)
    check_figure(paper, figures, form.field)

    def act(found: Paper, acting: Acting) -> Paper:
        disputed = Dispute(form.field, form.reason, acting.by, acting.day)
        return steps.dispute(found, acting, disputed)

    said = Said(note=form.reason, figure=form.field, more={"field": form.field})
    return await desk.stepping.step(ordered, PaperStepKind.DISPUTED, act, said)


async def _settle(desk: Desk, ordered: Ordered, _: Paper, form: SettleForm) -> Answer:
    def act(found: Paper, acting: Acting) -> Paper:
        return steps.settle(found, acting, form.field, form.answer, corrected=form.corrected)

    more = {"field": form.field, "corrected": form.corrected}
    said = Said(note=form.answer, figure=form.field, more=more)
    return await desk.stepping.step(ordered, PaperStepKind.SETTLED, act, said)


async def _seal(desk: Desk, ordered: Ordered, paper: Paper, form: SealForm) -> Answer:
    edition = await desk.papers.papers.stores.papers.edition(paper.id, form.edition)
    if edition is None:
        raise RefusedError(Refusal.UNKNOWN_EDITION, "/edition")
    await _attached(desk, ordered, paper, form.scan)

    def act(found: Paper, acting: Acting) -> Paper:
        sealed = Seal(form.edition, edition.sha256, form.scan.sha256, acting.by, acting.day)
        return steps.seal(found, acting, sealed)

    scan = form.scan.sha256
    said = Said(scan=scan, more={"sha256": edition.sha256, "scan": scan})
    return await desk.stepping.step(ordered, PaperStepKind.SEALED, act, said)


async def _attached(desk: Desk, ordered: Ordered, paper: Paper, scan: Evidence) -> None:
    """Find a scan among the evidence of a form's project, of a report's department."""
    subject = paper.project or f"{paper.jurisdiction}/{paper.department}"
    if await desk.ledger.missing(ordered.authorization, subject, [scan]) is not None:
        raise problems.unknown_evidence(pointer="/scan")


STEPS: Final = (
    Step("submit", NoteForm, Permission.FILL,
         "Hand it in: what was typed goes to the ledger, an edition is frozen.", _submit),
    Step("enter", EnterForm, Permission.FILL,
         "Enter what came on paper 线下报送, with its scan; the bureau does.", _enter),
    Step("withdraw", NoteForm, Permission.FILL,
         "Take it back before anybody has let it pass.", _withdraw),
    Step("reopen", ReasonedForm, Permission.FILL,
         "Begin a new edition of what was accepted 更正, and say why.", _reopen),
    Step("delegate", DelegateForm, Permission.FILL, "Say who is to fill it in.", _delegate),
    Step("dispute", DisputeForm, Permission.FILL,
         "Dispute a figure before the data desk; the form may be handed in with it.", _dispute),
    Step("seal", SealForm, Permission.FILL,
         "Bind a sealed scan 盖章件 to a frozen edition.", _seal),
    Step("approve", NoteForm, Permission.APPROVE,
         "Let it go on to the next; after the last it is accepted.", _approve),
    Step("return", ReturnForm, Permission.APPROVE,
         "Return it to whoever fills it in, with reasons per field.", _return),
    Step("settle", SettleForm, Permission.SETTLE, "Answer a disputed figure.", _settle),
)  # fmt: skip
"""Every step that people may command."""
BY_NAME: Final = {step.name: step for step in STEPS}


def routes(desk: Desk, permission: Permission) -> APIRouter:
    """Return the routes of the steps that ask for a permission."""
    router = APIRouter()
    if permission is Permission.APPROVE:
        _add_bulk(router, desk)
    for step in STEPS:
        if step.permission is permission:
            _add(router, desk, step)
    if permission is Permission.FILL:
        _add_refresh(router, desk)
    return router


def _add(router: APIRouter, desk: Desk, step: Step) -> None:
    async def command(
        request: Request, asking: Caller, authorization: Authorization, paper: Segment
    ) -> Response:
        found = await desk.papers.visible(asking, paper)
        key, version = idempotency_key(request), expected_version(request)
        body = await body_of(request)
        form = parsed(step.form, body)
        mark = mark_of(step.name.encode(), paper.encode(), body)
        ordered = Ordered(
            paper, asking, key_of(asking.id, key), mark, authorization, version, correlation_id()
        )
        await _carried(desk, step, ordered, found, form)
        return await desk.papers.answer(
            asking, await desk.papers.visible(asking, paper), authorization
        )

    router.add_api_route(
        f"/v1/papers/{{paper}}/{step.name}",
        command,
        methods=["POST"],
        name=step.name,
        description=f"{step.says} Answers with the paper as it is after it.",
        openapi_extra=described(step.form, KEY_HEADER, MATCH_HEADER),
    )


async def _carried(desk: Desk, step: Step, ordered: Ordered, paper: Paper, form: Part) -> Answer:
    """Carry a step out, once; a refusal becomes the problem that tells it."""

    async def work() -> Answer:
        earlier = await desk.stepping.answers.earlier(ordered.key, ordered.mark)
        if earlier is not None:
            return earlier
        return await step.work(desk, ordered, paper, form)

    answer = await told(paper, step.name, work)
    count(paper.kind, step.name, answer.outcome.value)
    return answer


def _add_refresh(router: APIRouter, desk: Desk) -> None:
    @router.post(
        f"/v1/papers/{{paper}}/{REFRESH}", openapi_extra=described(NothingForm, KEY_HEADER)
    )
    async def refresh(
        request: Request, asking: Caller, authorization: Authorization, paper: Segment
    ) -> Response:
        """Read results and own funds of a form anew from the ledger, typed ones among them.

        Money stays at the campaign's cut. Repeating it does no harm.
        """
        found = await desk.papers.visible(asking, paper)
        idempotency_key(request)
        parsed(NothingForm, await body_of(request))
        campaign = await desk.papers.papers.campaign(found)
        acting = await desk.papers.papers.acting(asking, campaign)

        async def work() -> None:
            steps.may_fill(found, acting)
            await desk.submitting.bring(authorization, paper, check=False)
            await desk.submitting.refresh(authorization, paper)

        await told(found, REFRESH, work)
        count(found.kind, REFRESH, "done")
        return await desk.papers.answer(
            asking, await desk.papers.visible(asking, paper), authorization
        )


def _add_bulk(router: APIRouter, desk: Desk) -> None:
    @router.post("/v1/papers/bulk", openapi_extra=described(BulkForm, KEY_HEADER))
    async def bulk(
        request: Request, asking: Caller, authorization: Authorization
    ) -> dict[str, Any]:
        """Let many papers pass, or return them (domain-rules 23); each answers with its status.

        Sent again with the same Idempotency-Key, what was done is not done twice.
        """
        key = idempotency_key(request)
        body = await body_of(request)
        wanted = parsed(BulkForm, body)
        mark = mark_of(b"bulk papers", body)
        try:
            await desk.stepping.answers.claim(key_of(asking.id, key), mark)
        except KeyReusedError as error:
            raise key_reused() from error
        form: Part = NoteForm(note=wanted.note)
        if wanted.step == "return":
            form = ReturnForm(reasons=wanted.reasons, note=wanted.note)
        items: list[dict[str, Any]] = []
        for paper in dict.fromkeys(wanted.papers):
            ordered = Ordered(
                paper,
                asking,
                key_of(asking.id, key, paper),
                mark,
                authorization,
                correlation_id=correlation_id(),
            )
            items.append(await _one(desk, BY_NAME[wanted.step], ordered, form))
        return {"items": items}


async def _one(desk: Desk, step: Step, ordered: Ordered, form: Part) -> dict[str, Any]:
    """Do it to one paper; whatever is wrong with this one is told beside the others."""
    try:
        found = await desk.papers.visible(ordered.asking, ordered.paper)
        answer = await _carried(desk, step, ordered, found, form)
    except ProblemError as error:
        problem = error.problem
        told_of = {"paper": ordered.paper, "status": problem.status}
        return {**told_of, "problem": problem.document()}
    return {"paper": ordered.paper, "status": 200, "version": answer.version}
