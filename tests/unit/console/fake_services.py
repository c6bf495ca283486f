"""Services that answer from memory, so that pages can be seen failing as they would."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from services.chassis.service import HttpService
from services.console import pages
from services.console.pages.frame.asking import Services
from services.console.pages.frame.guarding import GuardMiddleware
from services.console.settings import ConsoleSettings

HOSTILE: Final = "<script>alert(1)</script>\"'&{{7*7}}"
PROJECT: Final = "城/P/1"
ROW: Final[dict[str, Any]] = {
    "project_id": PROJECT,
    "project_name": HOSTILE,
    "department": "D1",
    "lead_unit": None,
    "fiscal_year": 2026,
    "as_of": "2026-06-30",
    "adjusted_budget": "1000000.00",
    "original_budget": "900000.00",
    "disbursed": "500000.00",
    "spent": "400000.00",
    "execution_rate_bp": 4000,
    "expected_rate_bp": 5000,
    "expected_basis": "months",
    "attainment_rate_bp": None,
    "indicators": 0,
    "judged": 0,
    "execution_light": "green",
    "attainment_light": None,
    "light": "green",
    "findings": 0,
    "incomplete": False,
    "sequence": 2,
    "position": 2,
}
COMPONENTS: Final = dict.fromkeys(
    (
        "original",
        "carryover",
        "supplement",
        "passed_down",
        "cut",
        "recovered",
        "virement",
        "distributed",
    ),
    "0.00",
)
MONEY: Final[dict[str, Any]] = {
    "components": COMPONENTS,
    "adjusted_budget": "1000000.00",
    "committed": "0.00",
    "requested": "0.00",
    "disbursed": "500000.00",
    "spent": "400000.00",
    "reversed": "0.00",
    "prior_year_refunds": "0.00",
    "balance": "600000.00",
    "uncommitted_balance": "600000.00",
    "execution_rate_bp": 4000,
    "execution_rate_original_bp": None,
}
LINE: Final[dict[str, Any]] = {
    "line": HOSTILE,
    "unit": HOSTILE,
    "account": "general_public",
    "channel": "allocation",
    "function": HOSTILE,
    "government_economic": None,
    "undistributed": True,
    "money": MONEY,
    "expected_spent": None,
    "expected_basis": None,
}
FORECAST: Final[dict[str, Any]] = {
    "method": "run_rate",
    "point": "800000.00",
    "low": "700000.00",
    "high": "900000.00",
    "interval_bp": 8000,
    "no_interval": None,
    "model": HOSTILE,
    "committed_due": "0.00",
    "rate_bp": 8000,
    "carryover": "150000.00",
    "surplus": "50000.00",
}
EARNED: Final[dict[str, Any]] = {
    **dict.fromkeys(("bac", "pv", "ev", "ac", "cv", "sv", "eac_atypical"), "1.00"),
    **dict.fromkeys(("eac", "eac_combined", "etc", "vac"), None),
    **dict.fromkeys(("cpi_bp", "spi_bp", "tcpi_bp", "es_bp", "spi_t_bp", "ieac_t_bp"), 9722),
    "at_bp": 60_000,
    "sv_t_bp": -1,
}
EXTENDED: Final[dict[str, Any]] = {
    **dict.fromkeys(
        (
            "milestones",
            "milestones_met",
            "milestones_overdue",
            "checks",
            "checks_failed",
            "problems_open",
            "problems_serious",
            "problems_overdue",
            "plan_changes",
            "assets",
            "dispositions",
        ),
        1,
    ),
    "progress_bp": 5000,
    "problems_amount": "3.00",
    "disbursement_stopped": True,
}
STANDING: Final[dict[str, Any]] = {
    "project_class": "construction",
    "control_mode": "allotment",
    "new_this_year": True,
    "state": "suspended",
    "state_since": "2026-05-01",
    "priority": ["bureau"],
    "frozen": True,
    "late_facts": 2,
    "closed_version": 1,
    "facts_after_closing": True,
    "reprojected": False,
}
FINDING: Final[dict[str, Any]] = {
    "kind": "diversion",
    "subject": HOSTILE,
    "entry_sequence": 2,
    "date": "2026-06-01",
    "amount": "5.00",
    "nature": "suspicion",
    "provisional": True,
}
_STATED: Final = {"date": "2026-05-01", "sequence": 2}
WORK: Final[dict[str, Any]] = {
    "milestones": [
        {**_STATED, "name": HOSTILE, "state": "met", "planned_on": "2026-05-31", "overdue": False}
    ],
    "checks": [{**_STATED, "checked_by": HOSTILE, "result": "failed"}],
    "problems": [
        {
            **_STATED,
            "title": HOSTILE,
            "open": True,
            "outcome": None,
            "amount": "3.00",
            "due": "2026-06-01",
            "overdue": True,
        }
    ],
    "assets": [{**_STATED, "name": HOSTILE, "quantity": 2, "amount": "5.00"}],
    "plan_changes": [
        {**_STATED, "summary": HOSTILE, "aspect": "schedule", "planned_end": "2026-12-01"}
    ],
    "dispositions": [
        {**_STATED, "disposition": HOSTILE, "measure": "disbursement_stopped", "amount": None}
    ],
}
WHY: Final[dict[str, Any]] = {
    "project_id": PROJECT,
    "fiscal_year": 2026,
    "as_of": "2026-06-30",
    "figure": "spent",
    "value": "400000.00",
    "sum": "400000.00",
    "entries": [
        {
            "sequence": 2,
            "type": "dualwatch.expenditure.recorded.v1",
            "date": "2026-06-01",
            "amount": "400000.00",
            "value": None,
            "line": HOSTILE,
            "document": {"kind": "payment_certificate", "number": HOSTILE, "line": None},
            "note": HOSTILE,
            "late": True,
        }
    ],
    "entries_total": 1,
    "next": None,
    "cut": "2-0",
}
PROJECT_ROW: Final = {
    **ROW,
    "cut": "2-0",
    "successors": ["城/P/2", HOSTILE],
    "assessment": {
        "goal": HOSTILE,
        "execution": {
            "money": MONEY,
            "lines": [LINE],
            "expected_spent": "500000.00",
            "forecast": FORECAST,
        },
        "attainment": {"indicators": []},
        "findings": [FINDING],
        "money_ahead_bp": None,
        "earned_value": EARNED,
        "extended": EXTENDED,
        "standing": STANDING,
    },
}
OVERVIEW: Final[dict[str, Any]] = {
    **{name: ROW[name] for name in ("adjusted_budget", "original_budget", "disbursed", "spent")},
    "position": "2-0",
    "fiscal_year": 2026,
    "as_of": "2026-06-30",
    "projects": 1,
    "execution_rate_bp": 4000,
    "expected_spent": "500000.00",
    "expected_rate_bp": 5000,
    "indicators": 0,
    "judged": 0,
    "attainment_rate_bp": None,
    "findings": 0,
    "incomplete": 0,
    "lights": {"red": 0, "yellow": 0, "green": 1, "blue": 0, "none": 0},
    "quadrants": {"on_track": 0, "money_behind": 0, "results_behind": 0, "both_behind": 0},
    "departments": [{"department": "D1", "projects": 1}],
    "points": [
        {
            "project_id": PROJECT,
            "project_name": HOSTILE,
            "execution_rate_bp": 4000,
            "attainment_rate_bp": 5000,
            "light": "green",
        }
    ],
}
OVERVIEW["forecast"] = {
    "point": "800000.00",
    "low": None,
    "high": None,
    "rate_bp": 8000,
    "carryover": "150000.00",
    "surplus": "50000.00",
}
OVERVIEW.update(
    {
        "group_by": "department",
        "balance": "600000.00",
        "frozen": 0,
        "late_facts": 2,
        "month_spent": ["100000.00", "300000.00"],
        "cells": [],
        "way": [{"code": "D1", "name": HOSTILE, "kind": "department"}],
        "coverage": {
            "registered": 1,
            "with_budget": 1,
            "with_targets": 0,
            "judged": 1,
            "both_judged": 0,
        },
    }
)
OVERVIEW["groups"] = [{**OVERVIEW, "key": HOSTILE}, {**OVERVIEW, "key": None, "forecast": None}]
EXPLANATION: Final[dict[str, Any]] = {
    "areas": ["institution"],
    "reason": "procurement_procedure",
    "objective": True,
    "text": HOSTILE,
    "evidence": [],
}
ALERT: Final[dict[str, Any]] = {
    "alert_id": "a",
    "rule_id": "over_budget",
    "pack": "city",
    "pack_version": "3",
    "project_id": PROJECT,
    "project_name": HOSTILE,
    "department": "D1",
    "lead_unit": HOSTILE,
    "fiscal_year": 2026,
    "occurrence": 2,
    "scope": "finding",
    "severity": "red",
    "aspect": "compliance",
    "article": "10",
    "title_zh": "超预算开支",
    "title_en": "Spending over budget",
    "scope_subject": HOSTILE,
    "state": "open",
    "raised_as_of": "2026-06-30",
    "as_of": "2026-06-30",
    "facts": [{"name": "finding.amount", "value": HOSTILE}],
    "version": 7,
    "muted": "suppressed",
    "work": {
        "acknowledged_by": None,
        "assignee": HOSTILE,
        "comments": 1,
        "explanation": EXPLANATION,
        "explained_by": HOSTILE,
        "explained_on": "2026-06-30",
        "measures": [
            {
                "plan": {"measure": "1", "text": HOSTILE, "owner": HOSTILE, "due": "2026-08-31"},
                "taken": None,
            }
        ],
        "review": {"outcome": "returned", "note": HOSTILE},
        "reviewed_by": HOSTILE,
        "level": "department",
        "closing": None,
    },
}
STEP: Final[dict[str, Any]] = {
    "cursor": 9,
    "version": 7,
    "kind": "commented",
    "by": HOSTILE,
    "date": "2026-06-30",
    "time": "2026-06-30T16:00:00Z",
    "state": "open",
    "severity": "red",
    "detail": {"note": HOSTILE},
    "id": "a.7",
}
RULE: Final[dict[str, Any]] = {
    "rule_id": "over_budget",
    "pack": "city",
    "pack_version": "3",
    "scope": "finding",
    "aspect": "compliance",
    "article": "10",
    "title_zh": "超预算开支",
    "title_en": "Spending over budget",
    "basis": HOSTILE,
    "basis_zh": f"判定依据{HOSTILE}",
    "hold_when": None,
    "when": HOSTILE,
    "info_when": None,
    "red_when": None,
    "severity": "red",
    "suggests": ["disbursement_stopped"],
    "layers": [HOSTILE],
    "parameters": [
        {
            "name": "limit",
            "value": 5,
            "unit": "bp",
            "meaning_zh": HOSTILE,
            "meaning_en": HOSTILE,
            "stricter": "lower",
            "layer": "city@4",
        }
    ],
}
SUPPRESSION: Final[dict[str, Any]] = {
    "suppression_id": "s",
    "matcher": {"rule": HOSTILE, "aspect": None},
    "reason": HOSTILE,
    "note": "",
    "author": HOSTILE,
    "from": "2026-06-01",
    "until": "2026-07-31",
    "state": "active",
}
SUBSCRIPTION: Final[dict[str, Any]] = {
    "subscription_id": "w",
    "name": HOSTILE,
    "channel": "webhook",
    "address": HOSTILE,
    "state": "disabled",
    "reason": HOSTILE,
    "cursor": 12,
    "attempts_failed": 3,
}
DELIVERY: Final[dict[str, Any]] = {
    "delivery_id": "d",
    "kind": "event",
    "status": "failed",
    "note": HOSTILE,
    "updated": "2026-06-30T16:00:00Z",
    "tries": 2,
    "attempts": [{"status": 500, "error": HOSTILE, "duration_ms": 12}],
}
ME: Final[dict[str, Any]] = {
    "id": "me",
    "permissions": ["dispose", "read", "review", "suppress", "work"],
}
EVENT: Final = '{"data":{"date":"2026-06-30","amount":"5.00","line":"<b>"}}'
MONTH: Final = {
    "month": 1,
    "end": "2026-01-31",
    "complete": True,
    "expected_spent": None,
    "adjusted_budget": "1000000.00",
    "disbursed": "0.00",
    "spent": "0.00",
}
JURISDICTION: Final = {
    "jurisdiction": "城",
    "name": HOSTILE,
    "currency": "CNY",
    "time_zone": "Asia/Shanghai",
    "today": "2026-06-30",
    "publishers": {HOSTILE: "2026-06-01", "fresh": "2026-06-30"},
    "voucher_dates": {"fresh": "2026-06-26"},
    "publishers_silent": {HOSTILE: 20, "fresh": 0},
    "silent_publisher_days": 5,
}

RANKING: Final[dict[str, Any]] = {
    "position": "2-0",
    "as_of": "2026-06-30",
    "by": "execution_rate_bp",
    "level": "project",
    "order": "asc",
    "items": [
        {
            "rank": 1,
            "ties": 1,
            "key": PROJECT,
            "name": HOSTILE,
            "value": 4000,
            "projects": 1,
            "adjusted_budget": "1000000.00",
            "spent": "400000.00",
            "execution_rate_bp": 4000,
            "attainment_rate_bp": None,
        }
    ],
    "ranked": 2,
    "unranked": 1,
    "next": 50,
}
WHY_SUM: Final[dict[str, Any]] = {
    "position": "2-0",
    "as_of": "2026-06-30",
    "figure": "spent",
    "value": "400000.00",
    "projects": 1,
    "items": [
        {
            "project_id": PROJECT,
            "project_name": HOSTILE,
            "amount": "400000.00",
            "lines": [HOSTILE],
        }
    ],
    "next": "more",
}
DAYS: Final[dict[str, Any]] = {
    "today": "2026-06-30",
    "items": ["2026-06-28", "2026-06-29", "2026-06-30"],
    "left": 0,
}

Answer = httpx.Response | Exception | Mapping[str, Any]


def ledger(_request: httpx.Request) -> httpx.Response:
    """Answer with a page of two entries."""
    entries = [
        f'{{"sequence":{n},"recorded":"2026-06-30T16:00:00Z","hash":"h",'
        f'"type":"dualwatch.expenditure.recorded.v1","event":{EVENT}}}'
        for n in (1, 2)
    ]
    return httpx.Response(200, content=f'{{"items":[{",".join(entries)}],"next":null}}')


@dataclass
class FakeServices:
    """Answers by service and path; what is not set answers well."""

    answers: dict[str, Answer | Callable[[httpx.Request], httpx.Response]] = field(
        default_factory=lambda: {
            "analysis/v1/jurisdictions": {"items": [JURISDICTION]},
            "analysis/v1/overview": OVERVIEW,
            "analysis/v1/days": DAYS,
            "analysis/v1/ranking": RANKING,
            "analysis/v1/why/spent": WHY_SUM,
            "analysis/v1/projects": {"items": [ROW], "next": "more+/=", "total": 30},
            "analysis/v1/projects/城/P/1": PROJECT_ROW,
            "analysis/v1/projects/城/P/1/months": {"items": [MONTH] * 12},
            "analysis/v1/projects/城/P/1/years": {"items": [ROW, {**ROW, "fiscal_year": 2025}]},
            "analysis/v1/projects/城/P/1/extended": WORK,
            "analysis/v1/projects/城/P/1/why/spent": WHY,
            "alerts/v1/alerts": {
                "items": [ALERT],
                "next": None,
                "counts": {"red": 1, "yellow": 0, "info": 0},
            },
            "alerts/v1/alerts/a": ALERT,
            "alerts/v1/alerts/a/history": {"items": [STEP], "next": None},
            "alerts/v1/tasks": {"counts": {"assigned": 3, "to_explain": 1}, "items": []},
            "alerts/v1/filters": {"items": [{"name": HOSTILE, "query": {"severity": "red"}}]},
            "alerts/v1/rules": {
                "items": [RULE],
                "ignored": [{"rule": "x"}],
                "next": None,
            },
            "alerts/v1/rules/over_budget": RULE,
            "alerts/v1/dispositions": {"items": [], "next": None},
            "alerts/v1/suppressions": {"items": [SUPPRESSION], "next": None},
            "alerts/v1/subscriptions": {"items": [SUBSCRIPTION], "next": None},
            "alerts/v1/subscriptions/w": SUBSCRIPTION,
            "alerts/v1/subscriptions/w/deliveries": {"items": [DELIVERY], "next": None},
            "intake/v1/me": ME,
            "intake/v1/ledger/城/P/1": ledger,
            "reporting/v1/organisations": {"names": {"D1": HOSTILE}},
            "reporting/v1/forms/城/P/1": httpx.Response(
                200,
                content=b"PK",
                headers={"content-type": "application/x", "content-disposition": "attachment"},
            ),
        }
    )
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Be a transport's handler."""
        self.requests.append(request)
        answer = self.answers.get(f"{request.url.host}{request.url.path}")
        if answer is None:
            problem = {"code": "unknown_project", "detail": "There is none."}
            return httpx.Response(404, json=problem)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return httpx.Response(
                answer.status_code, content=answer.content, headers=answer.headers
            )
        return answer(request) if callable(answer) else httpx.Response(200, json=answer)

    def away(self, service: str) -> None:
        """Let a service not answer."""
        for name in self.answers:
            if name.startswith(f"{service}/"):
                self.answers[name] = httpx.ConnectError("refused")


@asynccontextmanager
async def console(fake: FakeServices, host: str = "127.0.0.1") -> AsyncIterator[httpx.AsyncClient]:
    """Give a browser without JavaScript, looking at the console."""
    service = HttpService(ConsoleSettings(key="k" * 20), "console", "1")
    names = ("intake", "analysis", "alerts", "reporting")
    services = Services(
        {name: f"http://{name}" for name in names}, "k", 5, httpx.MockTransport(fake)
    )
    pages.install(service.app, services)
    service.app.add_middleware(GuardMiddleware, loopback_only=True)
    transport = httpx.ASGITransport(app=service.app)
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}:8100") as client:
        yield client
    await services.close()
