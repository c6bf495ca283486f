"""Reporting's answers from memory: a campaign, a form on its way, a department's report."""

from typing import Any, Final

from tests.unit.console.fake_services import HOSTILE, FakeServices

CAMPAIGN_KEY: Final = "城/2026-07"
FORM_ID: Final = f"{CAMPAIGN_KEY}/form/P/1"
REPORT_ID: Final = f"{CAMPAIGN_KEY}/report/D1"
FORM_PAGE: Final = "/papers/%E5%9F%8E%2F2026-07%2Fform%2FP%2F1"
REPORT_PAGE: Final = "/papers/%E5%9F%8E%2F2026-07%2Freport%2FD1"
CAMPAIGN_PAGE: Final = "/campaigns/%E5%9F%8E%2F2026-07"
INDICATOR: Final = "I~1/x"
"""An id whose slash and tilde a JSON pointer escapes."""
AT: Final = "/indicators/I~01~1x"
SCAN: Final = {"sha256": "a" * 64, "name": "盖章.pdf", "media_type": "application/pdf", "bytes": 9}

CAMPAIGN: Final[dict[str, Any]] = {
    "key": CAMPAIGN_KEY,
    "jurisdiction": "城",
    "id": "2026-07",
    "name": HOSTILE,
    "fiscal_year": 2026,
    "period_from": "2026-01-01",
    "cut_off": "2026-06-30",
    "dues": {"unit": "2026-07-20", "department": "2026-07-31", "bureau": "2026-08-31"},
    "by": "pd",
    "scope": {"kind": "all"},
    "layout": "city",
    "evidence_required": True,
    "priority_only": False,
    "template": None,
    "state": "open",
    "cut": "7-0",
    "opened_on": "2026-07-01",
    "closed_on": None,
    "forms": 2,
    "reports": 1,
    "version": 3,
    "opening": None,
}
ROW: Final[dict[str, Any]] = {
    "asked": 2,
    "by_state": {"filling": 1, "accepted": 1},
    "accepted": 1,
    "late": 1,
    "overdue": 1,
    "missing": 1,
    "coverage_bp": 5000,
}
BOARD: Final[dict[str, Any]] = {
    "totals": ROW,
    "departments": [
        {
            **ROW,
            "department": "D1",
            "department_name": None,
            "units": [{**ROW, "unit": "U1", "unit_name": HOSTILE}],
            "report": {**ROW, "asked": 1, "by_state": {"filling": 0, "counterpart_review": 1}},
        }
    ],
}
FUNDING: Final[dict[str, Any]] = {
    "label": "年度资金总额",
    "level": 0,
    "key": "total",
    "original_budget": "900000.00",
    "adjusted_budget": "1000000.00",
    "spent": "400000.00",
    "execution_rate_bp": 4000,
    "declared_spent": None,
    "foreseen_spent": "800000.00",
    "own_funds": False,
}
OWN: Final[dict[str, Any]] = {
    **FUNDING,
    "label": HOSTILE,
    "level": 1,
    "key": "L9",
    "own_funds": True,
    "foreseen_spent": None,
}
INDICATOR_ROW: Final[dict[str, Any]] = {
    "level_1": "产出指标",
    "level_2": "数量指标",
    "level_3": HOSTILE,
    "target": "≥100 个",
    "actual": "40",
    "attainment_bp": 4000,
    "light": "red",
    "cause_required": True,
    "indicator": INDICATOR,
    "unit": "个",
    "declared_result": None,
    "expected_result": "90 个",
    "foreseen_result": "85",
    "areas": ["funding"],
    "reason_type": "other",
    "reason": HOSTILE,
    "possibility": "possible",
    "foreseen_possibility": "impossible",
    "probability_bp": 1200,
    "measure": "",
    "evidence": ["合同.pdf"],
}
FORM: Final[dict[str, Any]] = {
    "project_id": "城/P/1",
    "period": "1-6月",
    "goal": HOSTILE,
    "funding": [FUNDING, OWN],
    "indicators": [INDICATOR_ROW],
    "execution_light": "yellow",
    "execution_cause_required": True,
    "execution_cause": {"areas": [], "reason_type": None, "reason": "", "measure": ""},
    "carryover": "1.00",
    "surplus": None,
    "foreseen_carryover": "150000.00",
    "foreseen_surplus": "50000.00",
    "remarks": "",
    "contact": {"filled_by": "王", "phone": "", "head": "", "filled_on": None},
    "alerts": [
        {
            "alert_id": "a",
            "rule_id": "over_budget",
            "title_zh": HOSTILE,
            "severity": "red",
            "state": "open",
            "as_of": "2026-06-30",
        }
    ],
    "cut": "7-0",
    "template": "annex1-city-1",
    "release": "1",
}
PAPER: Final[dict[str, Any]] = {
    "id": FORM_ID,
    "kind": "form",
    "jurisdiction": "城",
    "campaign": CAMPAIGN_KEY,
    "campaign_id": "2026-07",
    "campaign_name": HOSTILE,
    "campaign_open": True,
    "fiscal_year": 2026,
    "due": "2026-07-20",
    "project": "城/P/1",
    "project_name": HOSTILE,
    "unit": "U1",
    "unit_name": HOSTILE,
    "department": "D1",
    "department_name": None,
    "state": "filling",
    "version": 5,
    "edition": 1,
    "light": "red",
    "assignee": None,
    "submitted_by": "uf",
    "submitted_on": "2026-07-19",
    "late": False,
    "overdue": True,
    "entered": False,
    "returned": [{"field": f"{AT}/reason", "reason": f"不充分{HOSTILE}"}],
    "disputes": [
        {
            "field": "/funding/total/spent",
            "reason": HOSTILE,
            "by": "uf",
            "on": "2026-07-10",
            "answer": None,
            "corrected": None,
        }
    ],
    "seals": [{"edition": 1, "sha256": "b" * 64, "scan": "a" * 64, "by": "uf", "on": "2026-07-19"}],
    "waits_for": ["unit_filler"],
    "yours": ["draft", "submit", "delegate", "dispute", "enter", "seal", "settle"],
    "draft": {
        "/carryover": {"value": "1.00", "version": 2, "by": "uf", "at": "2026-07-10T00:00:00Z"},
        f"{AT}/areas": {"value": ["funding"], "version": 1, "by": "uf", "at": ""},
        f"{AT}/possibility": {"value": "possible", "version": 1, "by": "uf", "at": ""},
        f"{AT}/result": {
            "value": {"value_text": HOSTILE, "grade": "met"},
            "version": 4,
            "by": "uf",
            "at": "",
        },
        f"{AT}/evidence": {
            "value": [{**SCAN, "name": HOSTILE}],
            "version": 1,
            "by": "uf",
            "at": "",
        },
    },
    "gaps": [
        {
            "pointer": f"{AT}/measure",
            "code": "measure_missing",
            "text": "Say.",
            "text_zh": "请填备注",
        },
        {"pointer": "/nowhere/at/all", "code": "x", "text": "Else", "text_zh": "其他缺项"},
    ],
    "differences": [
        {
            "pointer": f"{AT}/possibility",
            "large": True,
            "text": "far",
            "text_zh": f"相差两级{HOSTILE}",
        }
    ],
    "withdrawals": [
        {
            "pointer": f"{AT}/result",
            "text": "cleared",
            "text_zh": f"已清空,提交时撤回{HOSTILE}",
        }
    ],
    "form": FORM,
    "report": None,
}
REVIEWED: Final[dict[str, Any]] = {
    **PAPER,
    "state": "department_review",
    "edition": 2,
    "yours": ["approve", "return"],
}
EARLIER: Final[dict[str, Any]] = {
    "edition": 1,
    "form": {**FORM, "carryover": "2.00", "funding": [{**FUNDING, "spent": 39_000_000}, OWN]},
}
MONEY_ROW: Final[dict[str, Any]] = {
    "key": "general_public",
    "label": HOSTILE,
    "adjusted": "1000000.00",
    "spent": "400000.00",
    "rate_bp": 4000,
    "foreseen_spent": "800000.00",
    "declared": 1,
    "declared_spent": "790000.00",
}
REPORT: Final[dict[str, Any]] = {
    "total": MONEY_ROW,
    "accounts": [MONEY_ROW],
    "kinds": [
        {
            "key": "progress",
            "label": "数量指标",
            "indicators": 3,
            "judged": 2,
            "met": 1,
            "mean_bp": 5000,
        }
    ],
    "lights": {"red": 1},
    "causes": [
        {
            "project": "城/P/1",
            "project_name": HOSTILE,
            "indicator": None,
            "areas": ["funding"],
            "reason": HOSTILE,
        }
    ],
    "sections": [
        {"key": "organisation", "title": "一、工作开展情况", "text": HOSTILE, "edited": False}
    ],
    "cut": "7-0",
    "template": "annex2-city-1",
    "release": "1",
}
REPORT_PAPER: Final[dict[str, Any]] = {
    **PAPER,
    "id": REPORT_ID,
    "kind": "report",
    "project": None,
    "project_name": None,
    "unit": None,
    "unit_name": None,
    "draft": {},
    "returned": [{"field": "/", "reason": HOSTILE}],
    "disputes": [],
    "differences": [],
    "gaps": [
        {"pointer": "/sections/missing_forms", "code": "x", "text": "why", "text_zh": "请说明未报"}
    ],
    "yours": ["draft", "submit"],
    "form": None,
    "report": REPORT,
}
HAPPENED: Final[dict[str, Any]] = {
    "version": 4,
    "kind": "returned",
    "by": HOSTILE,
    "date": "2026-07-20",
    "note": HOSTILE,
    "state": "filling",
    "edition": 1,
    "reasons": [{"field": "/remarks", "reason": HOSTILE}],
    "received_on": "2026-07-18",
}


TEMPLATES: Final = [
    {"file": "annex1-city-2.yaml", "kind": "form", "id": "annex1-city-2"},
    {"file": "annex1-own.yaml", "kind": "form", "id": "annex1-own+1f0a93c2"},
    {"file": "report-city-1.yaml", "kind": "report", "id": "report-city-1"},
]


def reporting() -> FakeServices:
    """Give services that answer well, reporting among them."""
    fake = FakeServices()
    me = {
        "id": "me",
        "roles": ["performance_division"],
        "permissions": ["approve", "campaign", "fill", "read"],
    }
    campaign, form, report = (
        f"reporting/v1/campaigns/{CAMPAIGN_KEY}",
        f"reporting/v1/papers/{FORM_ID}",
        f"reporting/v1/papers/{REPORT_ID}",
    )
    fake.answers |= {
        "intake/v1/me": me,
        "reporting/v1/campaigns": {"items": [CAMPAIGN]},
        "reporting/v1/templates": {"items": TEMPLATES, "faults": 0, "next": None},
        campaign: CAMPAIGN,
        f"{campaign}/board": BOARD,
        "reporting/v1/papers": {"items": [PAPER, REPORT_PAPER], "next": "more"},
        form: PAPER,
        f"{form}/editions/1": EARLIER,
        f"{form}/history": {"items": [HAPPENED, {"kind": "submitted", "by": "uf", "date": "x"}]},
        report: REPORT_PAPER,
        "reporting/v1/downloads/d": {
            "download_id": "d",
            "state": "making",
            "done": 3,
            "total": 10,
        },
    }
    return fake
