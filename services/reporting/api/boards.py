"""HTTP: a campaign's board, what is overdue, and urging it 催办 (domain-rules 23)."""

import asyncio
import datetime as dt
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Field

from contracts.envelope import Part
from contracts.vocabulary import Code, PaperKind, Text
from services.chassis import clock
from services.chassis.answers import Answer, Outcome, mark_of
from services.chassis.identity import Caller, Principal
from services.chassis.requests import (
    KEY_HEADER,
    body_of,
    correlation_id,
    described,
    parsed,
)
from services.chassis.segments import Segment
from services.reporting.api import campaign_problems as problems
from services.reporting.api.campaigns import CampaignDesk
from services.reporting.domain import Names
from services.reporting.domain.board import DepartmentRow, Tally, board_of
from services.reporting.domain.campaign import Campaign, CampaignState
from services.reporting.domain.campaign_events import Because
from services.reporting.domain.planning import Unfit, UnfitError
from services.reporting.domain.reminding import Owing, due_of, dueness_of, urged_told
from services.reporting.outputs.export_rows import rests_on
from services.reporting.outputs.overdue_sheet import TEMPLATE, overdue_csv, overdue_workbook
from services.reporting.store.boards import (
    OVERDUE_MAX,
    BoardStore,
    OverduePaper,
    Urged,
    UrgedLast,
    urged_last_write,
    urging_write,
)
from services.reporting.store.commanding import Plan, Write
from services.reporting.store.names import ReportStore
from services.reporting.store.reminding import RemindingStore, reminded_write

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV: Final = "text/csv; charset=utf-8"
URGED_MAX: Final = 2_000
"""Most organisations urged by one command: three documents each, in one transaction."""
OWING_MAX: Final = 10_000
"""Most organisations that owe papers of a kind where some are urged: the answer, which is kept,
names who is not."""
KIND_LABELS: Final = {PaperKind.FORM: "监控表", PaperKind.REPORT: "监控报告"}
URGED_TODAY: Final = "urged_today"
NOTHING_MISSING: Final = "nothing_missing"

Urgings = Mapping[tuple[str, PaperKind], Urged]


@dataclass(frozen=True, slots=True)
class UrgedFor:
    """For which papers an organisation was urged."""

    campaign: str
    """Key of the campaign."""
    kind: PaperKind


class UrgeForm(Part):
    """Whom to urge, for what."""

    kind: PaperKind
    organisations: Annotated[tuple[Code, ...], Field(max_length=URGED_MAX)] | None = None
    """Units (forms) or departments (reports); left out: all with something missing."""
    note: Text = ""
    """In words; it goes out with the urging."""


@dataclass(frozen=True)
class BoardDesk:
    """What the routes ask."""

    campaigns: CampaignDesk
    boards: BoardStore
    names: ReportStore
    reminding: RemindingStore
    release: str
    """Printed on lists."""

    async def named(self, asking: Principal, campaign: Campaign) -> Names:
        """Give the names of the organisations that the caller may see."""
        return await self.names.names(campaign.jurisdiction, _within(asking))

    async def day(self, campaign: Campaign) -> dt.date:
        """Tell the campaign's today."""
        found = await self.campaigns.today(campaign.jurisdiction)
        return found or campaign.cut_off

    async def board(self, asking: Principal, campaign: Campaign) -> dict[str, Any]:
        """Count a campaign's papers that the caller may see."""
        today = await self.day(campaign)
        board = board_of(await self.boards.counts(campaign, today, _within(asking)))
        names = await self.named(asking, campaign)
        return {
            "campaign": campaign.key,
            "name": campaign.name,
            "state": campaign.state.value,
            "today": today.isoformat(),
            "cut": campaign.cut,
            "due": {
                "unit": campaign.dues.unit.isoformat(),
                "department": campaign.dues.department.isoformat(),
                "bureau": campaign.dues.bureau.isoformat(),
            },
            "departments": [_department_item(row, names) for row in board.departments],
            "totals": {**_tally_item(board.forms), "reports": _tally_item(board.reports)},
        }

    async def overdue(
        self, asking: Principal, campaign: Campaign, today: dt.date, kind: PaperKind | None
    ) -> list[OverduePaper]:
        """List what is overdue of what the caller may see."""
        return await self.boards.overdue(campaign, today, _within(asking), kind)

    async def urgings(self, campaign: Campaign, names: Iterable[str] | None = None) -> Urgings:
        """Tell who was urged when, by organisation and kind."""
        found = await self.boards.urged(campaign, None if names is None else sorted(names))
        return {(one.organisation, one.kind): one for one in found}

    async def urge(self, asking: Principal, key: str, form: UrgeForm) -> Plan:
        """Plan the urging of all who are owing and were not urged today, in whatever campaign."""
        campaign = await self.campaigns.visible(asking, key)
        if campaign.state is not CampaignState.OPEN:
            raise UnfitError(Unfit.NOT_OPEN)
        within, day = _within(asking), await self.day(campaign)
        owing = await self.boards.owing(
            campaign,
            (form.kind,),
            within=within,
            organisations=None if form.organisations is None else set(form.organisations),
        )
        debts = [one for one in owing if one.missing]
        if len(debts) > OWING_MAX:
            raise problems.too_many(OWING_MAX)
        codes = [one.organisation for one in debts]
        urged = await self.urgings(campaign, codes)
        last = await self.boards.urged_last(campaign.jurisdiction, codes)
        today = _urged_on(day, campaign, urged, last)
        due = [one for one in debts if one.organisation not in today]
        if len(due) > URGED_MAX:
            raise problems.too_many(URGED_MAX)
        because = Because(asking.id, day, clock.now(), correlation_id())
        names, date = await self.named(asking, campaign), due_of(campaign.dues, form.kind)
        left = await self._left(asking, campaign, form.organisations or (), codes, today)
        answer = {
            "campaign": campaign.key,
            "kind": form.kind.value,
            "urged": [
                {
                    "organisation": one.organisation,
                    "organisation_name": names.of(one.organisation),
                    "missing": one.missing,
                    "due": date.isoformat(),
                }
                for one in due
            ],
            "not_urged": [
                {"organisation": code, "organisation_name": names.of(code), **why}
                for code, why in sorted(left.items())
            ],
        }
        return Plan(
            Answer(_json(answer), campaign.version, Outcome.DONE),
            await self._remembered(campaign, form.kind, due, day, (urged, last)),
            tuple(urged_told(campaign, one, form.note, because) for one in due),
        )

    async def _left(
        self,
        asking: Principal,
        campaign: Campaign,
        chosen: Iterable[str],
        owe: Collection[str],
        today: Mapping[str, UrgedFor],
    ) -> dict[str, dict[str, Any]]:
        """Tell who is not urged and why: for which papers he was today, or that nothing is missing.

        Another campaign is named to those alone who see it.
        """
        keys = sorted({one.campaign for one in today.values()})
        seen = {key for key in keys if await self._sees(asking, campaign, key)}
        found: dict[str, dict[str, Any]] = {
            code: {
                "reason": URGED_TODAY,
                "urged_for": {
                    "campaign": one.campaign if one.campaign in seen else None,
                    "kind": one.kind.value,
                },
            }
            for code, one in today.items()
        }
        nothing = {"reason": NOTHING_MISSING, "urged_for": None}
        return found | {code: nothing for code in chosen if code not in owe}

    async def _sees(self, asking: Principal, campaign: Campaign, key: str) -> bool:
        if key == campaign.key:
            return True
        other = await self.campaigns.campaigns.campaign(key)
        return other is not None and await self.campaigns.sees(asking, other)

    async def _remembered(
        self,
        campaign: Campaign,
        kind: PaperKind,
        due: Sequence[Owing],
        day: dt.date,
        before: tuple[Urgings, Mapping[str, UrgedLast]],
    ) -> tuple[Write, ...]:
        """Keep who was urged; as who was reminded they are told once all is in."""
        codes, date = [one.organisation for one in due], due_of(campaign.dues, kind)
        reminded = await self.reminding.reminded(campaign, kind, codes)
        urged, last = before
        found: list[Write] = []
        for one in due:
            code, dueness = one.organisation, dueness_of(campaign, one, day)
            # First what two urgings at once have in common, so that the later one ends early.
            found.append(urged_last_write(campaign, one, day, last.get(code)))
            found.append(urging_write(campaign, one, day, urged.get((code, kind))))
            found.append(reminded_write(campaign, one, dueness, date, reminded.get(code)))
        return tuple(found)


def routes(desk: BoardDesk) -> APIRouter:
    """Return the routes of those who read."""
    router = APIRouter()

    @router.get("/v1/campaigns/{campaign}/board")
    async def board(asking: Caller, campaign: Segment) -> dict[str, Any]:
        """Count its papers by department, unit and state; what the caller may see alone."""
        return await desk.board(asking, await desk.campaigns.visible(asking, campaign))

    @router.get("/v1/campaigns/{campaign}/overdue", response_model=None)
    async def overdue(
        asking: Caller,
        campaign: Segment,
        kind: PaperKind | None = None,
        format: Annotated[  # noqa: A002 - the parameter's public name
            Literal["json", "csv", "xlsx"], Query(description="csv and xlsx: one line a paper.")
        ] = "json",
    ) -> dict[str, Any] | Response:
        """List what is overdue: whom to urge 催办, whom to name 通报."""
        found = await desk.campaigns.visible(asking, campaign)
        today = await desk.day(found)
        papers = await desk.overdue(asking, found, today, kind)
        names, urged = await desk.named(asking, found), await desk.urgings(found)
        if len(papers) > OVERDUE_MAX:
            raise problems.too_many(OVERDUE_MAX)
        if format == "json":
            return {
                "campaign": found.key,
                "campaign_name": found.name,
                "cut": found.cut,
                "today": today.isoformat(),
                "items": list(_items(papers, today, names, urged)),
            }
        rows = _rows(papers, today, names, urged)
        name = quote(f"{found.key}-overdue-{today}.{format}".replace("/", "_"))
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
        # In a thread: twenty thousand rows would hold everybody else up.
        made = f"截至 {today} · {rests_on(found, desk.release, TEMPLATE)}"
        if format == "csv":
            body = await asyncio.to_thread(overdue_csv, made, rows)
            return Response(body, media_type=CSV, headers=headers)
        title = f"{found.name}逾期未报清单"
        body = await asyncio.to_thread(overdue_workbook, title, made, today, rows)
        return Response(body, media_type=XLSX, headers=headers)

    return router


def command_routes(desk: BoardDesk) -> APIRouter:
    """Return the routes of those who urge."""
    router = APIRouter()

    @router.post("/v1/campaigns/{campaign}/urge", openapi_extra=described(UrgeForm, KEY_HEADER))
    async def urge(asking: Caller, request: Request, campaign: Segment) -> Response:
        """Urge what is missing 催办: on the page, by webhook and mail; once a day and recipient.

        An organisation is a recipient: whatever campaigns and papers it owes, it is urged once a
        day. The answer names who was urged and who was not, why, and what he was urged for today.
        """
        await desk.campaigns.visible(asking, campaign)
        body = await body_of(request)
        form = parsed(UrgeForm, body)
        mark = mark_of(b"urge", campaign.encode(), body)
        return await desk.campaigns.carry_out(
            asking, request, mark, lambda: desk.urge(asking, campaign, form)
        )

    return router


def _urged_on(
    day: dt.date, campaign: Campaign, urged: Urgings, last: Mapping[str, UrgedLast]
) -> dict[str, UrgedFor]:
    """Tell who was urged that day, and for what: once for each recipient (domain-rules 23).

    What the campaign itself remembers counts too: an urging of before the upgrade is there alone.
    """
    found = {
        code: UrgedFor(campaign.key, kind) for (code, kind), one in urged.items() if one.day >= day
    }
    return found | {
        code: UrgedFor(one.campaign, one.kind) for code, one in last.items() if one.day >= day
    }


def _within(asking: Principal) -> frozenset[str] | None:
    return asking.within if asking.narrow else None


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _tally_item(tally: Tally) -> dict[str, Any]:
    return {
        "asked": tally.asked,
        "by_state": {state.value: papers for state, papers in tally.by_state.items()},
        "missing": tally.missing,
        "overdue": tally.overdue,
        "late": tally.late,
        "accepted": tally.accepted,
        "covered": tally.covered,
        "coverage_bp": tally.coverage_bp,
    }


def _department_item(row: DepartmentRow, names: Names) -> dict[str, Any]:
    return {
        "department": row.department,
        "department_name": names.of(row.department),
        **_tally_item(row.forms),
        "report": _tally_item(row.report),
        "units": [
            {"unit": unit, "unit_name": names.of(unit), **_tally_item(tally)}
            for unit, tally in row.units.items()
        ],
    }


def _items(
    papers: Iterable[OverduePaper], today: dt.date, names: Names, urged: Urgings
) -> Iterator[dict[str, Any]]:
    """Put papers together by who owes them."""
    found: dict[tuple[str | None, PaperKind], list[OverduePaper]] = {}
    for one in papers:
        found.setdefault((one.organisation, one.kind), []).append(one)
    for (organisation, kind), owed in found.items():
        first = owed[0]
        last = urged.get((organisation or "", kind))
        yield {
            "organisation": organisation,
            "organisation_name": names.of(organisation),
            "department": first.department,
            "department_name": names.of(first.department),
            "kind": kind.value,
            "due": first.due.isoformat(),
            "days": (today - first.due).days,
            "missing": len(owed),
            "urged_on": last.day.isoformat() if last else None,
            "urged_times": last.times if last else 0,
            "papers": [
                {
                    "paper": one.paper,
                    "project": one.project,
                    "project_name": one.project_name,
                    "returned": one.returned,
                }
                for one in owed
            ],
        }


def _rows(
    papers: Iterable[OverduePaper], today: dt.date, names: Names, urged: Urgings
) -> Iterator[tuple[str | int, ...]]:
    for one in papers:
        last = urged.get((one.organisation or "", one.kind))
        yield (
            names.of(one.department) or "",
            one.department or "",
            names.of(one.organisation) or "",
            one.organisation or "",
            KIND_LABELS[one.kind],
            one.project or "",
            one.project_name or "",
            one.due.isoformat(),
            (today - one.due).days,
            "退回后未重报" if one.returned else "未报",
            last.day.isoformat() if last else "",
            last.times if last else 0,
        )
