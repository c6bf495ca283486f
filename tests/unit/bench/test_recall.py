"""Alerts held against what was planted: in time, late, missed, false."""

import datetime as dt
from typing import Final

from contracts.vocabulary import Severity
from services.cli.rules_truth import Planted
from tests.bench.recall import LAST, Raised, Row, Seen, Table, seeds_of

PROJECT: Final = "610100/P1"
RULE: Final = "over_budget"
BEHIND: Final = "execution_behind_standard"
TRUE: Final = dt.date(2026, 11, 2)


def planted(date: dt.date = TRUE, kind: str = RULE, project: str = PROJECT) -> Planted:
    """Plant something."""
    return Planted(kind, project, 2026, date, ())


def raised(day: dt.date, rule: str = RULE, project: str = PROJECT) -> Raised:
    """Let a rule raise."""
    return Raised((project, 2026), rule, "L1", day, Severity.RED)


def held(planted: list[Planted], raised: list[Raised]) -> Table:
    """Hold a city's alerts against its truth."""
    table = Table({name: Row(name) for name in (RULE, BEHIND, "diversion")})
    table.add(Seen(7, planted, raised, last=LAST), projects=100)
    return table


def test_an_alert_of_the_next_day_is_in_time() -> None:
    """And no false one."""
    table = held([planted()], [raised(TRUE + dt.timedelta(days=1))])

    assert (1.0, 0) == (table.recall, table.false_rate)


def test_an_alert_from_before_answers_nothing_and_is_false() -> None:
    """A rule that is always on is not always right."""
    table = held([planted()], [raised(dt.date(2026, 2, 1))])

    assert 0.0 == table.recall
    assert (1, 1) == (len(table.rows[RULE].missed), table.rows[RULE].false)


def test_an_alert_that_an_earlier_deviation_brought_about_answers_the_next_one_too() -> None:
    """It is still there: nothing new comes up."""
    earlier = dt.date(2026, 3, 2)
    table = held([planted(earlier), planted()], [raised(earlier)])

    assert (1.0, 0, 2) == (table.recall, table.rows[RULE].false, table.rows[RULE].in_time)


def test_a_late_alert_is_late_and_named() -> None:
    """It is not false: it has its reason."""
    table = held([planted()], [raised(TRUE + dt.timedelta(days=2))])

    assert (0.0, 0) == (table.recall, table.rows[RULE].false)
    assert table.rows[RULE].late == [f"00000007 {PROJECT} {RULE} {TRUE}, raised 2026-11-04"]


def test_what_builds_up_may_be_seen_before_its_day() -> None:
    """Its date says by when it surely is so."""
    table = held([planted(kind="execution_behind_plan")], [raised(dt.date(2026, 4, 1), BEHIND)])

    assert (1.0, 0) == (table.recall, table.rows[BEHIND].false)


def test_what_is_not_raised_is_missed_whatever_is_raised_elsewhere() -> None:
    """Another rule, another project: both are false alarms here."""
    others = [raised(TRUE, "diversion"), raised(TRUE, project="610100/P2")]
    table = held([planted()], others)

    assert 0.0 == table.recall
    assert (1, 1) == (table.rows[RULE].false, table.rows["diversion"].false)


def test_what_no_rule_is_about_is_counted_apart() -> None:
    """It fails the run."""
    table = held([planted(kind="unheard_of")], [])

    assert table.recall is None
    assert {"unheard_of": 1} == table.not_covered


def test_seeds_are_those_of_the_hash() -> None:
    """Nobody chooses them."""
    assert [0x4C4E84CA, 0x54FA1B15, 0x60F1477F] == seeds_of("4c4e84ca54fa1b1560f1477f" + "0" * 16)
