"""Intake's and reporting's answers for the data desk, from memory and hostile."""

import base64
import json
from typing import Any, Final

from tests.unit.console.fake_services import HOSTILE, JURISDICTION, FakeServices

ENTRY_ID: Final = "a" * 32
FILE_ID: Final = "f" * 32
ENTRY_PAGE: Final = f"/data/quarantine/{ENTRY_ID}"
FILE_PAGE: Final = f"/data/files/{FILE_ID}"
BATCH_ID: Final = "c" * 32
BATCH_PAGE: Final = f"/data/batches/{BATCH_ID}"
PUBLISHER_PAGE: Final = "/data/publishers/treasury"
SECRET: Final = "dw_0123456789abcdef_very-secret"
DESK: Final = (
    "files",
    "keys",
    "position",
    "publish",
    "quarantine",
    "read",
    "release",
    "settle",
)
SENT: Final = json.dumps(
    {"id": "p-1", "data": {"amount": "12.5", "payee": HOSTILE}}, ensure_ascii=False
)
PROBLEM: Final[dict[str, Any]] = {
    "status": 422,
    "code": "invalid_value",
    "title": "A field has a wrong value",
    "title_zh": "字段值有误",
    "detail": f"/data/amount: wrong {HOSTILE}",
    "detail_zh": f"/data/amount:金额有误{HOSTILE}",
    "hint": "Write two places.",
    "hint_zh": "写两位小数。",
    "pointer": "/data/amount",
    "field": "amount",
    "field_zh": "金额",
    "meaning": HOSTILE,
}
LISTED: Final[dict[str, Any]] = {
    "id": ENTRY_ID,
    "reason": "invalid",
    "code": "invalid_value",
    "problem": PROBLEM,
    "publisher": HOSTILE,
    "door": "http",
    "receipt": "b" * 32,
    "index": 0,
    "size": len(SENT),
    "first_seen": "2026-06-30T01:02:03.456000Z",
    "last_seen": "2026-06-30T01:02:03.456000Z",
    "times": 2,
    "state": "open",
    "jurisdiction": "城",
    "subject": HOSTILE,
    "stated": "dualwatch.expenditure.recorded.v1",
    "fixed": False,
    "entry": None,
}
ENTRY: Final[dict[str, Any]] = {
    **LISTED,
    "original": SENT,
    "original_base64": base64.b64encode(SENT.encode()).decode(),
    "cut": False,
    "edited": None,
    "diff": [],
    "history": [{"at": "2026-06-30T02:00:00Z", "by": HOSTILE, "did": "fixed", "note": HOSTILE}],
}
BATCH: Final[dict[str, Any]] = {
    "id": BATCH_ID,
    "jurisdiction": "城",
    "fiscal_year": 2026,
    "kind": "virement",
    "batch_number": HOSTILE,
    "state": "unbalanced",
    "amount_in": "0.40",
    "amount_out": "1234567.00",
    "difference": "-1234566.60",
    "since": "2026-06-29",
    "sides": 1_002,
    "publishers": [HOSTILE, "budget"],
}
SIDE: Final[dict[str, Any]] = {
    "project": "城/P/1",
    "sequence": 4,
    "direction": "out",
    "amount": "1234567.00",
    "line": HOSTILE,
    "date": "2026-06-29",
    "opened": None,
    "publisher": HOSTILE,
}
COUNTS: Final[dict[str, Any]] = {
    "items": [
        {
            "reason": reason,
            "entries": 1_200,
            "oldest": "2026-05-01T00:00:00Z",
            "older_than_day": 3,
            "older_than_week": 2,
            "older_than_month": 0,
        }
        for reason in ("invalid", "conflict")
    ],
    "total": 2_400,
}
MAPPED: Final = {
    "type": "dualwatch.expenditure.recorded.v1",
    "subject": HOSTILE,
    "data": {"date": "2026-03-05", "amount": "12345678.00", "document": {"number": HOSTILE}},
}
FILE: Final[dict[str, Any]] = {
    "id": FILE_ID,
    "name": HOSTILE,
    "preset": "payment-vouchers",
    "jurisdiction": "城",
    "state": "ready",
    "sha256": "c" * 64,
    "bytes": 764,
    "uploaded": "2026-06-30T04:16:32.836000+00:00",
    "rows": {"events": 5, "rejected": 25, "passed": 1},
    "counts": {"sent": 0, "accepted": 0, "duplicate": 0, "quarantined": 0, "pending": 5},
    "position": None,
    "refused": [],
    "preview": {
        "heading": ["支付凭证号", "金额(万元)", HOSTILE],
        "unit": "万元",
        "events": [{"line": 4, "event": json.dumps(MAPPED, ensure_ascii=False)}],
        "rejects": [
            {
                "sheet": None,
                "line": 8,
                "column": HOSTILE,
                "value": HOSTILE,
                "code": "no_rule",
                "reason": HOSTILE,
                "reason_zh": HOSTILE,
            }
        ],
        "passed": [{"reason": "a total", "reason_zh": "合计行", "rows": 1}],
    },
}
PRESET: Final[dict[str, Any]] = {
    "preset": "payment-vouchers",
    "version": 1,
    "title": "Payment vouchers",
    "title_zh": "支付凭证",
    "source": "PAY_VOUCHER",
    "template": "/v1/files/templates/payment-vouchers",
    "columns": [
        {"name": "支付凭证号", "required": True, "national": "PAY.pay_cert_no", "aliases": []},
        {"name": "实际支付金额", "required": True, "national": None, "aliases": ["金额"]},
        {"name": "支付日期", "required": True, "national": None, "aliases": []},
    ],
}
PRINCIPAL: Final[dict[str, Any]] = {
    "id": "treasury",
    "kind": "publisher",
    "name": HOSTILE,
    "roles": ["publisher"],
    "jurisdictions": ["城"],
    "organisations": [],
    "within_total": 0,
    "topic": "publish.treasury",
    "created": "2026-06-01T00:00:00Z",
    "revoked": None,
    "keys": [
        {
            "key_id": f"{number:016x}",
            "created": f"2026-06-0{number}T00:00:00Z",
            "expires": "2026-06-09T00:00:00Z" if number == 1 else None,
            "revoked": None,
            "last_used": "2026-06-30T03:00:00Z",
        }
        for number in (1, 2)
    ],
}
GIVEN: Final = {"principal": PRINCIPAL, "key_id": "3" * 16, "key": SECRET, "spread": False}
PAPER: Final[dict[str, Any]] = {
    "id": "城/2026-07/form/P1",
    "kind": "form",
    "jurisdiction": "城",
    "campaign_name": HOSTILE,
    "project": "P1",
    "project_name": HOSTILE,
    "unit_name": HOSTILE,
    "department_name": None,
    "state": "filling",
    "version": 4,
    "yours": ["settle"],
    "disputes": [
        {
            "field": "/funding/total/spent",
            "reason": HOSTILE,
            "by": HOSTILE,
            "on": "2026-07-02",
            "answer": None,
        },
        {"field": "/carryover", "reason": "x", "by": "u", "on": "2026-07-01", "answer": "done"},
    ],
}
RECEIPT: Final[dict[str, Any]] = {
    "receipt": "b" * 32,
    "results": [
        {
            "index": 0,
            "id": HOSTILE,
            "verdict": "accepted",
            "partition": 2,
            "sequence": 1,
            "position": 9,
            "quarantine": None,
            "problem": None,
        },
        {
            "index": 1,
            "id": None,
            "verdict": "invalid",
            "partition": None,
            "sequence": None,
            "position": None,
            "quarantine": ENTRY_ID,
            "problem": PROBLEM,
        },
    ],
    "counts": {"sent": 2, "accepted": 1, "duplicate": 0, "quarantined": 1, "pending": 0},
    "position": "2-9",
}


def desk(*permissions: str) -> FakeServices:
    """Give services that answer somebody of the data desk, or of what is said."""
    fake = FakeServices()
    known = {
        **JURISDICTION,
        "publishers": {"treasury": "2026-06-29", HOSTILE: "2026-06-01"},
        "publishers_silent": {"treasury": 1, HOSTILE: 20},
    }
    fake.answers |= {
        "analysis/v1/jurisdictions": {"items": [known]},
        "intake/v1/me": {"id": "me", "permissions": list(permissions or DESK)},
        "intake/v1/quarantine": {"items": [LISTED], "next": ENTRY_ID},
        "intake/v1/quarantine/counts": COUNTS,
        "intake/v1/quarantine/bulk": {
            "act": "release",
            "matched": 250,
            "dry_run": True,
            "codes": {"invalid_value": 240, HOSTILE: 10},
        },
        f"intake/v1/quarantine/{ENTRY_ID}": ENTRY,
        "intake/v1/adjustment-batches": {
            "items": [BATCH],
            "next": f"2026-06-29.{BATCH_ID}",
            "settled": "2026-06-30",
            "behind": 3,
        },
        "intake/v1/adjustment-batches/counts": {
            "items": [{"kind": "virement", "batches": 1}],
            "total": 1,
        },
        f"intake/v1/adjustment-batches/{BATCH_ID}": BATCH,
        f"intake/v1/adjustment-batches/{BATCH_ID}/sides": {
            "items": [SIDE],
            "next": "4.城/P/1",
        },
        "intake/v1/files": {"items": [FILE]},
        f"intake/v1/files/{FILE_ID}": FILE,
        "intake/v1/files/presets": {"items": [PRESET]},
        "intake/v1/principals": {
            "items": [PRINCIPAL, {**PRINCIPAL, "id": "li", "kind": "staff"}],
            "next": None,
        },
        "intake/v1/principals/treasury": PRINCIPAL,
        f"intake/v1/receipts/{'b' * 32}": RECEIPT,
        "reporting/v1/papers": {"items": [PAPER], "next": None},
    }
    return fake
