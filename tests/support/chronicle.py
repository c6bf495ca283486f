"""Projects that everything happens to: each kind of fact that intake takes in, in order.

Plain dictionaries, no code of Dualwatch. A project's facts come from one publisher in this order,
so that the numbers of its entries are known: a correction can name one.
"""

import hashlib
from collections.abc import Iterator
from typing import Any, Final

SOURCE: Final = "urn:example:chronicle"
YEAR: Final = 2026
TIME: Final = "2026-01-05T09:00:00+08:00"
UNIT, DEPARTMENT, DIVISION, CLOSED = "U9", "D9", "B9", "U8"
CLASSES: Final = ("recurrent", "procurement", "construction", "subsidy", "one_off")
PACK: Final = "pack: chronicle\nversion: 1\n"
DECISION: Final = {"body": "市财政局", "number": "市财绩〔2026〕1号"}

FIRST_OF_MONEY: Final = 5
"""Entry of a project's first payment."""

Event = dict[str, Any]


def events(jurisdiction: str, projects: int) -> Iterator[Event]:
    """Yield the jurisdiction's facts, then those of so many projects, each in its order."""
    yield from (
        _event(thing, jurisdiction, f"{jurisdiction}-all-{number}", data)
        for number, (thing, data) in enumerate(_of_jurisdiction(projects))
    )
    for number in range(projects):
        subject = f"{jurisdiction}/{code(number)}"
        for place, (thing, data) in enumerate(_of_project(jurisdiction, number)):
            yield _event(thing, subject, f"{subject}-{place}", data)


def code(number: int) -> str:
    """Name a project."""
    return f"C{number:04d}"


def _event(thing: str, subject: str, name: str, data: Event) -> Event:
    kind, _, version = thing.partition("@")
    return {
        "specversion": "1.0",
        "id": f"chronicle-{name}",
        "source": SOURCE,
        "type": f"dualwatch.{kind}.v{version or 1}",
        "subject": subject,
        "time": TIME,
        "data": data,
    }


def _of_jurisdiction(projects: int) -> Iterator[tuple[str, Event]]:
    """Organisations first: projects name them."""
    day = "2026-01-01"
    for organisation, kind, parent in (
        (DIVISION, "bureau_division", None),
        (DEPARTMENT, "department", None),
        (UNIT, "unit", DEPARTMENT),
        (CLOSED, "unit", DEPARTMENT),
    ):
        data = {"date": day, "organisation": organisation, "name": organisation, "kind": kind}
        yield "organisation.registered", data | ({"parent": parent} if parent else {})
    moved = {"date": "2026-03-02", "organisation": DEPARTMENT, "counterpart_division": DIVISION}
    yield "organisation.moved", moved
    yield "organisation.closed", {"date": "2026-05-06", "organisation": CLOSED,
                                  "successors": [UNIT]}  # fmt: skip
    yield "calendar.published", {"date": day, "year": YEAR, "days_off": ["2026-05-01"],
                                 "working_days": ["2026-05-09"]}  # fmt: skip
    parameters = {
        "undistributed_judged_from": "06-01", "split_limit": "60000.00",
        "duplicate_from": "12000.00", "round_from": "200000.00", "round_to": "100000.00",
    }  # fmt: skip
    yield "monitoring_parameters.published", {"date": day, **parameters}
    yield "monitoring_parameters.published@2", {
        "date": "2026-05-11", "effective_from": "2026-05-12", **parameters,
        "surplus_after_years": 3, "monitoring_cut_offs": ["03-31", "06-30"],
    }  # fmt: skip
    table = [400, 1_100, 2_300, 3_200, 4_400, 5_600, 6_500, 7_400, 8_200, 8_900, 9_500, 10_000]
    yield "progress_standard.published", {"date": day, "fiscal_year": YEAR, "standard": "TABLE",
                                          "months_bp": table}  # fmt: skip
    profile = [0, 100, 400, 900, 1_800, 3_000, 4_400, 5_900, 7_300, 8_500, 9_400, 10_000]
    yield "progress_standard.published", {
        "date": day, "fiscal_year": YEAR, "standard": "WORKS", "project_class": "construction",
        "months_bp": profile,
    }  # fmt: skip
    low = [-2_000 + 150 * month for month in range(12)]
    shared = {"low_bp": low, "high_bp": [-one // 2 for one in low], "wape_bp": 700,
              "coverage_bp": 8_100, "project_years": 60}  # fmt: skip
    yield "forecast_model.published", {
        "date": day, "model": "M-2025", "years": [2023, 2024, 2025],
        "classes": [
            {"project_class": "construction", "method": "seasonal_share", "seasonal_bp": profile,
             **shared},
            {"project_class": "procurement", "method": "committed", **shared},
            {"method": "plan_following", **shared},
        ],
    }  # fmt: skip
    listed = [{"project": code(number), "reason": "重大项目"} for number in range(0, projects, 3)]
    yield "priority_list.published", {"date": "2026-02-10", "fiscal_year": YEAR,
                                      "priority_list": "P1", "kind": "bureau",
                                      "projects": listed, "decision": DECISION}  # fmt: skip
    yield "priority_list.published", {"date": "2026-02-11", "fiscal_year": YEAR,
                                      "priority_list": "P2", "kind": "department",
                                      "organisation": DEPARTMENT,
                                      "projects": listed[:1]}  # fmt: skip
    yield "fiscal_year.closed", {"date": "2026-03-20", "fiscal_year": YEAR - 1}
    yield "rule_pack.published", {"date": "2026-03-02", "pack": "chronicle", "version": 1,
                                  "organisation": DEPARTMENT, "content": PACK,
                                  "sha256": hashlib.sha256(PACK.encode()).hexdigest()}  # fmt: skip


def _of_project(jurisdiction: str, number: int) -> Iterator[tuple[str, Event]]:
    year, base = {"fiscal_year": YEAR}, 10_000_000_00 + number * 370_000
    first, second, third = (f"K{number}-{place}" for place in (1, 2, 3))
    # Entries 1 to 4: a project and its three lines.
    yield "project.registered", {
        "date": "2026-01-02", "name": f"纪事项目{number}", "lead_unit": UNIT,
        "department": DEPARTMENT, "project_class": CLASSES[number % len(CLASSES)],
        "new_this_year": number % 2 == 0, "start_year": YEAR, "end_year": YEAR + 1,
        "control_mode": "allotment_and_plan" if number % 4 == 0 else "allotment",
    }  # fmt: skip
    codes = {"function": "2050299", "government_economic": "50299", "fund_type": "111"}
    line = {**year, "date": "2026-01-05", "account": "general_public", "unit": UNIT}
    yield "budget.approved", {**line, "line": first, "amount": wire(base),
                              "classification": codes}  # fmt: skip
    yield "budget.approved", {**line, "line": second, "amount": wire(base // 2),
                              "channel": "allocation", "account": "government_funds"}  # fmt: skip
    yield "budget.approved", {**line, "line": third, "amount": wire(base // 5),
                              "undistributed": True}  # fmt: skip
    rest = [
        *_money(number, base, first, second),
        *_results(number),
        *_work(jurisdiction, number, first),
        *_plans(number, base, first, second),
        *_stops(jurisdiction, number, first),
        *_while_stopped(number, base, first, second),
        *_carried(number, base),
    ]
    yield from rest
    entries = {
        (thing.partition("@")[0], data["date"]): entry
        for entry, (thing, data) in enumerate(rest, FIRST_OF_MONEY)
    }
    yield from _taken_back(number, entries)


def _money(number: int, base: int, first: str, second: str) -> Iterator[tuple[str, Event]]:
    """Entries 5 and on; the fifth and the sixth are payments."""
    year, codes = {"fiscal_year": YEAR}, {"function": "2050299", "government_economic": "50299"}
    paid = base // 9
    for place, day in enumerate(("2026-02-10", "2026-03-11")):
        yield "expenditure.recorded", {
            **year, "date": day, "amount": wire(paid + place), "line": first,
            "classification": codes, "contract": f"HT{number}" if place else f"HT{number}-0",
            "document": {"kind": "payment_certificate", "number": f"CZ{number}-{place}"},
        }  # fmt: skip
    yield "fact.corrected", {**year, "date": "2026-04-02", "entry": 5, "line": second,
                             "reason": "列错资金行"}  # fmt: skip
    yield "fact.corrected", {**year, "date": "2026-04-20", "entry": 6,
                             "classification": {"function": "2080101"},
                             "reason": "列错功能分类"}  # fmt: skip
    if number % 3 == 0:
        yield "fact.corrected", {**year, "date": "2026-05-06", "entry": 5, "line": first,
                                 "reason": "更正有误,恢复原资金行"}  # fmt: skip
    yield "commitment.recorded", {
        **year, "date": "2026-02-01", "amount": wire(base // 2), "contract": f"HT{number}",
        **({"line": first} if number % 2 else {}),
        "schedule": [{"due": due, "amount": wire(base // 6)}
                     for due in ("2026-03-31", "2026-06-15", "2026-10-31")],
    }  # fmt: skip
    if number % 3 == 1:
        yield "commitment.recorded", {**year, "date": "2026-05-20", "amount": wire(base // 10),
                                      "contract": f"HT{number}", "released": True,
                                      **({"line": first} if number % 2 else {})}  # fmt: skip
    if number % 4 < 2:
        yield "spending_plan.approved", {
            **year, "date": "2026-01-10", "plan": f"JH{number}",
            **({"line": first} if number % 4 else {}),
            "periods": [_month(month, base // 12) for month in range(1, 13)],
        }  # fmt: skip
    yield "funds.disbursed", {**year, "date": "2026-02-03", "amount": wire(base // 4),
                              "line": second}  # fmt: skip
    yield "funds.returned", {**year, "date": "2026-05-12", "amount": wire(base // 20),
                             "line": second, "reason": "多拨缴回"}  # fmt: skip
    yield "payment.requested", {**year, "date": "2026-03-01", "amount": wire(base // 8),
                                "line": first}  # fmt: skip
    yield "carryover.registered", {
        **year, "date": "2026-01-20", "from_year": YEAR - 1, "line": f"K{number}-4",
        "amount": wire(base // 10), "account": "general_public", "unit": UNIT,
    }  # fmt: skip
    yield "balance.recovered", {**year, "date": "2026-06-02", "line": f"K{number}-4",
                                "amount": wire(base // 40)}  # fmt: skip
    yield "budget.adjusted", {**year, "date": "2026-05-15", "line": first,
                              "adjustment_kind": "supplement",
                              "amount": wire(base // 7)}  # fmt: skip
    yield from _suspicious(number, first)


def _suspicious(number: int, line: str) -> Iterator[tuple[str, Event]]:
    """Doubled, split and round payments; the second of some is given back."""
    payee = {"name": f"供应商{number}", "account_hash": f"ac{number:022x}"}
    for place, (day, fen) in enumerate(
        (("2026-04-08", 1_577_700), ("2026-04-08", 1_577_700), ("2026-04-21", 4_180_000),
         ("2026-04-21", 2_150_000), ("2026-05-19", 30_000_000))
    ):  # fmt: skip
        yield "expenditure.recorded", {
            "fiscal_year": YEAR, "date": day, "amount": wire(fen), "line": line, "payee": payee,
            "batch": number % 5 == 4, "account": "social_insurance" if place == 2 else None,
            "document": {"kind": "payment_certificate", "number": f"CY{number}-{place}"},
        }  # fmt: skip
    if number % 2:
        yield "expenditure.reversed", {
            "fiscal_year": YEAR, "date": "2026-04-10", "amount": "15777.00", "line": line,
            "original": {"kind": "payment_certificate", "number": f"CY{number}-1"},
            "reason": "重复支付退回",
        }  # fmt: skip


def _results(number: int) -> Iterator[tuple[str, Event]]:
    targets: list[Event] = [
        {"indicator": "I1", "name": "培训人次", "level_1": "1", "level_2": "11",
         "behaviour": "progress", "direction": "at_least", "value_kind": "number",
         "accumulation": "cumulative", "target_text": "1200人次", "target": "1200", "unit": "人次"},
        {"indicator": "I2", "name": "合格率", "level_1": "1", "level_2": "12",
         "behaviour": "quality", "direction": "at_least", "value_kind": "number",
         "accumulation": "point_in_time", "target_text": "≥95%", "target": "95", "unit": "%",
         "due": ["2026-06-30", "2026-12-31"]},
        {"indicator": "I3", "name": "投诉件数", "level_1": "3", "level_2": "31",
         "behaviour": "satisfaction", "direction": "at_most", "value_kind": "number",
         "accumulation": "per_period", "target_text": "≤5件", "target": "5", "unit": "件",
         "due": ["2026-03-31", "2026-06-30"]},
    ]  # fmt: skip
    yield "targets.approved", {"date": "2026-01-12", "fiscal_year": YEAR, "targets": targets}
    for month, value in enumerate((90, 170, 300, 380, 520), 1):
        yield f"target_progress.reported@{1 + month % 2}", {
            "date": f"2026-{month:02d}-28", "fiscal_year": YEAR, "indicator": "I1",
            "value_text": f"{value + number}人次", "value": str(value + number),
        }  # fmt: skip
    yield "target_progress.reported@2", {"date": "2026-06-20", "fiscal_year": YEAR,
                                         "indicator": "I2", "value_text": "96.5%", "value": "96.5",
                                         "due": "2026-06-30"}  # fmt: skip
    withdrawn = ["I3"] if number % 4 == 3 else []
    cut = [{**targets[0], "target": "1000", "target_text": "1000人次"}]
    yield "targets.adjusted", {"date": "2026-06-05", "fiscal_year": YEAR, "targets": cut,
                               "withdrawn": withdrawn, "reason": "预算调减"}  # fmt: skip


def _plans(number: int, base: int, first: str, second: str) -> Iterator[tuple[str, Event]]:
    """Several plans that are one together: by quarters, restated in part, moved to a line."""
    year = {"fiscal_year": YEAR}
    if number % 4 == 0:
        yield "spending_plan.approved", {
            **year, "date": "2026-04-13", "plan": f"JH{number}-2",
            "periods": [_month(month, base // 30) for month in (5, 6)],
        }  # fmt: skip
    if number % 4 != 2:
        return
    for quarter in range(4):
        yield "spending_plan.approved", {
            **year, "date": f"2026-01-{11 + quarter}", "plan": f"JH{number}-{quarter}",
            "line": first,
            "periods": [_month(3 * quarter + month, base // 40) for month in (1, 2, 3)],
        }  # fmt: skip
    last = {"plan": f"JH{number}-1", "line": second if number % 8 == 2 else first}
    part = {"start": "2026-05-16", "end": "2026-06-30", "amount": wire(base // 50)}
    yield "spending_plan.approved", {**year, "date": "2026-04-14", **last,
                                     "periods": [part]}  # fmt: skip


def _stops(jurisdiction: str, number: int, line: str) -> Iterator[tuple[str, Event]]:
    """Dispositions of every measure, and projects that go on as others."""
    for place, (measure, day, more) in enumerate(_decided(number, line)):
        yield "disposition.decided", {
            "fiscal_year": YEAR, "date": day, "disposition": f"CT{place // 2}", "measure": measure,
            "objective_grounds": measure == "budget_cut", "ground": "监控处置",
            "decision": DECISION, **more,
        }  # fmt: skip
    if number % 6 == 4:
        yield "project_state.changed", {"date": "2026-05-03", "change": "resumed"}
    if number % 7 == 3:
        yield "project.succeeded", {"date": "2026-05-18", "kind": "merged",
                                    "successors": [f"{jurisdiction}/{code(number)}H"]}  # fmt: skip
        yield "project_state.changed", {"date": "2026-05-20", "change": "suspended"}
        if number % 2:
            yield "project_state.changed", {"date": "2026-05-28", "change": "resumed"}


def _decided(number: int, line: str) -> list[tuple[str, str, Event]]:
    """Measures, each with its day; every second one states the one before anew."""
    other: tuple[str, str, Event] = ("correction_ordered", "2026-04-03", {})
    ways: tuple[list[tuple[str, str, Event]], ...] = (
        [("targets_adjusted", "2026-04-04", {}), other],
        [("budget_cut", "2026-04-04", {"amount": "100.00"})],
        [
            ("disbursement_stopped", "2026-04-12", {"effective_from": "2026-04-10"}),
            ("disbursement_stopped", "2026-04-14", {"line": line}),
            ("disbursement_resumed", "2026-05-04", {"effective_from": "2026-05-08"}),
        ],
        [
            ("project_suspended", "2026-05-02", {}),
            ("correction_ordered", "2026-05-14", {}),
        ],
        [("project_suspended", "2026-04-12", {"effective_from": "2026-04-16"})],
        [("disbursement_stopped", "2026-05-05", {})],
    )
    return ways[number % len(ways)]


def _while_stopped(number: int, base: int, first: str, second: str) -> Iterator[tuple[str, Event]]:
    """Payments, allocations and quotas around the days on which projects and money stop."""
    year = {"fiscal_year": YEAR}
    for place, (day, line) in enumerate(
        (("2026-04-11", first), ("2026-04-12", first), ("2026-04-17", second),
         ("2026-05-07", first), ("2026-05-08", None), ("2026-05-18", second),
         ("2026-05-26", first))
    ):  # fmt: skip
        yield "expenditure.recorded", {
            **year, "date": day, "amount": wire(base // 190 + place), "line": line,
            "channel": "treasury_payment" if line == first else "allocation",
            "document": {"kind": "payment_certificate", "number": f"CT{number}-{place}"},
        }  # fmt: skip
    # Own funds are no matter of what was disbursed; of some projects it was all the treasury's.
    channel = "allocation" if number % 5 == 3 else "own_funds"
    yield "expenditure.recorded", {**year, "date": "2026-04-18", "amount": wire(base // 4),
                                   "line": second, "channel": channel}  # fmt: skip
    yield "expenditure.reversed", {**year, "date": "2026-05-27", "amount": wire(base // 900),
                                   "line": second, "channel": "own_funds"}  # fmt: skip
    for day, kind, fen in (
        ("2026-04-15", "allocation", base // 70),
        ("2026-05-19", "allocation", base // 80),
        ("2026-05-29", "treasury_payment", base // 90),
        ("2026-04-19", "treasury_payment", base // 60),
    ):
        yield "funds.disbursed", {**year, "date": day, "amount": wire(fen), "channel": kind,
                                  "line": second if kind == "allocation" else first}  # fmt: skip
    yield "funds.returned", {**year, "date": "2026-05-21", "amount": wire(base // 100),
                             "line": second, "reason": "停拨期间缴回"}  # fmt: skip


def _carried(number: int, base: int) -> Iterator[tuple[str, Event]]:
    """Money of several years, some of it spent on its own line."""
    for place, (since, fen) in enumerate(((3, base // 12), (2, base // 14)), 4):
        yield "carryover.registered", {
            "fiscal_year": YEAR, "date": f"2026-01-{18 + place}", "from_year": YEAR - since,
            "line": f"K{number}-{place}", "amount": wire(fen), "account": "general_public",
            "unit": UNIT,
        }  # fmt: skip
    yield "expenditure.recorded", {"fiscal_year": YEAR, "date": "2026-05-13",
                                   "amount": wire(base // 21), "line": f"K{number}-5"}  # fmt: skip


def _taken_back(number: int, entries: dict[tuple[str, str], int]) -> Iterator[tuple[str, Event]]:
    """Results that say nothing any more, and old money that was carried over on a wrong line."""
    results = ("target_progress.reported", "2026-05-28"), ("target_progress.reported", "2026-04-28")
    if number % 2:
        yield "target_progress.withdrawn", {
            "fiscal_year": YEAR, "date": "2026-06-03", "indicator": "I1", "reason": "填报有误",
            "entries": [entries[one] for one in results[: 1 + number % 3 % 2]],
        }  # fmt: skip
    if number % 3 == 2:
        yield "fact.corrected", {
            "fiscal_year": YEAR, "date": "2026-05-22", "line": f"K{number}-4",
            "entry": entries["carryover.registered", "2026-01-23"], "reason": "列错资金行",
        }  # fmt: skip


def _work(jurisdiction: str, number: int, line: str) -> Iterator[tuple[str, Event]]:
    year = {"fiscal_year": YEAR}
    yield "project_state.changed", {"date": "2026-01-15", "change": "started"}
    if number % 5 == 1:
        yield "project_state.changed", {
            "date": "2026-03-05", "change": "suspended", "ground": "存在重大风险",
            "procurement_begun": number % 2 == 0, "decision": DECISION,
            **({"until": "2026-05-10"} if number % 2 else {}),
        }  # fmt: skip
        yield "project_state.changed", {"date": "2026-05-02", "change": "resumed"}
    if number % 7 == 5:
        change = "completed" if number % 2 else "terminated"
        yield "project_state.changed", {"date": "2026-05-25", "change": change}
        yield "project.succeeded", {"date": "2026-05-25", "kind": "transferred",
                                    "successors": [f"{jurisdiction}/{code(number)}S"]}  # fmt: skip
    controlled = {"control_mode": "allotment_and_plan"} if number % 4 == 2 else {}
    yield "project.amended", {"date": "2026-04-01", "name": f"纪事项目{number}(更名)",
                              "goal": "更名后的目标", **controlled}  # fmt: skip
    for state, day in (("scheduled", "2026-01-16"), ("met", "2026-05-30")):
        yield "milestone.reported", {
            **year, "date": day, "milestone": "M1", "name": "主体完工", "state": state,
            "planned_on": "2026-05-15", "progress_bp": 5_000 if state == "met" else 0,
            **({"met_on": day} if state == "met" else {}),
        }  # fmt: skip
    yield "milestone.reported", {**year, "date": "2026-01-16", "milestone": "M2", "name": "验收",
                                 "state": "scheduled", "planned_on": "2026-06-10"}  # fmt: skip
    yield "check.recorded", {**year, "date": "2026-04-15", "check": "J1", "mode": "extended",
                             "topic": "tendering", "checked_by": "财政局",
                             "result": "failed"}  # fmt: skip
    problem = {**year, "problem": "W1", "kind": "procedure", "origin": "monitoring",
               "severity": "red" if number % 2 else "yellow", "title": "招标程序不规范",
               "amount": "1234.00", "check": "J1", "due": "2026-05-31"}  # fmt: skip
    yield "problem.registered", {**problem, "date": "2026-04-16"}
    if number % 3:
        yield "problem.resolved", {**year, "date": "2026-05-20", "problem": "W1",
                                   "outcome": "corrected"}  # fmt: skip
    yield "implementation_plan.changed", {**year, "date": "2026-03-18", "aspect": "schedule",
                                          "summary": "工期顺延",
                                          "planned_end": "2026-12-20"}  # fmt: skip
    yield "asset.acquired", {
        **year, "date": "2026-04-28", "asset": f"ZC{number}", "name": "复印机", "quantity": 2,
        "amount": "4600.00", "standard_amount": "2000.00" if number % 2 else "2500.00",
        "standard_quantity": 2, "line": line,
    }  # fmt: skip
    yield "disposition.decided", {
        **year, "date": "2026-05-28", "disposition": "CZ1",
        "measure": "disbursement_stopped" if number % 6 == 0 else "correction_ordered",
        "objective_grounds": False, "ground": "整改不到位", "decision": DECISION,
    }  # fmt: skip
    yield "monitoring_form.declared", {
        "date": "2025-07-20", "fiscal_year": YEAR - 1,
        "period": {"start": "2025-01-01", "end": "2025-06-30"}, "project_name": "纪事项目",
        "funding": [{"label": "年度资金总额", "approved_budget": "1000.00", "spent": "400.00"}],
    }  # fmt: skip


def _month(month: int, fen: int) -> Event:
    last = ("31", "28", "31", "30", "31", "30", "31", "31", "30", "31", "30", "31")[month - 1]
    name = f"{YEAR}-{month:02d}"
    return {"start": f"{name}-01", "end": f"{name}-{last}", "amount": wire(fen)}


def wire(fen: int) -> str:
    """Write fen as a decimal string."""
    return f"{fen // 100}.{fen % 100:02d}"
