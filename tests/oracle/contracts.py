"""Payments beside the contract that they name: above its sum, to others than its parties.

From what docs/measuring.md says of them (domain-rules 3, 17d).
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from tests.oracle.case import Case, Finding, finding
from tests.oracle.facts import Fact
from tests.oracle.payments import (
    PASSED_OVER,
    REMEMBERED_FROM,
    document_of,
    is_passed_over,
    returned,
)

COMMITMENT: Final = "commitment.recorded"
PAYMENT: Final = "expenditure.recorded"
MONEY: Final = (COMMITMENT, PAYMENT, "expenditure.reversed")


def beside_contracts(case: Case) -> Iterable[Finding]:
    """Give both findings of every contract that money of the year names."""
    by_name: dict[str, list[Fact]] = {}
    for fact in case.facts:
        name = fact.data.get("contract")
        if name and fact.kind in MONEY and not fact.data.get("prior_year"):
            by_name.setdefault(name, []).append(fact)
    for name, facts in by_name.items():
        if any(_signs(fact) > 0 for fact in facts):
            yield from _over(name, facts)
        if case.registration.get("project_class") not in PASSED_OVER:
            yield from _outside(case, name, facts)


def _signs(fact: Fact) -> int:
    if fact.kind != COMMITMENT:
        return 0
    return -fact.amount if fact.data.get("released") else fact.amount


def _pays(fact: Fact) -> int:
    if fact.kind == COMMITMENT:
        return 0
    return fact.amount if fact.kind == PAYMENT else -fact.amount


def _over(name: str, facts: Sequence[Fact]) -> Iterable[Finding]:
    paid, signed = sum(map(_pays, facts)), sum(map(_signs, facts))
    if paid > max(0, signed):

        def beyond(date: dt.date) -> int:
            return sum(_pays(fact) - _signs(fact) for fact in facts if fact.date <= date)

        cause = _last_of(_begun((fact.date for fact in facts), beyond), facts)
        yield finding("payment_over_contract", name, paid - max(0, signed), cause)


def _outside(case: Case, name: str, facts: Sequence[Fact]) -> Iterable[Finding]:
    parties = [fact.data["supplier"] for fact in facts if fact.data.get("supplier")]
    if not parties:
        return
    outside = [
        fact
        for fact in facts
        if fact.kind == PAYMENT
        and fact.amount >= REMEMBERED_FROM
        and fact.data.get("payee")
        and not is_passed_over(fact, case)
        and not any(_is_same(fact.data["payee"], party) for party in parties)
    ]
    papers = {document_of(fact) for fact in outside} - {None}

    def left(date: dt.date) -> int:
        back = returned(case, date)
        paid: dict[object, int] = {}
        for fact in outside:
            if fact.date <= date:
                paper = document_of(fact)
                paid[paper] = paid.get(paper, 0) + fact.amount
        named = (max(0, fen - back.get(paper, 0)) for paper, fen in paid.items() if paper)
        return sum(named) + paid.get(None, 0)

    if left(case.as_of) > 0:
        came_back = [
            fact.date
            for fact in case.of_kind("expenditure.reversed")
            if document_of(fact, "original") in papers
        ]
        begun = _begun([*(fact.date for fact in outside), *came_back], left)
        yield finding("payee_outside_contract", name, left(case.as_of), _last_of(begun, outside))


def _is_same(payee: object, party: object) -> bool:
    """Whether somebody who was paid bears a party's name, or has its account."""
    assert isinstance(payee, dict)
    assert isinstance(party, dict)
    account = payee.get("account_hash")
    return payee["name"] == party["name"] or bool(account and account == party.get("account_hash"))


def _begun(dates: Iterable[dt.date], level: Callable[[dt.date], int]) -> dt.date:
    """Give the day at whose end a level last rose above zero."""
    above, begun = False, dt.date.min
    for date in sorted(set(dates)):
        before, above = above, level(date) > 0
        if above and not before:
            begun = date
    return begun


def _last_of(date: dt.date, facts: Sequence[Fact]) -> Fact:
    return max(fact for fact in facts if fact.date == date)
