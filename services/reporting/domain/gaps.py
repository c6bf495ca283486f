"""What must be there before a paper is handed in (Art. 12(2), domain-rules 20), field by field."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from contracts.events.analysis import IndicatorFigures
from contracts.vocabulary import Possibility
from services.reporting.domain.assembling import TOTAL, behind, unreported
from services.reporting.domain.campaign import Campaign
from services.reporting.domain.declaration import (
    Declaration,
    FundingStatement,
    IndicatorStatement,
    pointer_of,
)
from services.reporting.domain.filled import BEHIND, Figures

MISSING_FORMS_SECTION: Final = "missing_forms"
"""Section of a report that says why forms of its department are missing."""
_NAMED_MAX: Final = 20
"""Most missing forms named in words."""


class GapCode(StrEnum):
    """What is missing."""

    CAUSE = "cause_missing"
    REASON = "reason_missing"
    MEASURE = "measure_missing"
    POSSIBILITY = "possibility_missing"
    EXPECTED_RESULT = "expected_result_missing"
    EXPECTED_SPENT = "expected_spent_missing"
    CARRYOVER = "carryover_missing"
    SURPLUS = "surplus_missing"
    EVIDENCE = "evidence_missing"
    FOOTER = "footer_missing"
    SECTION = "section_missing"
    FORMS = "forms_missing"
    UNREADABLE = "unreadable_field"


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is missing."""

    pointer: str
    """JSON pointer of the field that is to be filled in."""
    code: GapCode
    text: str
    text_zh: str


def form_gaps(campaign: Campaign, figures: Figures, declaration: Declaration) -> tuple[Gap, ...]:
    """Tell what a form still lacks, in the order of the form."""
    return (
        *_money(declaration),
        *_execution(figures, declaration),
        *_indicators(campaign, figures, declaration),
        *_footer(declaration),
    )


def _money(declaration: Declaration) -> Iterator[Gap]:
    total = declaration.funding.get(TOTAL, FundingStatement())
    if total.expected_spent is None:
        yield Gap(
            pointer_of("funding", TOTAL, "expected_spent"),
            GapCode.EXPECTED_SPENT,
            "Say what will be spent in the whole year.",
            "请填写全年预计执行数。",
        )
    if declaration.carryover is None:
        yield Gap("/carryover", GapCode.CARRYOVER, "Say what is carried over; 0.00 if nothing.",
                  "请填写预计结转;没有请填 0.00。")  # fmt: skip
    if declaration.surplus is None:
        yield Gap("/surplus", GapCode.SURPLUS, "Say what will be left over; 0.00 if nothing.",
                  "请填写预计结余;没有请填 0.00。")  # fmt: skip


def _execution(figures: Figures, declaration: Declaration) -> Iterator[Gap]:
    if figures.shown.execution.light not in BEHIND:
        return
    said = declaration.execution
    if not said.areas:
        yield Gap(
            "/execution/areas",
            GapCode.CAUSE,
            "Execution is behind: name at least one area the cause lies in.",
            "执行进度滞后,请至少选择一项偏差原因。",
        )
    if _blank(said.reason):
        yield Gap("/execution/reason", GapCode.REASON, "Execution is behind: say why.",
                  "执行进度滞后,请填写原因说明。")  # fmt: skip


def _indicators(campaign: Campaign, figures: Figures, declaration: Declaration) -> Iterator[Gap]:
    for each in figures.shown.attainment.indicators:
        said = declaration.indicators.get(each.indicator, IndicatorStatement())
        yield from _indicator(each, said)
        if campaign.evidence_required and said.result is not None and not said.evidence:
            yield Gap(
                pointer_of("indicators", each.indicator, "evidence"),
                GapCode.EVIDENCE,
                f"{each.name}: attach what proves the result.",
                f"{each.name}:请上传完成情况的佐证材料。",
            )


_LATE: Final = (
    "behind what is due: name at least one area the cause lies in.",
    "未达到应完成进度,请至少选择一项偏差原因。",
)
_OWED: Final = (
    "due and not reported: give its result, or name at least one area the cause lies in.",
    "已到期未报,请填写完成情况,或至少选择一项偏差原因。",
)
"""What a cause is asked for with, of an indicator."""


def _indicator(figures: IndicatorFigures, said: IndicatorStatement) -> Iterator[Gap]:
    indicator, name = figures.indicator, figures.name
    # A result typed on the form goes to the ledger first, and is judged when it is back.
    owed = unreported(figures) and said.result is None
    late = owed or behind(figures)
    if _blank(said.expected_result):
        yield _gap(indicator, "expected_result", GapCode.EXPECTED_RESULT, name,
                   "say what will be reached by the year's end.",
                   "请填写全年预计完成情况。")  # fmt: skip
    if late and not said.areas:
        yield _gap(indicator, "areas", GapCode.CAUSE, name, *(_OWED if owed else _LATE))
    doubtful = said.possibility in {Possibility.POSSIBLE, Possibility.IMPOSSIBLE}
    if (late or doubtful) and _blank(said.reason):
        yield _gap(indicator, "reason", GapCode.REASON, name, *_why(owed=owed, late=late))
    if said.possibility is None:
        yield _gap(indicator, "possibility", GapCode.POSSIBILITY, name,
                   "say whether the target can be reached.", "请选择完成目标可能性。")  # fmt: skip
    if said.possibility is Possibility.IMPOSSIBLE and _blank(said.measure):
        yield _gap(indicator, "measure", GapCode.MEASURE, name,
                   "it cannot be reached: say what is done about it.",
                   "完全不可能完成的,请在备注中填写拟采取的措施。")  # fmt: skip


def _why(*, owed: bool, late: bool) -> tuple[str, str]:
    if owed:
        return (
            "due and not reported: give its result, or say why.",
            "已到期未报,请填写完成情况或原因说明。",
        )
    why = "behind what is due" if late else "not certain to be reached"
    return f"{why}: say why.", "请填写原因说明。"


def _gap(indicator: str, last: str, code: GapCode, name: str, text: str, text_zh: str) -> Gap:
    where = pointer_of("indicators", indicator, last)
    return Gap(where, code, f"{name}: {text}", f"{name}:{text_zh}")


FOOTER: Final = (
    ("filled_by", "who filled it in", "填报人"),
    ("phone", "a telephone number", "联系电话"),
    ("head", "the head of the unit", "单位负责人"),
    ("filled_on", "the day it was filled in", "填报日期"),
)
"""Fields of the footer, in its order."""


def _footer(declaration: Declaration) -> Iterator[Gap]:
    for name, english, chinese in FOOTER:
        value = getattr(declaration.contact, name)
        if value is None or (isinstance(value, str) and _blank(value)):
            yield Gap(
                pointer_of("contact", name),
                GapCode.FOOTER,
                f"Name {english}.",
                f"请填写{chinese}。",
            )


def report_gaps(
    declaration: Declaration,
    lacking: Iterable[tuple[str, str]],
    missing_forms: Sequence[str],
    missing_total: int,
) -> tuple[Gap, ...]:
    """Tell what a report still lacks.

    `lacking` are key and title of sections that must have words and have none; of the forms that
    were never handed in there are `missing_total`, of which some are named.
    """
    found = [
        Gap(
            pointer_of("sections", key),
            GapCode.SECTION,
            f"Write the section {title}.",
            f"请填写“{title}”。",
        )
        for key, title in lacking
    ]
    said = declaration.sections.get(MISSING_FORMS_SECTION, "")
    if missing_total and _blank(said):
        named = ", ".join(missing_forms[:_NAMED_MAX])
        found.append(
            Gap(
                pointer_of("sections", MISSING_FORMS_SECTION),
                GapCode.FORMS,
                f"{missing_total} forms were not handed in ({named}): wait for them, or say why.",
                f"尚有 {missing_total} 份监控表未报送({named}):请待其报送,或说明原因。",
            )
        )
    return tuple(found)


def unreadable(pointer: str, reason: str) -> Gap:
    """Tell that a field cannot be read."""
    return Gap(
        pointer,
        GapCode.UNREADABLE,
        f"{pointer} cannot be read: {reason}",
        f"{pointer} 的值无法识别。",
    )


def _blank(text: str) -> bool:
    return not text.strip()
