"""What a funding line is at a date: what the facts charged to it by then say (domain-rules 1, 4).

Of several facts the newest by (business date, entry) says it. A fact that was stated of another
line stands behind all that name this one; of several such the one that was charged to it first.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from services.analysis.domain.state import Codes, Line, LineTerms


def said_by(terms: LineTerms) -> tuple[int, int]:
    """Return what tells which of two facts says what a line is: the greater one's does."""
    if terms.arrived:
        return -terms.arrived, -terms.brought
    return terms.stated or terms.day, terms.sequence


def terms_at(line: Line, day: int) -> LineTerms | None:
    """Return a line's terms on a day; None: no fact that is charged to it then says any.

    For what a registered carryover has no word, the approvals say it alone; not so: no.
    """
    found = _last(line.terms, day)
    if found is None or not found.registered:
        return found
    approved = _last([terms for terms in line.terms if not terms.registered], day)
    if approved is None:
        return found
    return replace(
        found,
        undistributed=approved.undistributed,
        allocation_is_expenditure=approved.allocation_is_expenditure,
    )


def _last(known: Iterable[LineTerms], day: int) -> LineTerms | None:
    found = None
    for terms in known:
        if terms.day > day:
            break
        if terms.until and terms.until <= day:
            continue
        if found is None or said_by(terms) > said_by(found):
            found = terms
    return found


def terms_for(line: Line, day: int, as_of: int) -> LineTerms | None:
    """Return what a payment of a day is held to, as known at a date.

    Where no fact says what the line was on that day, it is the first that says so of a later one.
    """
    found = terms_at(line, day)
    if found is not None:
        return found
    later = next((terms.day for terms in line.terms if day < terms.day <= as_of), None)
    return None if later is None else terms_at(line, later)


def plainly_same(codes: Codes, terms: LineTerms) -> bool:
    """Say whether codes are a line's as far as both are told: to any depth the same."""
    account, function, government, fund = codes
    return (
        (account is None or account is terms.account)
        and _begin_alike(function, terms.function)
        and _begin_alike(government, terms.government_economic)
        and (fund is None or terms.fund_type is None or fund == terms.fund_type)
    )


def _begin_alike(one: str | None, other: str | None) -> bool:
    if one is None or other is None or one == other:
        return True
    return one.startswith(other) or other.startswith(one)
