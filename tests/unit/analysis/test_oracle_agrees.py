"""Drawn histories through the domain and through the oracle, which never read it.

What is compared here is the second monitor, earned value and extended monitoring, at any date.
"""

import datetime as dt
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.codec import encode
from contracts.envelope import AnyEvent
from contracts.vocabulary import IndicatorDirection, ValueKind
from tests.support import builders
from tests.unit.analysis.strategies import (
    money_facts,
    plans,
    results,
    state_changes,
    watched,
)
from tests.unit.analysis.strategies import targets as any_targets
from tests.unit.oracle.agreement import agree

PLACES: Final = ("analysis.attainment", "analysis.earned_value", "analysis.extended")
A_TARGET: Final = builders.targets(builders.target("Z"))
"""So that a year is known whatever is drawn."""


def _is_plain(stated: AnyEvent) -> bool:
    """What the contract leaves no doubt about: a date by which, one stage target a day."""
    return all(
        (
            target.value_kind is not ValueKind.DATE
            or target.direction is not IndicatorDirection.EQUAL
        )
        and len({stage.due for stage in target.stages}) == len(target.stages)
        for target in stated.data.targets
    )


def _once_a_day(events: list[AnyEvent]) -> list[AnyEvent]:
    """Of an indicator's results of one day the first: one may take back another's number."""
    kept: dict[tuple[str, ...], AnyEvent] = {}
    for number, event in enumerate(events):
        indicator = getattr(event.data, "indicator", None)
        key = (str(number),) if indicator is None else (indicator, str(event.data.date))
        kept.setdefault(key, event)
    return list(kept.values())


targets = any_targets.filter(_is_plain)
IN_2026 = st.integers(0, 364).map(lambda n: dt.date(2026, 1, 1) + dt.timedelta(days=n))


def _differing(events: list[AnyEvent], as_of: dt.date) -> list[str]:
    with TemporaryDirectory() as folder:
        log = Path(folder) / "log.jsonl"
        known = [builders.jurisdiction(), *_once_a_day(events)]
        log.write_bytes(b"".join(encode(event) + b"\n" for event in known))
        report = agree(log, [as_of])
    assert report.compared
    return [str(one) for one in report.differences if one.where.startswith(PLACES)]


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    events=st.lists(st.one_of(targets, results, results, state_changes), min_size=4, max_size=30),
    as_of=IN_2026,
)
def test_results_are_judged_as_the_oracle_does(events: list[AnyEvent], as_of: dt.date) -> None:
    """Every kind of target, standstills, missing and repeated results."""
    assert [] == _differing([*events, A_TARGET], as_of)


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    events=st.lists(
        st.one_of(money_facts, plans(), targets, results, state_changes), min_size=4, max_size=30
    ),
    as_of=IN_2026,
)
def test_value_is_earned_as_the_oracle_reckons(events: list[AnyEvent], as_of: dt.date) -> None:
    """Budget, plans, spending and results together."""
    assert [] == _differing([*events, A_TARGET], as_of)


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(events=st.lists(watched, min_size=1, max_size=25), as_of=IN_2026)
def test_what_is_watched_is_counted_as_the_oracle_does(
    events: list[AnyEvent], as_of: dt.date
) -> None:
    """Versions, ends and terms."""
    assert [] == _differing([*events, A_TARGET], as_of)
