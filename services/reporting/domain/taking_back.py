"""What a form will take back of the ledger when it is handed in, told before that (rule 20)."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.reporting.domain.declaration import pointer_of
from services.reporting.domain.filled import Figures
from services.reporting.domain.stating import INDICATOR_ROWS


@dataclass(frozen=True, slots=True)
class TakingBack:
    """A cleared result that its form has stated to the ledger."""

    pointer: str
    """The field that was cleared."""
    text: str
    text_zh: str


def taken_back(figures: Figures, rows: Mapping[str, str]) -> tuple[TakingBack, ...]:
    """Tell what is taken back, in the order of the form; `rows` as `withdrawals` names them."""
    return tuple(
        TakingBack(
            pointer_of("indicators", each.indicator, "result"),
            f"{each.name}: cleared; handed in, the result that this form gave the ledger is taken"
            f" back (the ledger has {each.actual_text or 'none'} now).",
            f"{each.name}:已清空,提交时将从账本撤回本表填报的完成情况"
            f"(账本现为{each.actual_text or '空'})。",
        )
        for each in figures.shown.attainment.indicators
        if f"{INDICATOR_ROWS}{each.indicator}" in rows
    )
