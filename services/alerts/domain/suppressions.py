"""Suppressions: nobody is notified of some alerts for a time, for a reason somebody answers for.

A suppressed alert stands in feed, list and counts as before. Every suppression ends by itself.
"""

import datetime as dt
import hashlib
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from contracts.envelope import Part
from contracts.vocabulary import Aspect, Code, Identifier, Severity, Text
from services.alerts.domain.alert import Alert
from services.alerts.domain.facts import Scope
from services.alerts.domain.judging import SEVERITY_ORDER

DAYS_MAX: Final = 92
"""Longest a suppression may last, in calendar days from the last opened day: about a quarter."""
ACTIVE_MAX: Final = 500
"""Most suppressions of a jurisdiction at a time."""
DEPTH_MAX: Final = 20
"""Levels of organisations that are looked through."""
BELOW_MAX: Final = 5_000
"""Most organisations of one suppression."""
ID_BYTES: Final = 12


class Matcher(Part):
    """Which alerts: those of which everything that is given is so."""

    rule: Code | None = None
    """Rule id."""
    aspect: Aspect | None = None
    """Timeliness, compliance, effectiveness (Art. 10)."""
    scope: Scope | None = None
    """What the rule looks at."""
    project: Identifier | None = None
    """Project code, without its jurisdiction."""
    organisation: Identifier | None = None
    """Unit that leads the project, its competent department, or one above either."""
    severity_at_most: Severity = Severity.RED
    """Graver ones are not meant."""

    @model_validator(mode="after")
    def _narrow(self) -> Self:
        if not any((self.rule, self.aspect, self.scope, self.project, self.organisation)):
            msg = "name a rule, aspect, scope, project or organisation: not everything at once"
            raise ValueError(msg)
        return self


class SuppressionState(StrEnum):
    """Whether it holds."""

    ACTIVE = "active"
    EXPIRED = "expired"
    """Its last day is over."""
    ENDED = "ended"
    """Somebody ended it."""


class Suppression(Part):
    """One suppression, from its first day to its last."""

    suppression: Identifier
    """Its id."""
    jurisdiction: Identifier
    """Whose alerts."""
    matcher: Matcher
    """Which of them."""
    reason: Annotated[Text, Field(min_length=1)]
    """Why, in words."""
    note: Text = ""
    """What else there is to say."""
    author: Identifier
    """Principal who answers for it."""
    within: tuple[Identifier, ...] | None = None
    """Organisations the author had in scope: nothing else is hit; null: the whole jurisdiction."""
    below: tuple[Identifier, ...] = ()
    """The matcher's organisation and all below it, as they were when it was made."""
    first: dt.date
    """Last opened day when it was made."""
    until: dt.date
    """Last day on which it holds."""
    ended_on: dt.date | None = None
    """Opened day on which somebody ended it."""
    ended_by: Identifier | None = None
    """Who did."""

    def state(self, day: dt.date) -> SuppressionState:
        """Tell whether it holds on an opened day."""
        if self.ended_on is not None:
            return SuppressionState.ENDED
        return SuppressionState.EXPIRED if day > self.until else SuppressionState.ACTIVE

    def hits(self, alert: Alert) -> bool:
        """Tell whether it means an alert, whatever day it is."""
        where = alert.where
        if self.jurisdiction != where.jurisdiction:
            return False
        if self.within is not None:
            own = where.lead_unit or where.department or where.project.split("/", 1)[1]
            grave = alert.stamp.aspect is Aspect.COMPLIANCE and alert.severity is Severity.RED
            # Red compliance is not silenced from below: only who sees the whole jurisdiction may.
            if grave or own not in self.within:
                return False
        return matches(self.matcher, alert, {*self.below, self.matcher.organisation})


def matches(matcher: Matcher, alert: Alert, below: Collection[str | None]) -> bool:
    """Tell whether everything that a matcher gives is so of an alert.

    `below` has its organisation and all below it.
    """
    where = alert.where
    if SEVERITY_ORDER.index(alert.severity) > SEVERITY_ORDER.index(matcher.severity_at_most):
        return False
    own = {where.lead_unit, where.department} - {None}
    return (
        matcher.rule in {None, alert.key.rule}
        and matcher.aspect in {None, alert.stamp.aspect}
        and (matcher.scope is None or matcher.scope.value == alert.key.scope)
        and (matcher.project is None or where.project == f"{where.jurisdiction}/{matcher.project}")
        and (matcher.organisation is None or any(code in below for code in own))
    )


def all_below(root: str, above: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return an organisation and all below it; `above` names those above each."""
    children: dict[str, list[str]] = {}
    for code, parents in above.items():
        for parent in parents:
            children.setdefault(parent, []).append(code)
    found = {root}
    level = [root]
    for _ in range(DEPTH_MAX):
        # One that stands below several is met several times.
        below = (code for parent in level for code in children.get(parent, ()))
        level = list(dict.fromkeys(code for code in below if code not in found))
        found.update(level)
    return tuple(sorted(found)[:BELOW_MAX])


def suppression_id(jurisdiction: str, author: str, key: str) -> str:
    """Derive the id: the same request makes the same suppression."""
    words = f"{jurisdiction}\0{author}\0{key}"
    return hashlib.blake2b(words.encode(), digest_size=ID_BYTES).hexdigest()
