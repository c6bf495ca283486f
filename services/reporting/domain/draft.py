"""Saving fields of a draft: each by its pointer and version, all of a request or none."""

import datetime as dt
import json
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Final

from contracts.events.evidence import Evidence
from contracts.vocabulary import BudgetAccount, PaperKind
from services.reporting.domain.assembling import TOTAL
from services.reporting.domain.campaign import Campaign
from services.reporting.domain.declaration import (
    Declaration,
    DraftField,
    FieldFault,
    declaration_of,
    parts_of,
    pointer_of,
)
from services.reporting.domain.filled import Figures, own_lines
from services.reporting.domain.gaps import MISSING_FORMS_SECTION
from services.reporting.domain.paper import Acting, Paper, save

DRAFT_BYTES_MAX: Final = 4 * 1024 * 1024
"""Largest draft, as JSON."""
FORM_FIELDS: Final = frozenset(
    {"funding", "carryover", "surplus", "execution", "indicators", "remarks", "contact"}
)
REPORT_FIELDS: Final = frozenset({"sections", "remarks"})
ROW_FIELDS: Final = {
    "funding": frozenset({"expected_spent", "own_spent"}),
    "indicators": frozenset(
        {
            "result",
            "expected_result",
            "areas",
            "reason_type",
            "reason",
            "possibility",
            "measure",
            "evidence",
        }
    ),
    "contact": frozenset({"filled_by", "phone", "head", "filled_on"}),
    "execution": frozenset({"areas", "reason_type", "reason", "measure"}),
}
"""What of a row or block is a field by itself."""
_OF_ROW: Final = 3
_OF_BLOCK: Final = 2


@dataclass(frozen=True, slots=True)
class Saving:
    """One field as somebody saves it."""

    field: str
    value: Any
    """JSON; null clears it."""
    version: int
    """The version it had when it was last read; 0: it was not there."""


UNKNOWN: Final = "unknown_field"
UNREADABLE: Final = "unreadable_field"
STALE: Final = "stale_field"


@dataclass(frozen=True, slots=True)
class DraftFault:
    """Why one field cannot be saved."""

    paper: str
    index: int
    """Place in the request."""
    field: str
    code: str
    """unknown_field, unreadable_field or stale_field."""
    text: str
    text_zh: str
    present: DraftField | None = None
    """What stands there now, of a stale one."""


class UnknownFieldError(Exception):
    """There is no such field on this paper."""

    def __init__(self, index: int, field: str, reason: str, reason_zh: str) -> None:
        """Name the place in the request, the field, and why."""
        super().__init__(field)
        self.index = index
        self.field = field
        self.reason = reason
        self.reason_zh = reason_zh


class TooLargeError(Exception):
    """The draft would be larger than a paper may be."""


def draft_faults(
    paper: Paper,
    savings: Sequence[Saving],
    campaign: Campaign,
    figures: Figures | None,
    sections: AbstractSet[str] | None = None,
) -> list[DraftFault]:
    """Tell everything that is wrong with fields, in the order of the request.

    `sections` are those of the report's outline; null: any.
    """
    found: list[DraftFault] = []
    for index, saving in enumerate(savings):
        try:
            check_field(paper.kind, figures, index, saving.field, sections)
            if saving.value is not None:
                _check_days(campaign, declaration_of({saving.field: saving.value}))
        except UnknownFieldError as fault:
            text, text_zh = fault.reason, fault.reason_zh
            found.append(DraftFault(paper.id, index, saving.field, UNKNOWN, text, text_zh))
            continue
        except FieldFault as fault:
            text, text_zh = fault.reason, fault.reason_zh
            found.append(DraftFault(paper.id, index, saving.field, UNREADABLE, text, text_zh))
            continue
        present = paper.draft.get(saving.field)
        if saving.version != (present.version if present else 0):
            text, zh = "somebody has saved it meanwhile", "该项已被他人更新"
            found.append(DraftFault(paper.id, index, saving.field, STALE, text, zh, present))
    return found


def saved(paper: Paper, acting: Acting, savings: Sequence[Saving], at: dt.datetime) -> Paper:
    """Save fields that have no fault; RefusedError, TooLargeError, FieldFault: nothing is saved."""
    made = {
        saving.field: DraftField(
            value=saving.value, version=saving.version + 1, by=acting.by, at=at
        )
        for saving in savings
    }
    after = save(paper, acting, made)
    if len(json.dumps(after.values, ensure_ascii=False).encode()) > DRAFT_BYTES_MAX:
        raise TooLargeError
    declaration_of(after.values)
    return after


def check_field(
    kind: PaperKind,
    figures: Figures | None,
    index: int,
    field: str,
    sections: AbstractSet[str] | None = None,
) -> None:
    """Refuse a field that this paper does not have."""
    try:
        parts = parts_of(field)
    except FieldFault as fault:
        raise UnknownFieldError(index, field, fault.reason, "应为 JSON 指针") from fault
    known = FORM_FIELDS if kind is PaperKind.FORM else REPORT_FIELDS
    if parts[0] not in known:
        reason = f"a {kind.value} has {', '.join(sorted(known))}"
        raise UnknownFieldError(index, field, reason, "没有该填报项")
    if parts[0] in {"funding", "indicators"}:
        _check_row(figures, index, field, parts)
    elif parts[0] in ROW_FIELDS:
        _check_last(index, field, parts, _OF_BLOCK)
    elif parts[0] == "sections":
        _check_section(index, field, parts, sections)
    elif len(parts) != 1:
        raise UnknownFieldError(index, field, "it has no parts", "该项没有下级")


def _check_section(
    index: int, field: str, parts: Sequence[str], sections: AbstractSet[str] | None
) -> None:
    if len(parts) != _OF_BLOCK:
        raise UnknownFieldError(index, field, "name a section", "请写明章节")
    if sections is not None and parts[1] not in {*sections, MISSING_FORMS_SECTION}:
        known = ", ".join(sorted({*sections, MISSING_FORMS_SECTION}))
        reason = f"the report has the sections {known}"
        raise UnknownFieldError(index, field, reason, f"报告没有该章节,现有章节:{known}")


def _check_row(figures: Figures | None, index: int, field: str, parts: Sequence[str]) -> None:
    _check_last(index, field, parts, _OF_ROW)
    if figures is None:
        return
    row, last = parts[1], parts[2]
    if parts[0] == "indicators":
        if row not in {each.indicator for each in figures.shown.attainment.indicators}:
            reason = "the project has no such indicator"
            raise UnknownFieldError(index, field, reason, "该项目没有此指标")
        return
    own = {line.line for line in own_lines(figures.shown)}
    if row not in funding_keys(figures):
        raise UnknownFieldError(index, field, "there is no such row", "资金栏没有此行")
    if last == "own_spent" and row not in own:
        reason = "treasury money is read-only: it is for rows of own funds alone"
        raise UnknownFieldError(index, field, reason, "财政资金为只读,仅单位资金行可填执行数")


def _check_last(index: int, field: str, parts: Sequence[str], length: int) -> None:
    names = ROW_FIELDS[parts[0]]
    if len(parts) != length or parts[-1] not in names:
        shape = "/".join([parts[0], *("…" for _ in range(length - _OF_BLOCK))])
        reason = f"there is /{shape}/ with {', '.join(sorted(names))}"
        raise UnknownFieldError(index, field, reason, "没有该填报项")


def funding_keys(figures: Figures) -> frozenset[str]:
    """Name the rows of a form's money block that people may declare on."""
    lines = figures.shown.execution.lines
    accounts = {line.account.value for line in lines} | {BudgetAccount.GENERAL_PUBLIC.value}
    return frozenset({TOTAL, *accounts, *(line.line for line in own_lines(figures.shown))})


def check_figure(paper: Paper, figures: Figures | None, field: str) -> None:
    """Refuse a dispute of what is no figure of this paper."""
    try:
        parts = parts_of(field)
    except FieldFault as fault:
        raise UnknownFieldError(0, field, fault.reason, "应为 JSON 指针") from fault
    if paper.kind is not PaperKind.FORM or figures is None:
        raise UnknownFieldError(
            0, field, "a report has no figures of its own", "报告没有可异议的数据"
        )
    rows = {
        "funding": funding_keys(figures),
        "indicators": {each.indicator for each in figures.shown.attainment.indicators},
    }
    if len(parts) != _OF_ROW or parts[1] not in rows.get(parts[0], ()):
        reason = "a figure is /funding/ROW/NAME or /indicators/INDICATOR/NAME"
        raise UnknownFieldError(
            0, field, reason, "数据应写作 /funding/行/名称 或 /indicators/指标/名称"
        )


def evidence_in(saving: Saving) -> tuple[Evidence, ...]:
    """Name the files that a field attaches; FieldFault for what is none."""
    parts = parts_of(saving.field) if saving.field.startswith("/") else []
    if parts[:1] != ["indicators"] or parts[-1] != "evidence" or not saving.value:
        return ()
    return declaration_of({saving.field: saving.value}).indicators[parts[1]].evidence


def _check_days(campaign: Campaign, declaration: Declaration) -> None:
    for name, said in declaration.indicators.items():
        on = None if said.result is None else said.result.on
        if on is not None and not campaign.period_from <= on <= campaign.cut_off:
            where = pointer_of("indicators", name, "result")
            days = f"{campaign.period_from} to {campaign.cut_off}"
            raise FieldFault(
                where,
                f"a result stands for a day of the period, {days}",
                f"完成情况的日期须在监控期间({campaign.period_from}至{campaign.cut_off})内",
            )
