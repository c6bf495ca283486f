"""Noise: which alerts that stand nobody is notified of: inhibited, suppressed, flapping.

Muting takes nothing away: a muted alert stands in feed, list and counts. What is muted follows from
the alerts of a case, the rules, the suppressions and the opened day alone.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from contracts.events.alerts import AlertState, Mute
from contracts.vocabulary import MuteGround
from services.alerts.domain.alert import Alert, Change, evolve, step
from services.alerts.domain.facts import Scope
from services.alerts.domain.judging import SEVERITY_ORDER, Key, sorted_out
from services.alerts.domain.rules import Rule
from services.alerts.domain.suppressions import Suppression, SuppressionState
from services.alerts.domain.work import StepKind

FLAPS: Final = 3
"""Returns of a deviation that make it flap …"""
FLAP_DAYS: Final = 30
"""… within so many opened days;"""
STEADY_DAYS: Final = 5
"""it has settled once nothing came or went for so many opened days."""
WHOLE: Final = frozenset({Scope.PROJECT.value, Scope.UNIT.value, Scope.DEPARTMENT.value})
"""Scopes that have no subject within."""

Returns = Mapping[Key, tuple[int, ...]]
"""Of each key, the numbers of the opened days on which it last returned: FLAPS at most."""


@dataclass(frozen=True, slots=True)
class Noise:
    """What mutes, on an opened day."""

    suppressions: tuple[Suppression, ...] = ()
    """Suppressions of the jurisdiction that may hold."""
    opened: int = 0
    """Number of the opened day."""


QUIET: Final = Noise()
SILENT: Final = Mute(ground=None)


@dataclass(frozen=True, slots=True)
class _Within:
    """The alerts that stand in a case, and what decides about them."""

    alerts: Mapping[Key, Alert]
    rules: Mapping[tuple[str, str], Rule]
    own: Mapping[Key, Mute] = field(default_factory=dict)
    """Mutes for reasons of their own."""


def returned(known: tuple[int, ...], opened: int) -> tuple[int, ...]:
    """Remember that a deviation returned on an opened day."""
    return (*known, opened)[-FLAPS:]


def flapping(returns: tuple[int, ...], opened: int) -> bool:
    """Tell whether a deviation comes and goes too often to tell everybody each time."""
    recent = [day for day in returns if day > opened - FLAP_DAYS]
    return len(recent) >= FLAPS and opened - returns[-1] < STEADY_DAYS


def settle(
    alerts: Mapping[Key, Alert],
    rules: Iterable[Rule],
    returns: Returns,
    noise: Noise,
    day: dt.date,
) -> tuple[Change, ...]:
    """Tell which alerts of a case are muted or not muted any more."""
    standing = {key: one for key, one in alerts.items() if one.state is AlertState.OPEN}
    if not standing:
        return ()
    wanted = _mutes(standing, rules, returns, noise, day)
    return tuple(
        step(alert, StepKind.MUTED, wanted.get(key, SILENT), day)
        for key, alert in sorted(standing.items(), key=_order)
        if wanted.get(key) != alert.work.mute
    )


def under(changes: Iterable[Change], settled: Iterable[Change]) -> tuple[Change, ...]:
    """Tell changes under the mutes that hold after them: nobody is notified in between."""
    mutes = {change.alert_id: change.work.mute for change in settled}
    return tuple(
        replace(change, work=change.work.model_copy(update={"mute": mutes[change.alert_id]}))
        if change.alert_id in mutes
        else change
        for change in changes
    )


def muted(alerts: Mapping[Key, Alert], changes: Iterable[Change]) -> dict[Key, Alert]:
    """Apply mutes to the alerts of a case."""
    after = dict(alerts)
    for change in changes:
        after[change.key] = evolve(after[change.key], change)
    return after


def _mutes(
    alerts: Mapping[Key, Alert],
    rules: Iterable[Rule],
    returns: Returns,
    noise: Noise,
    day: dt.date,
) -> Mapping[Key, Mute]:
    holding = [
        one for one in noise.suppressions if one.state(day) is SuppressionState.ACTIVE
    ]  # fmt: skip
    holding.sort(key=lambda one: (-one.until.toordinal(), one.suppression))
    own: dict[Key, Mute] = {}
    for key, alert in alerts.items():
        found = next((one for one in holding if one.hits(alert)), None)
        if found is not None:
            own[key] = Mute(
                ground=MuteGround.SUPPRESSED, suppression=found.suppression, until=found.until
            )
        elif key in returns and flapping(returns[key], noise.opened):
            own[key] = Mute(ground=MuteGround.FLAPPING)
    return {**_inhibited(_Within(alerts, sorted_out(rules).by_id, own)), **own}


def _inhibited(within: _Within) -> Mapping[Key, Mute]:
    """Find for each alert a graver one that says it already.

    Who is silent for a reason of its own says nothing. Rings are broken: of alerts that inhibit
    each other one is always told.
    """
    chosen: dict[Key, Key] = {}
    ordered = [key for key, _ in sorted(within.alerts.items(), key=_order)]
    for key in ordered:
        if key in within.own:
            continue
        for other in ordered:
            if _says(within, other, key) and not _leads_to(chosen, other, key):
                chosen[key] = other
                break
    return {
        key: Mute(ground=MuteGround.INHIBITED, inhibited_by=within.alerts[by].id)
        for key, by in chosen.items()
    }


def _says(within: _Within, other: Key, key: Key) -> bool:
    """Tell whether an alert's rule inhibits another alert, and it is no less grave."""
    rule = within.rules.get((other.rule, other.scope))
    if other == key or other in within.own or rule is None or key.rule not in rule.inhibits:
        return False
    apart = other.subject != key.subject and not WHOLE & {other.scope, key.scope}
    return not apart and _gravity(within.alerts[other]) >= _gravity(within.alerts[key])


def _leads_to(chosen: Mapping[Key, Key], start: Key, end: Key) -> bool:
    """Follow who is muted by whom; it ends, because no ring is ever closed."""
    at: Key | None = start
    while at is not None and at != end:
        at = chosen.get(at)
    return at == end


def _gravity(alert: Alert) -> int:
    return SEVERITY_ORDER.index(alert.severity)


def _order(item: tuple[Key, Alert]) -> tuple[int, str, str, str]:
    key, alert = item
    return (-_gravity(alert), key.rule, key.scope, key.subject)
