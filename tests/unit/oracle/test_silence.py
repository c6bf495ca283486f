"""Publishers that say nothing, and what is frozen by it, by hand (domain-rules 17f)."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import pytest

from tests.oracle.assessment import assess
from tests.oracle.dates import fiscal_year
from tests.oracle.facts import Jurisdiction
from tests.oracle.figures import compare_frozen
from tests.oracle.ledger import hear_the_heard
from tests.oracle.moment import Parameters
from tests.oracle.replay import Boundary, Replay
from tests.oracle.report import UNDECIDED, Report
from tests.oracle.rules import FOR_DAYS, FROZEN, read_pack
from tests.oracle.silence import compare_heard, heard_by_entries, silent_at
from tests.oracle.world import World
from tests.unit.oracle.facts import SUBJECT, Story

PACK = read_pack()
BEHIND = "execution_behind_standard"
ZERO = "zero_execution_at_checkpoint"
YEAR = fiscal_year(2026, "01-01")
DUE = ("2026-01-01", "2026-03-31", "50.00"), ("2026-04-01", "2026-12-31", "50.00")
"""A plan: half of the money by the end of March."""


def story(days: int | None = 2, publisher: str | None = "treasury") -> Story:
    """Measure by parameters that call a publisher silent after some opened days."""
    told = Story()
    told.publisher = publisher
    return told.say("monitoring_parameters.published", "2026-01-01", silent_publisher_days=days)


def heard(told: Story, date: str, publisher: str = "treasury") -> Story:
    """Have the ledger state that a publisher spoke on an opened day."""
    return told.say("publisher.heard", date, publisher=publisher)


def opened(told: Story, *dates: str) -> Story:
    """Open days; what is told after them came when they were open."""
    told.jurisdiction.days += [dt.date.fromisoformat(date) for date in dates]
    return told


def behind(spent: str = "10.00") -> Story:
    """Spend 10 of the 50 that are due by the end of March, on 30 March."""
    told = opened(story().budget("100.00").plan(*DUE), "2026-03-30")
    return heard(told.pay(spent, "2026-03-30"), "2026-03-30")


def replay(told: Story, rules: Iterable[str] = (BEHIND,), days: int = 0) -> list[Boundary]:
    """Go through the days with some rules alone, each so after some days in a row."""
    pack: dict[str, Parameters] = {rule: {**PACK[rule], FOR_DAYS: days} for rule in rules}
    return list(Replay(told.jurisdiction, pack).boundaries())


def shown(boundaries: list[Boundary], rule: str = BEHIND) -> list[tuple[str | None, str | None]]:
    """Give how severe the alert of a rule is, once each day is opened and before the next is."""
    key = (rule, SUBJECT, SUBJECT, 2026)
    return [(one.opened.get(key), one.closed.get(key)) for one in boundaries]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        pytest.param("2026-03-02", False, id="the very day"),
        pytest.param("2026-03-04", False, id="one opened day between"),
        pytest.param("2026-03-09", True, id="two, whatever days were never opened"),
        pytest.param("2026-03-01", False, id="a day before, asked of the past"),
    ],
)
def test_opened_days_between_are_counted_and_neither_end(day: str, *, expected: bool) -> None:
    """Heard on 2 March; N is 2."""
    told = opened(story(), "2026-02-27", "2026-03-01", "2026-03-02")
    told.budget("100.00").pay("1.00", "2026-03-02")
    opened(heard(told, "2026-03-02"), "2026-03-03", "2026-03-04", "2026-03-09")
    assert told.at(day)["standing"]["frozen"] is expected


def test_the_latest_date_counts_whenever_it_was_stated() -> None:
    """One stated later about an earlier day takes nothing back."""
    told = opened(story().pay("1.00"), "2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05")
    heard(heard(told, "2026-03-04"), "2026-03-02")
    assert told.at("2026-03-05")["standing"]["frozen"] is False


def test_a_project_s_publisher_stated_the_payment_that_was_entered_last() -> None:
    """However it is dated; what others state of the project, or of another year, is no matter."""
    told = heard(opened(story(), "2026-03-02"), "2026-03-02", "district")
    told.publisher = "district"
    told.budget("100.00").pay("1.00", "2026-03-02")
    opened(told, "2026-03-03", "2026-03-04", "2026-03-05")
    told.publisher = "treasury"
    told.report("10", "2026-03-05").pay("9.00", "2026-03-05", fiscal_year=2025)
    heard(told, "2026-03-05")
    assert told.at("2026-03-05")["standing"]["frozen"] is True
    told.pay("1.00", "2026-03-01")
    assert told.at("2026-03-05")["standing"]["frozen"] is False


def test_nothing_is_frozen_that_nobody_is_known_to_have_left() -> None:
    """No limit, no payment, no fact of the publisher."""
    days = ("2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05")
    unlimited = heard(opened(story(None).pay("1.00"), *days), "2026-03-02")
    unpaid = heard(opened(story().budget("1.00"), *days), "2026-03-02")
    unheard = heard(opened(story().pay("1.00"), *days), "2026-03-02", "district")
    for told in (unlimited, unpaid, unheard):
        assert told.at("2026-03-05")["standing"]["frozen"] is False


def test_the_limit_is_that_of_the_day() -> None:
    """From 5 March on three opened days are still no silence."""
    told = heard(opened(story(), *(f"2026-03-0{day}" for day in range(1, 7))), "2026-03-01")
    told.say(
        "monitoring_parameters.published", "2026-03-01",
        silent_publisher_days=4, effective_from="2026-03-05",
    )  # fmt: skip
    silent = [bool(silent_at(told.jurisdiction, dt.date(2026, 3, day))) for day in range(1, 7)]
    assert silent == [False, False, False, True, False, True]


def test_without_the_ledger_nobody_knows_the_publisher() -> None:
    """The log does not say who stated a payment."""
    assert story(2, None).pay("1.00").at("2026-03-05")["standing"]["frozen"] is UNDECIDED
    assert story(None, None).pay("1.00").at("2026-03-05")["standing"]["frozen"] is False


def test_what_is_open_stays_as_it_is_though_it_turns_worse() -> None:
    """35 of 50 is yellow; from 2 April on it is frozen, and 35 of 60 is red once it is heard."""
    told = opened(behind("35.00"), "2026-03-31", "2026-04-01", "2026-04-02")
    told.publisher = "district"
    told.tell("spending_plan.approved", "2026-04-02", plan="PL1", periods=periods("60.00", "40.00"))
    opened(told, "2026-04-03")
    assert shown(replay(told)) == [(None, None), *[("yellow", "yellow")] * 4]

    heard(told, "2026-04-03")
    assert shown(replay(told))[-1] == ("yellow", "red")


def test_a_silence_neither_raises_nor_clears() -> None:
    """On 31 March nothing is raised; heard on 1 April it is that evening.

    From 4 April on it is silent again, and a plan of somebody else, by which nothing is due, clears
    nothing before it is heard.
    """
    told = opened(story().budget("100.00").plan(*DUE), "2026-03-25")
    heard(told.pay("10.00", "2026-03-25"), "2026-03-25")
    opened(told, "2026-03-28", "2026-03-29", "2026-03-31")
    assert shown(replay(told))[-1] == (None, None)

    opened(told, "2026-04-01")
    heard(told, "2026-04-01")
    assert shown(replay(told))[-1] == (None, "red")

    opened(told, "2026-04-02", "2026-04-03", "2026-04-04")
    told.publisher = "district"
    told.tell("spending_plan.approved", "2026-04-04", plan="PL1", periods=periods())
    assert shown(replay(told))[-1] == ("red", "red")

    opened(told, "2026-04-05")
    assert shown(replay(told))[-1] == ("red", "red")
    heard(told, "2026-04-05")
    assert shown(replay(told))[-1] == ("red", None)


def periods(by_march: str = "0.00", rest: str = "100.00") -> list[dict[str, str]]:
    """Give a plan by which something is due by the end of March, and the rest by December."""
    return [
        {"start": "2026-01-01", "end": "2026-03-31", "amount": by_march},
        {"start": "2026-04-01", "end": "2026-12-31", "amount": rest},
    ]


def test_an_opened_day_is_judged_by_what_stands_before_it() -> None:
    """Of 31 March, but stated behind the opening of 1 April: it counts from there on."""
    told = opened(story().budget("100.00").plan(*DUE), "2026-03-25")
    heard(told.pay("10.00", "2026-03-25"), "2026-03-25")
    opened(told, "2026-03-27", "2026-03-28", "2026-03-31", "2026-04-01")
    heard(told, "2026-03-31")
    opened(told, "2026-04-02")
    assert shown(replay(told))[-3:] == [(None, None), (None, "red"), ("red", "red")]


def test_what_the_tenant_said_the_same_evening_may_have_been_judged_or_not() -> None:
    """By a table that makes it red or by months alone, which are silent still."""
    told = opened(story().budget("100.00"), "2026-02-25")
    heard(told.pay("1.00", "2026-02-25"), "2026-02-25")
    opened(told, "2026-02-26", "2026-02-27", "2026-03-02")
    table = {"fiscal_year": 2026, "standard": "T", "months_bp": [5000] * 11 + [10_000]}
    told.say("progress_standard.published", "2026-01-01", **table)
    heard(told, "2026-03-02")
    opened(told, "2026-03-03")
    *_, evening, morning = replay(told)
    assert {key[0] for key in evening.undecided} == {BEHIND}
    assert shown([morning]) == [("red", "red")]
    assert not morning.undecided


def test_parameters_of_an_evening_may_have_ended_a_silence_at_once_or_not() -> None:
    """From the next day on they have."""
    told = opened(story().budget("100.00").plan(*DUE), "2026-03-25")
    heard(told.pay("10.00", "2026-03-25"), "2026-03-25")
    opened(told, "2026-03-28", "2026-03-29", "2026-03-31")
    told.say("monitoring_parameters.published", "2026-03-31", silent_publisher_days=9)
    opened(told, "2026-04-01")
    *_, evening, morning = replay(told)
    assert {key[0] for key in evening.undecided} == {BEHIND}
    assert shown([morning]) == [("red", "red")]


def test_parameters_of_an_evening_may_have_silenced_it_before_or_after_a_fact() -> None:
    """What the fact says was decided before them, or is held."""
    told = opened(story(None).budget("100.00").plan(*DUE), "2026-03-27")
    heard(told.pay("10.00", "2026-03-27"), "2026-03-27")
    opened(told, "2026-03-28", "2026-03-29", "2026-04-01")
    told.publisher = "district"
    told.tell("spending_plan.approved", "2026-04-01", plan="PL1", periods=periods())
    told.say("monitoring_parameters.published", "2026-04-01", silent_publisher_days=1)
    (*_, last) = replay(told)
    assert shown([last]) == [("red", "red")]
    assert {key[0] for key in last.undecided} == {BEHIND}


def test_a_project_frozen_at_its_checkpoint_is_not_judged_by_it() -> None:
    """Neither then nor later; and what it found is ended by a fen also while it is frozen."""
    told = opened(story(1).budget("100.00"), "2026-06-25")
    back: dict[str, Any] = {"amount": "1.00", "line": "L1"}
    told.pay("1.00", "2026-06-25").tell("expenditure.reversed", "2026-06-25", **back)
    heard(told, "2026-06-25")
    opened(told, "2026-06-29", "2026-06-30")
    heard(told, "2026-06-30")
    opened(told, "2026-07-01", "2026-07-02")
    assert shown(replay(told, [ZERO]), ZERO) == [(None, None)] * 5

    found = opened(story(1).budget("100.00").pay("1.00"), "2026-06-29")
    heard(found.tell("expenditure.reversed", "2026-06-29", **back), "2026-06-29")
    opened(found, "2026-06-30", "2026-07-01")
    assert found.at("2026-07-01")["standing"]["frozen"] is True
    found.pay("0.01", "2026-07-01")
    assert shown(replay(found, [ZERO]), ZERO)[-2:] == [("red", "red"), ("red", None)]


def test_days_of_silence_are_no_days_in_a_row_and_end_none() -> None:
    """Three days in a row: 31 March and 1 April, then 4 April, once it was heard on the 3rd."""
    told = opened(behind(), "2026-03-31", "2026-04-01", "2026-04-02", "2026-04-03")
    heard(told, "2026-04-03")
    opened(told, "2026-04-04")
    days = shown(replay(told, days=3))
    assert days == [(None, None)] * 5 + [("red", "red")]


def test_what_does_not_look_at_execution_is_raised_all_the_same() -> None:
    """A finding; and a closed year ends what is frozen, too."""
    told = opened(behind(), "2026-03-31", "2026-04-01", "2026-04-02")
    told.publisher = "district"
    told.tell("funds.disbursed", "2026-04-02", amount="1.00", line="L1")
    told.tell("budget.adjusted", "2026-04-02", line="L1", adjustment_kind="cut", amount="95.00")
    opened(told, "2026-04-03")
    assert "over_budget" in {key[0] for key in replay(told, ["over_budget", BEHIND])[-1].opened}
    assert shown(replay(told))[-1] == ("red", "red")

    told.say("fiscal_year.closed", "2026-04-03", fiscal_year=2026)
    opened(told, "2026-04-04")
    assert shown(replay(told))[-1] == (None, None)


def test_the_shipped_rules_that_silence_holds() -> None:
    """Those on execution: nobody else's word is missing for the others."""
    held = {rule for rule, parameters in PACK.items() if parameters[FROZEN]}
    assert held == {
        BEHIND, ZERO, "carryover_unused", "new_project_unprepared", "serious_deviation",
    }  # fmt: skip


class Lists:
    """An analysis that lists what it is given."""

    def __init__(self, *subjects: str) -> None:
        self._subjects = subjects

    def pages(self, _: str, **asked: Any) -> list[dict[str, str]]:
        """Give what is frozen."""
        assert asked["frozen"] == "true"
        return [{"project_id": subject} for subject in self._subjects]


def test_the_list_of_frozen_projects_is_compared() -> None:
    """Of a day; without the ledger it is undecided."""
    told = opened(behind(), "2026-03-31", "2026-04-01", "2026-04-02")
    report = Report()

    def compare(jurisdiction: Jurisdiction, *listed: str) -> None:
        day = dt.date(2026, 4, 2)
        every = {
            subject: assess(project, YEAR, day, within=jurisdiction)
            for subject, project in jurisdiction.projects.items()
        }
        lists: Any = Lists(*listed)
        compare_frozen(jurisdiction, YEAR, day, every, lists, report)

    compare(told.jurisdiction, SUBJECT)
    assert report.equal
    compare(told.jurisdiction)
    assert report.differing == {"analysis.frozen": 1, "analysis.frozen.unit": 1}
    compare(story(2, None).pay("1.00").jurisdiction)
    assert report.compared["analysis.frozen (undecided)"] == 1


def test_who_was_heard_is_checked_against_what_was_entered() -> None:
    """From the parameters on each day, before them the last one; nothing before the first day."""
    told = Story()
    told.publisher = "treasury"
    told.budget("100.00")
    for day in ("2026-03-01", "2026-03-02"):
        opened(told, day).pay("1.00", day)
    opened(told, "2026-03-03")
    told.say("monitoring_parameters.published", "2026-03-03", silent_publisher_days=5)
    told.publisher = "district"
    opened(told, "2026-03-04").pay("1.00", "2026-01-01").pay("1.00", "2026-01-01")
    facts = [("2026-03-02", "treasury"), ("2026-03-04", "district")]
    expected = {(who, dt.date.fromisoformat(day)) for day, who in facts}
    assert heard_by_entries(told.jurisdiction) == (expected, set())

    for day, who in facts:
        heard(told, day, who)
    report = Report()
    compare_heard(told.jurisdiction, report)
    assert report.equal
    heard(told, "2026-03-04", "district")
    heard(told, "2026-03-01")
    compare_heard(told.jurisdiction, report)
    assert report.differing == {"intake.heard": 2}


def test_of_the_day_of_the_parameters_nobody_knows_what_came_before_them() -> None:
    """It spoke that day: the day before may be stated, too."""
    told = opened(Story(), "2026-03-01")
    told.publisher = "treasury"
    opened(told.budget("100.00"), "2026-03-02").pay("1.00", "2026-03-02")
    told.say("monitoring_parameters.published", "2026-03-02", silent_publisher_days=5)
    first, second = told.jurisdiction.days
    assert heard_by_entries(told.jurisdiction) == ({("treasury", second)}, {("treasury", first)})
    report = Report()
    compare_heard(heard(told, "2026-03-02").jurisdiction, report)
    assert report.equal
    compare_heard(heard(told, "2026-03-01").jurisdiction, report)
    assert report.equal
    no_limit = opened(Story(), "2026-03-01")
    no_limit.publisher = "treasury"
    assert heard_by_entries(no_limit.pay("1.00").jurisdiction) == (set(), set())


def test_what_the_ledger_states_is_known_since_the_days_opened_before_it() -> None:
    """What others send under such a name would be the log's."""
    world = World()
    heard_of = {"date": "2026-03-01", "publisher": "treasury"}
    events = [
        ("dualwatch:intake", "dualwatch.day.opened.v1", {"date": "2026-03-01"}),
        ("urn:example:bureau", "dualwatch.calendar.published.v1", {"date": "2026-03-01"}),
        ("dualwatch:intake", "dualwatch.publisher.heard.v1", heard_of),
    ]
    hear_the_heard(
        world, "J", [{"source": who, "type": kind, "data": data} for who, kind, data in events]
    )
    (fact,) = world.of("J").facts["publisher.heard"]
    assert (fact.epoch, fact.sequence, fact.date) == (1, 3, dt.date(2026, 3, 1))
