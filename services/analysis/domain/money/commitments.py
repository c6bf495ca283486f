"""What of the commitments falls due, and when (domain-rules 3, 10)."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from services.analysis.domain.calendar import FiscalCalendar
from services.analysis.domain.money.buckets import COMMITTED, RELEASED
from services.analysis.domain.money.contract_sums import NO_CONTRACT, unpaid_commitments
from services.analysis.domain.money.figures import LineSums
from services.analysis.domain.snapshot import Snapshot
from services.analysis.domain.state import NO_LINE, Instalment


class Scheduled(NamedTuple):
    """An instalment of a contract that is still committed."""

    due: int
    """Ordinal of the day it falls due."""
    amount: int
    """Fen; negative where it was released."""
    day: int
    """Ordinal of the day it was stated, whatever corrected it."""


def schedule_of(
    lines: Sequence[LineSums],
    calendar: FiscalCalendar,
    as_of: int,
    ended: Collection[str] = (),
) -> list[Scheduled]:
    """Return what contracts that are still committed on these lines call for within the year.

    `ended`: contracts whose instalments without a line are called for no more, whatever these lines
    say.
    """
    found: list[Scheduled] = []
    committed = _committed(lines)
    for sums in lines:
        passed_over = ended if sums.line == NO_LINE else ()
        for name, contract in sums.source.contracts.items():
            if contract.instalments and committed.get(name, 0) > 0 and name not in passed_over:
                found += [
                    known
                    for known in _called_for(contract.instalments, as_of)
                    if calendar.starts[0] <= known.due <= calendar.last_day
                ]
    return found


def ended_elsewhere(unnamed: Iterable[LineSums], lines: Sequence[LineSums]) -> set[str]:
    """Return the contracts that name no line, and are committed no more over all lines together.

    What was signed without a line may be released on any.
    """
    names = {name for sums in unnamed for name in sums.source.contracts}
    if not names:
        return names
    committed = _committed(lines)
    return {name for name in names if committed.get(name, 0) <= 0}


def _called_for(instalments: Iterable[Instalment], as_of: int) -> list[Scheduled]:
    """Return what is called for at a date; what corrections moved away, the line calls for not."""
    known = [part for part in instalments if part.day <= as_of]
    moved = {(part.due, part.stated): 0 for part in known if part.stated}
    if moved:
        for part in known:
            stated = part.due, part.stated or part.day
            if stated in moved:
                moved[stated] += part.amount
    return [
        Scheduled(part.due, part.amount, part.stated or part.day)
        for part in known
        if moved.get((part.due, part.stated or part.day)) != 0
    ]


def _committed(lines: Iterable[LineSums]) -> dict[str, int]:
    """Return what is signed and not released by contract; NO_CONTRACT: what names none."""
    found: dict[str, int] = {NO_CONTRACT: 0}
    for sums in lines:
        pooled = sums.columns[COMMITTED] - sums.columns[RELEASED]
        for name, contract in sums.contracts.items():
            found[name] = found.get(name, 0) + contract.committed
            pooled -= contract.committed
        found[NO_CONTRACT] += pooled
    return found


def committed_due(now: Snapshot) -> int:
    """Return the unpaid commitments that fall due by the year's end, fen (rule 3).

    Of a contract with instalments within the year: those due by its end less what is paid; of
    any other all that is unpaid. What names no contract is one pool, less its instalments due
    after the year. Never more than all that is unpaid.
    """
    whole, last_day = now.whole, now.calendar.last_day
    committed = whole.columns[COMMITTED] - whole.columns[RELEASED]
    owed = unpaid_commitments(committed, whole.spent, whole.contracts)
    if owed <= 0:
        return 0
    schedules = _schedules(now)
    for name, known in schedules.items():
        if not any(now.calendar.starts[0] <= part.due <= last_day for part in known):
            continue
        if name == NO_CONTRACT:
            pooled = committed - sum(sums.committed for sums in whole.contracts.values())
            spent = whole.spent - sum(sums.spent for sums in whole.contracts.values())
            unpaid = max(0, pooled - max(0, spent))
            later = sum(part.amount for part in known if part.due > last_day)
            owed -= min(unpaid, max(0, later))
            continue
        sums = whole.contracts.get(name)
        if sums is None:
            continue
        unpaid = max(0, max(0, sums.committed) - max(0, sums.paid))
        by_end = sum(part.amount for part in known if part.due <= last_day)
        owed -= max(0, unpaid - max(0, by_end - max(0, sums.paid)))
    return max(0, owed)


def _schedules(now: Snapshot) -> dict[str, list[Instalment]]:
    """Return all instalments stated by the date, by contract."""
    found: dict[str, list[Instalment]] = {}
    for sums in now.lines:
        for name, contract in sums.source.contracts.items():
            known = [part for part in contract.instalments if part.day <= now.day]
            if known:
                found.setdefault(name, []).extend(known)
    return found
