"""Compliance findings that hold at a date (Art. 10, domain-rules 13 and 17)."""

from collections.abc import Iterable, Sequence

from tests.oracle.book import Sums, document_key
from tests.oracle.case import Case, Finding, brought_about, finding
from tests.oracle.conduct import conduct
from tests.oracle.dates import after_working_days
from tests.oracle.facts import Fact
from tests.oracle.payments import suspicions


def findings_at(case: Case) -> list[Finding]:
    """Give every finding with the entry that brought it about."""
    found = [*_spanning(case), *_without_budget(case)]
    for line in list(case.book.sums):
        found += _line_findings(line, case)
    return [*found, *conduct(case), *suspicions(case)]


def _spanning(case: Case) -> Iterable[Finding]:
    for fact in case.book.spanning:
        yield finding("budget_period_spans_years", fact.data["line"], fact.amount, fact)


def _without_budget(case: Case) -> Iterable[Finding]:
    """Give spending that is charged to no known line.

    Lines that are named gather their payments; a payment that names none stands for itself.
    """
    for line, sums in list(case.book.sums.items()):
        if line in case.book.lines or sums.spent <= 0:
            continue
        if line is not None:
            spent = [entry for entry in case.book.entries[line] if entry.change.spent]
            entry = brought_about(spent, lambda sums, _: sums.spent > 0)
            if entry:
                yield finding("spending_without_budget", line, sums.spent, entry)
            continue
        for payment, left in unlined(case):
            yield finding(_unlined_kind(case, payment), f"entry:{payment.sequence}", left, payment)


def _unlined_kind(case: Case, payment: Fact) -> str:
    approved = case.book.approved_on
    if approved is None:
        return "awaiting_budget"
    days = case.setting.parameters["awaiting_working_days"]
    grace_ends = after_working_days(approved, days, case.setting.calendar)
    waiting = payment.date < approved and case.as_of <= grace_ends
    return "awaiting_budget" if waiting else "spending_without_budget"


def unlined(case: Case) -> list[tuple[Fact, int]]:
    """Give the payments on no line, and what of each has not come back."""
    payments = [
        fact
        for fact in case.of_kind("expenditure.recorded")
        if case.charged[fact.sequence].line is None
    ]
    left = {fact.sequence: fact.amount for fact in payments}
    for reversal in case.of_kind("expenditure.reversed"):
        if not reversal.data.get("prior_year"):
            _take_back(reversal, case.charged[reversal.sequence].line, payments, left)
    return [(fact, left[fact.sequence]) for fact in payments if left[fact.sequence] > 0]


def _take_back(
    reversal: Fact, line: str | None, payments: Sequence[Fact], left: dict[int, int]
) -> None:
    """Take a reversal off the payment it names, else off one of the same amount, else the first."""
    amount, original = reversal.amount, reversal.data.get("original")
    if original:
        named = document_key(original)
        first = [p for p in payments if p.data.get("document")]
        first = [p for p in first if document_key(p.data["document"]) == named]
    elif line is None:
        first = sorted(payments, key=lambda p: left[p.sequence] != amount)
    else:
        return
    for payment in first:
        taken = min(amount, left[payment.sequence])
        left[payment.sequence] -= taken
        amount -= taken


def _above_budget(sums: Sums) -> bool:
    return sums.spent > max(0, sums.budget)


def _line_findings(line: str | None, case: Case) -> Iterable[Finding]:
    sums = case.book.sums[line]
    if line in case.book.lines and _above_budget(sums) and case.book.is_judged(line):
        of_money = [e for e in case.book.entries[line] if e.change.spent or e.change.budget]
        entry = brought_about(of_money, lambda sums, _: _above_budget(sums))
        if entry:
            yield finding("over_budget", line or "", sums.spent - sums.budget, entry)
    if sums.spent < 0:
        spent = [e for e in case.book.entries[line] if e.change.spent]
        entry = brought_about(spent, lambda sums, _: sums.spent < 0)
        if entry:
            subject = line or f"entry:{entry.sequence}"
            yield finding("negative_net_spend", subject, -sums.spent, entry)
