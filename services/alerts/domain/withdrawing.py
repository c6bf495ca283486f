"""Alerts whose rule is in force no more: nobody judges them, so they end and say why.

A layer that switches a rule off has accepted what it would show; once the rule is in force again,
what it shows is raised anew (architecture 5).
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Final

from contracts.events.alerts import AlertState, Closing
from contracts.vocabulary import ClosingGround
from services.alerts.domain.alert import Alert, Change, step
from services.alerts.domain.judging import Key
from services.alerts.domain.rules import Rule
from services.alerts.domain.work import StepKind

NOTE: Final = "规则 {rule} 已不再生效 / rule {rule} is in force no more"


def withdrawn(
    alerts: Mapping[Key, Alert], rules: Iterable[Rule], day: dt.date
) -> tuple[Change, ...]:
    """Tell which open alerts of a case end because no rule in force raises their kind."""
    known = {(rule.id, rule.scope.value) for rule in rules}
    return tuple(
        step(alert, StepKind.CLOSED, _closing(key), day)
        for key, alert in sorted(alerts.items(), key=lambda item: item[1].id)
        if alert.state is AlertState.OPEN and (key.rule, key.scope) not in known
    )


def _closing(key: Key) -> Closing:
    return Closing(ground=ClosingGround.ACCEPTED, note=NOTE.format(rule=key.rule))
