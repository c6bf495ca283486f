"""The entries of an indicator: of the result that counts, and what took others back."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from contracts.events.intake import TargetProgressReported, TargetProgressWithdrawn
from services.analysis.domain.state import Entry, Report
from services.analysis.domain.why.entries import Contribution, contribution

_REPORTED: Final = TargetProgressReported.event_type()
_WITHDRAWN: Final = TargetProgressWithdrawn.event_type()
_TAKES_BACK: Final = "撤回账目 {entries}: takes back the results of these entries"
_NOTHING: Final = "未撤回任何结果: no entry that it names is a result of this indicator"
NAMED_MAX: Final = 20
"""Most entries that a withdrawal's note names; a withdrawal may take back more."""


def result_entries(
    entries: Sequence[Entry], indicator: str, counted: Report | None, as_of: dt.date
) -> list[Contribution]:
    """Show the entry of the result that counts, and each withdrawal of results by the date.

    `entries`: all of the year, in order. A withdrawal adds no value: it says why what was
    reported is not the result, or not any more.
    """
    found: list[Contribution] = []
    stated: set[int] = set()
    for entry in entries:
        event = entry.event
        if getattr(event.data, "indicator", None) != indicator:
            continue
        if event.type == _WITHDRAWN and event.data.date <= as_of:
            found.append(contribution(entry, None, None, _remark(stated, event.data.entries)))
        elif event.type == _REPORTED:
            stated.add(entry.sequence)
            if counted is not None and entry.sequence == counted.sequence:
                found.append(contribution(entry, None, value_of(counted)))
    found.sort(key=lambda one: (one.date, one.sequence))
    return found


def value_of(result: Report) -> str | None:
    """Return a result as it is shown: the number, else as it was written."""
    return result.value if result.value is not None else result.value_text


def _remark(stated: set[int], named: Sequence[int]) -> str:
    back = sorted(stated.intersection(named))
    if not back:
        return _NOTHING
    shown = ", ".join(str(sequence) for sequence in back[:NAMED_MAX])
    more = " …" if len(back) > NAMED_MAX else ""
    return _TAKES_BACK.format(entries=shown + more)
