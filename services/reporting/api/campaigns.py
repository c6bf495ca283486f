"""HTTP: campaigns are planned, opened, changed, closed and looked at (Art. 12)."""

import datetime as dt
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.chassis import clock
from services.chassis.answers import Answer, KeyReusedError, Outcome, key_of, mark_of
from services.chassis.identity import Caller, Principal
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
from services.reporting.api import campaign_problems as problems
from services.reporting.api.campaign_forms import CampaignForm, ChangeForm, NothingForm
from services.reporting.domain.asked import scopes
from services.reporting.domain.campaign import (
    Campaign,
    CampaignState,
    ScopeKind,
    campaign_key,
    default_dues,
)
from services.reporting.domain.campaign_events import Because, changed_told, closed_told
from services.reporting.domain.planning import (
    UnfitError,
    begin,
    change,
    check,
    close,
    year_of,
)
from services.reporting.outputs.form_template import UnknownTemplateError, template_of
from services.reporting.store import campaigns, opening
from services.reporting.store.campaigns import CampaignStore, campaign_document
from services.reporting.store.commanding import BusyError, Commands, Plan, StaleError, Write
from services.reporting.store.days import DayStore
from services.reporting.store.opening import Opening, OpeningStore, opening_document

JSON: Final = "application/json"

Jurisdiction = Annotated[str, Query(min_length=1, max_length=64, description="Its code.")]


@dataclass(frozen=True)
class CampaignDesk:
    """What carries out what people do with campaigns."""

    campaigns: CampaignStore
    openings: OpeningStore
    days: DayStore
    commands: Commands
    opening: Callable[[], None]
    """Called when there is one to open, or to bring up to date."""

    async def visible(self, asking: Principal, key: str) -> Campaign:
        """Find a campaign that is there for the caller; 404 else."""
        found = await self.campaigns.campaign(key)
        if found is None or not await self.sees(asking, found):
            raise problems.unknown_campaign(key)
        return found

    async def sees(self, asking: Principal, campaign: Campaign) -> bool:
        """Whether a campaign is there for the caller.

        One of a whole jurisdiction is for all who are in it; one of some subtrees for those who
        see them, and whoever is asked.
        """
        if not asking.may_enter(campaign.jurisdiction):
            return False
        if not asking.narrow or set(campaign.bounds) & asking.within:
            return True
        if not campaign.bounds and campaign.scope.kind is ScopeKind.ALL:
            return True
        return await self.campaigns.asks(campaign, asking.within)

    async def today(self, jurisdiction: str) -> dt.date | None:
        """Tell a jurisdiction's last opened day."""
        return await self.days.today(jurisdiction)

    async def carry_out(
        self, asking: Principal, request: Request, mark: bytes, plan: Callable[[], Awaitable[Plan]]
    ) -> Response:
        """Carry a command out, once; a refusal becomes the problem that tells it."""
        key = key_of(asking.id, idempotency_key(request))
        try:
            answer = await self.commands.carry_out(key, mark, plan)
        except UnfitError as error:
            raise problems.unfit(error) from error
        except StaleError as error:
            raise problems.stale(error.version) from error
        except KeyReusedError as error:
            raise key_reused() from error
        except BusyError as error:
            raise problems.busy() from error
        return Response(answer.body, media_type=JSON, headers={"ETag": f'"{answer.version}"'})

    async def commanded(self, asking: Principal, key: str, version: int | None) -> Campaign:
        """Find a campaign that is the caller's to command, in the version it is about."""
        found = await self.visible(asking, key)
        if asking.narrow and not (found.bounds and set(found.bounds) <= asking.within):
            raise problems.not_yours()
        if version not in {None, found.version}:
            raise StaleError(found.version)
        return found

    async def planned(self, asking: Principal, form: CampaignForm) -> Plan:
        """Plan what a form says."""
        known = await self.days.known(form.jurisdiction)
        if known is None or not asking.may_enter(form.jurisdiction):
            raise problems.unknown_jurisdiction(form.jurisdiction)
        year = year_of(form.fiscal_year, known.start_month)
        campaign = check(
            Campaign(
                form.jurisdiction,
                form.id,
                form.name,
                form.fiscal_year,
                form.period_from or year.first,
                form.cut_off,
                default_dues(form.cut_off) if form.dues is None else form.dues.dues(),
                asking.id,
                asking.organisations,
                form.scope.scope(),
                form.layout,
                form.evidence_required,
                form.priority_only,
                form.template,
            ),
            year,
        )
        check_template(campaign)
        await self._check_scope(asking, campaign)
        if await self.campaigns.campaign(campaign.key) is not None:
            raise problems.taken()
        body = body_of_campaign(campaign, None)
        return Plan(
            Answer(body, campaign.version, Outcome.DONE),
            (Write(campaigns.COLLECTION, campaign_document(campaign)),),
        )

    async def _check_scope(self, asking: Principal, campaign: Campaign) -> None:
        """Refuse organisations and campaigns that there are not for the caller."""
        scope = campaign.scope
        if scope.organisations:
            known = set(await self.campaigns.parents(campaign.jurisdiction))
            if asking.narrow:
                known &= asking.within
            unknown = [n for n, code in enumerate(scope.organisations) if code not in known]
            if unknown:
                pointer = f"/scope/organisations/{unknown[0]}"
                raise problems.beyond(pointer)
        if scope.campaign is not None:
            key = campaign_key(campaign.jurisdiction, scope.campaign)
            earlier = await self.campaigns.campaign(key)
            seen = earlier is not None and await self.sees(asking, earlier)
            if earlier is None or not seen or earlier.cut is None:
                raise problems.unknown_earlier()

    async def opened(self, asking: Principal, key: str, version: int | None) -> Plan:
        """Plan the opening: its papers are made by a job, and then it is open."""
        campaign = await self.commanded(asking, key, version)
        after = begin(campaign, await self.today(campaign.jurisdiction))
        parents = await self.campaigns.parents(campaign.jurisdiction)
        began = Opening(campaign.key, 1, scopes(campaign, parents))
        return self._plan(
            campaign, after, began, Write(opening.COLLECTION, opening_document(began))
        )

    async def changed(
        self, asking: Principal, key: str, version: int | None, form: ChangeForm
    ) -> Plan:
        """Plan a change of name, due dates or template."""
        campaign = await self.commanded(asking, key, version)
        dues = None if form.dues is None else form.dues.dues()
        template = form.template_after(campaign.template)
        after = change(campaign, form.name, dues, template)
        if after.template != campaign.template:
            # One that is gone may stay: it is another change that is asked for.
            check_template(after)
        found = await self.openings.opening(campaign.key)
        writes: tuple[Write, ...] = ()
        if found is not None and after.dues != campaign.dues:
            again = replace(found, version=found.version + 1, redate=True, done=False)
            writes = (Write(opening.COLLECTION, opening_document(again), found.version),)
        plan = self._plan(campaign, after, found, *writes)
        if campaign.state is CampaignState.PLANNED:
            return plan
        return replace(plan, told=(changed_told(after, await self._because(asking, after)),))

    async def closed(self, asking: Principal, key: str, version: int | None) -> Plan:
        """Plan the closing."""
        campaign = await self.commanded(asking, key, version)
        because = await self._because(asking, campaign)
        after = close(campaign, because.day)
        found = await self.openings.opening(campaign.key)
        return replace(self._plan(campaign, after, found), told=(closed_told(after, because),))

    async def _because(self, asking: Principal, campaign: Campaign) -> Because:
        day = await self.today(campaign.jurisdiction)
        return Because(asking.id, day or campaign.cut_off, clock.now(), correlation_id())

    def _plan(self, before: Campaign, after: Campaign, found: Opening | None, *more: Write) -> Plan:
        write = Write(campaigns.COLLECTION, campaign_document(after), before.version)
        answer = Answer(body_of_campaign(after, found), after.version, Outcome.DONE)
        return Plan(answer, (write, *more))


def check_template(campaign: Campaign) -> None:
    """Refuse a template that is not kept here; those that are were checked when they were read."""
    if campaign.template is None:
        return
    try:
        template_of(campaign.template)
    except UnknownTemplateError as error:
        raise problems.unknown_template(campaign.template) from error


def campaign_item(campaign: Campaign, found: Opening | None) -> dict[str, Any]:
    """Write a campaign as answers show it."""
    fields = campaign_document(campaign)
    key = fields.pop("_id")
    progress = None
    if found is not None:
        progress = {
            "forms": found.forms,
            "waits_for": found.hindrance,
            "unknown": list(found.unknown),
        }
    return {"key": key, **fields, "opening": progress}


def body_of_campaign(campaign: Campaign, found: Opening | None) -> bytes:
    """Write a campaign as an answer's body."""
    return json.dumps(
        campaign_item(campaign, found), ensure_ascii=False, separators=(",", ":")
    ).encode()


def routes(desk: CampaignDesk) -> APIRouter:
    """Return the routes of those who read."""
    router = APIRouter()

    @router.get("/v1/campaigns")
    async def campaigns_of(asking: Caller, jurisdiction: Jurisdiction) -> dict[str, Any]:
        """List a jurisdiction's campaigns, the latest cut-off first, and its last opened day."""
        if not asking.may_enter(jurisdiction):
            raise problems.unknown_jurisdiction(jurisdiction)
        found = [
            campaign
            for campaign in await desk.campaigns.campaigns(jurisdiction)
            if await desk.sees(asking, campaign)
        ]
        openings = await desk.openings.openings([campaign.key for campaign in found])
        today = await desk.today(jurisdiction)
        return {
            "jurisdiction": jurisdiction,
            "today": today.isoformat() if today else None,
            "items": [campaign_item(one, openings.get(one.key)) for one in found],
        }

    @router.get("/v1/campaigns/{campaign}")
    async def campaign(asking: Caller, campaign: Segment) -> Response:
        """Show a campaign; `opening` tells how far the making of its papers has come."""
        found = await desk.visible(asking, campaign)
        body = body_of_campaign(found, await desk.openings.opening(found.key))
        return Response(body, media_type=JSON, headers={"ETag": f'"{found.version}"'})

    return router


def command_routes(desk: CampaignDesk) -> APIRouter:
    """Return the routes of those who command campaigns."""
    router = APIRouter()

    @router.post("/v1/campaigns", openapi_extra=described(CampaignForm, KEY_HEADER))
    async def plan(asking: Caller, request: Request) -> Response:
        """Plan a campaign; opening it makes its papers."""
        body = await body_of(request)
        form = parsed(CampaignForm, body)
        mark = mark_of(b"plan", body)
        return await desk.carry_out(asking, request, mark, lambda: desk.planned(asking, form))

    @router.patch(
        "/v1/campaigns/{campaign}", openapi_extra=described(ChangeForm, KEY_HEADER, MATCH_HEADER)
    )
    async def change_it(asking: Caller, request: Request, campaign: Segment) -> Response:
        """Change its name or due dates (Art. 12); open papers get the new ones.

        Or its forms' template: what is filled in takes it, what was handed in keeps what it had.
        """
        await desk.visible(asking, campaign)
        version, body = expected_version(request), await body_of(request)
        form = parsed(ChangeForm, body)
        mark = mark_of(b"change", campaign.encode(), body)
        answer = await desk.carry_out(
            asking, request, mark, lambda: desk.changed(asking, campaign, version, form)
        )
        desk.opening()
        return answer

    _add_turns(router, desk)
    return router


def _add_turns(router: APIRouter, desk: CampaignDesk) -> None:
    """Add what takes a campaign from one state to the next."""

    @router.post(
        "/v1/campaigns/{campaign}/open",
        openapi_extra=described(NothingForm, KEY_HEADER, MATCH_HEADER),
    )
    async def open_it(asking: Caller, request: Request, campaign: Segment) -> Response:
        """Open it: its forms and reports are made; GET tells when it is `open`."""
        await desk.visible(asking, campaign)
        version, body = expected_version(request), await body_of(request)
        parsed(NothingForm, body)
        mark = mark_of(b"open", campaign.encode())
        answer = await desk.carry_out(
            asking, request, mark, lambda: desk.opened(asking, campaign, version)
        )
        desk.opening()
        return answer

    @router.post(
        "/v1/campaigns/{campaign}/close",
        openapi_extra=described(NothingForm, KEY_HEADER, MATCH_HEADER),
    )
    async def close_it(asking: Caller, request: Request, campaign: Segment) -> Response:
        """Close it: nothing more is taken in, everything stays readable."""
        await desk.visible(asking, campaign)
        version, body = expected_version(request), await body_of(request)
        parsed(NothingForm, body)
        mark = mark_of(b"close", campaign.encode())
        return await desk.carry_out(
            asking, request, mark, lambda: desk.closed(asking, campaign, version)
        )
