"""Findings on single payments and on payments that look alike (domain-rules 17c, 17d)."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from tests.oracle.case import Case, Finding, finding
from tests.oracle.facts import Fact

ALMS_AND_WAGES: Final = ("501", "50501", "509")
"""Government economic classes of wages, wages of public institutions, and aid to persons."""
DEPARTMENT_ALMS_AND_WAGES: Final = ("301", "303")
"""The same as departments class them."""


def suspicions(case: Case) -> Iterable[Finding]:
    """Give diversions, which follow from the facts, and what looks wrong in payments."""
    paid = [(fact, left) for fact, left in case.payments() if left > 0]
    yield from _diversions(case, paid)
    if case.registration.get("project_class") == "subsidy":
        return
    looked_at = [fact for fact, _ in paid if not _is_skipped(fact)]
    yield from _duplicates(case, looked_at)
    yield from _splits(case, looked_at)
    limit, step = case.setting.limit("round_from"), case.setting.limit("round_to")
    for fact in looked_at:
        if fact.amount >= limit and fact.amount % step == 0:
            yield finding("round_payment", _name(fact), fact.amount, fact)


def _name(fact: Fact) -> str:
    return f"entry:{fact.sequence}"


def _diversions(case: Case, paid: Iterable[tuple[Fact, int]]) -> Iterable[Finding]:
    """A payment's budget or class is not that of its line; the last correction brought it about."""
    corrected = {move.entry: move.correction for move in case.book.moves}
    for fact, left in paid:
        line = case.book.lines.get(fact.line or "")
        if line is not None and _differs(fact.data, line, case.setting.parameters):
            cause = corrected.get(fact.sequence, fact)
            yield finding("diversion", _name(fact), left, cause)


def _differs(
    payment: Mapping[str, Any], line: Mapping[str, Any], parameters: Mapping[str, Any]
) -> bool:
    account = payment.get("account")
    if account is not None and account != line["account"]:
        return True
    mine, its = payment.get("classification") or {}, line.get("classification") or {}
    return any(
        bool(mine.get(name) and its.get(name)) and mine[name][:digits] != its[name][:digits]
        for name, digits in (
            ("function", parameters["class_function_digits"]),
            ("government_economic", parameters["class_government_digits"]),
        )
    )


def _is_skipped(fact: Fact) -> bool:
    """Batch vouchers, wages and aid look alike and are right (domain-rules 17d)."""
    classes = fact.data.get("classification") or {}
    government = classes.get("government_economic") or ""
    department = classes.get("department_economic") or ""
    return (
        bool(fact.data.get("batch"))
        or government.startswith(ALMS_AND_WAGES)
        or department.startswith(DEPARTMENT_ALMS_AND_WAGES)
    )


def _payee(fact: Fact) -> str | None:
    payee = fact.data.get("payee")
    return (payee.get("account_hash") or payee["name"]) if payee else None


def _duplicates(case: Case, paid: Iterable[Fact]) -> Iterable[Finding]:
    """One payee, one day, one amount: all but the first are at fault."""
    alike: dict[object, list[Fact]] = {}
    for fact in paid:
        if _payee(fact) and fact.amount >= case.setting.limit("duplicate_from"):
            alike.setdefault((_payee(fact), fact.date, fact.amount), []).append(fact)
    for group in alike.values():
        if len(group) > 1:
            amount = group[0].amount * (len(group) - 1)
            yield finding("duplicate_payment", _name(group[-1]), amount, group[-1])


def _splits(case: Case, paid: Iterable[Fact]) -> Iterable[Finding]:
    """Payments to one payee on one day, each below a limit that their sum reaches."""
    limit = case.setting.limit("split_limit")
    small: dict[object, list[Fact]] = {}
    for fact in paid:
        if _payee(fact) and fact.amount < limit:
            small.setdefault((_payee(fact), fact.date), []).append(fact)
    for group in small.values():
        total = sum(fact.amount for fact in group)
        if len(group) > 1 and total >= limit:
            yield finding("split_payment", _name(group[-1]), total, group[-1])
