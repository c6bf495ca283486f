"""Compliance findings that hold at a date (Art. 10, domain-rules 13 and 17)."""

from collections.abc import Iterable, Sequence

from tests.oracle.book import Entry, Sums
from tests.oracle.case import Case, Finding, brought_about, finding
from tests.oracle.conduct import conduct
from tests.oracle.contracts import beside_contracts
from tests.oracle.dates import after_working_days
from tests.oracle.facts import Fact
from tests.oracle.payments import suspicions


def findings_at(case: Case) -> list[Finding]:
    """Give every finding with the entry that brought it about."""
    found = [*_spanning(case), *_without_budget(case)]
    for line in list(case.book.sums):
        found += _line_findings(line, case)
    return [*found, *conduct(case), *beside_contracts(case), *suspicions(case)]


def _spanning(case: Case) -> Iterable[Finding]:
    """Give the approvals of each line that are not counted, together, by the first of them."""
    of_line: dict[str, list[Fact]] = {}
    for fact in case.book.spanning:
        of_line.setdefault(fact.data["line"], []).append(fact)
    for line, facts in of_line.items():
        amount = sum(fact.amount for fact in facts)
        yield finding("budget_period_spans_years", line, amount, min(facts))


def _without_budget(case: Case) -> Iterable[Finding]:
    """Give net spending that is charged to no known line, of all that names none together."""
    for line, sums in list(case.book.sums.items()):
        if case.book.is_budgeted(line) or sums.spent <= 0:
            continue
        spent = [entry for entry in case.book.entries[line] if entry.change.spent]
        if line is None:
            yield from _unlined(case, spent)
            continue
        entry = brought_about(spent, lambda sums, _: sums.spent > 0)
        if entry:
            yield finding("spending_without_budget", line, sums.spent, entry)


def _unlined(case: Case, spent: Sequence[Entry]) -> Iterable[Finding]:
    """Before the approval it awaits budget, until the grace after it ends (domain-rules 17a)."""
    waiting = [entry for entry in spent if _waits(case, entry)]
    others = [entry for entry in spent if not _waits(case, entry)]
    later = sum(entry.change.spent for entry in others)
    # What came back later came back of what was paid before.
    awaiting = sum(entry.change.spent for entry in waiting) + min(0, later)
    for kind, entries, amount in (
        ("awaiting_budget", waiting, awaiting),
        ("spending_without_budget", others, later),
    ):
        cause = brought_about(entries, lambda sums, _: sums.spent > 0)
        if cause and amount > 0:
            yield finding(kind, f"entry:{cause.sequence}", amount, cause)


def _waits(case: Case, entry: Entry) -> bool:
    approved = case.book.approved_on
    if approved is None:
        # When the year is over nothing is awaited any more.
        return case.as_of < case.year.end
    days = case.setting.parameters["awaiting_working_days"]
    grace_ends = after_working_days(approved, days, case.setting.calendar)
    return entry.fact.date < approved and case.as_of <= grace_ends


def _above_budget(sums: Sums) -> bool:
    return sums.spent > max(0, sums.budget)


def _line_findings(line: str | None, case: Case) -> Iterable[Finding]:
    sums = case.book.sums[line]
    if case.book.is_budgeted(line) and _above_budget(sums):
        of_line = case.book.entries[line]
        of_money = [e for e in of_line if e.change.spent or e.change.budget]
        last = brought_about(of_money, lambda sums, _: _above_budget(sums))
        if last:
            entry = _exceeding([entry for entry in of_money if entry.fact.date == last.date])
            yield finding("over_budget", line or "", sums.spent - sums.budget, entry)
    yield from _more_back(line, case)


def _exceeding(of_day: Sequence[Entry]) -> Fact:
    """Give what brought spending above a budget: that day's spending if it rose, else a budget."""
    if sum(entry.change.spent for entry in of_day) > 0:
        return [entry for entry in of_day if entry.change.spent][-1].fact
    return [entry for entry in of_day if entry.change.budget][-1].fact


def _more_back(line: str | None, case: Case) -> Iterable[Finding]:
    """Give what came back beyond what went out (domain-rules 13).

    A return without a line is no more than went out without one because a correction gave its
    payment a line: of what names no line what is stated counts as well, if that is less.
    """
    spent = [entry for entry in case.book.entries[line] if entry.change.spent]
    looked_at = [spent]
    if line is None:
        looked_at.append([entry for entry in spent if entry.fact.kind != "fact.corrected"])
    amount, _, entries = min(
        (-sum(entry.change.spent for entry in entries), place, entries)
        for place, entries in enumerate(looked_at)
    )
    cause = brought_about(entries, lambda sums, _: sums.spent < 0)
    if amount > 0 and cause:
        yield finding("negative_net_spend", line or f"entry:{cause.sequence}", amount, cause)
