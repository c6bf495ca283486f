"""What a project is at a date: state, lists, closing, silence (domain-rules 5, 8, 17f, 19)."""

from typing import Any

import pytest

from contracts.envelope import AnyEvent
from contracts.events.analysis import ProjectStanding
from contracts.vocabulary import PriorityListKind, ProjectClass, ProjectState
from services.analysis.domain.folding import dispatch
from services.analysis.domain.standing import ends_silence, is_stopped, stopped, successors_at
from services.analysis.domain.state import PUBLISHERS_MAX, Jurisdiction
from tests.spec.engines import PureEngine, folded
from tests.support.builders import PROJECT, budget, day, day_opened, expenditure, heard, project
from tests.support.builders import jurisdiction as place
from tests.support.measuring import (
    amendment,
    correction,
    parameters,
    priority_list,
    state_changed,
    succession,
    year_closed,
)
from tests.support.watching import disposition


def standing(
    *events: AnyEvent, as_of: str = "2026-06-30", fiscal_year: int = 2026
) -> ProjectStanding:
    engine = folded([place(), project(), *events])
    return engine.assessment(as_of=as_of, fiscal_year=fiscal_year).standing


def test_a_project_is_active_until_something_else_is_said() -> None:
    """Registered or not; there is no day since when."""
    for found in (standing(), folded([place(), budget()]).assessment().standing):
        assert (ProjectState.ACTIVE, None) == (found.state, found.state_since)


@pytest.mark.parametrize(
    ("as_of", "state", "since"),
    [
        ("2026-02-28", "active", None),
        ("2026-03-01", "active", "2026-03-01"),
        ("2026-04-09", "active", "2026-03-01"),
        ("2026-04-10", "suspended", "2026-04-10"),
        ("2026-04-30", "suspended", "2026-04-10"),
        ("2026-05-01", "active", "2026-05-01"),
        ("2026-06-01", "suspended", "2026-06-01"),
        ("2026-06-14", "suspended", "2026-06-01"),
        ("2026-06-15", "active", "2026-06-15"),
        ("2026-11-30", "completed", "2026-11-30"),
        ("2026-12-31", "completed", "2026-11-30"),
    ],
)
def test_the_latest_change_says_what_a_project_is(
    as_of: str, state: str, since: str | None
) -> None:
    """A suspension is over after its last day, or on the day it is resumed."""
    found = standing(
        state_changed("completed", "2026-11-30"),
        state_changed("started", "2026-03-01"),
        state_changed("suspended", "2026-04-10", until="2026-04-30"),
        state_changed("suspended", "2026-06-01"),
        state_changed("resumed", "2026-06-15"),
        as_of=as_of,
    )

    assert (state, since) == (
        str(found.state),
        str(found.state_since) if found.state_since else None,
    )


def test_a_suspension_whose_last_day_is_past_when_it_is_stated_is_no_state() -> None:
    """It began and ended before: active since it was said."""
    found = standing(state_changed("suspended", "2026-04-10", until="2026-04-01"))

    assert (ProjectState.ACTIVE, "2026-04-10") == (found.state, str(found.state_since))


def test_what_is_terminated_may_be_resumed() -> None:
    """The state is the latest word, whatever was said before."""
    events = [state_changed("terminated", "2026-04-10"), state_changed("resumed", "2026-05-01")]

    assert ProjectState.TERMINATED is standing(*events, as_of="2026-04-30").state
    assert ProjectState.ACTIVE is standing(*events).state


def spans(*events: AnyEvent, known_by: str | None = None) -> list[tuple[str, str, str | None]]:
    engine = folded([place(), project(), *events])
    found = stopped(engine.heads[PROJECT], day(known_by).toordinal() if known_by else None)
    dated = [(span.state, span.start, span.end) for span in found]
    return [
        (str(state), str(_date(start)), str(_date(end)) if end is not None else None)
        for state, start, end in dated
    ]


def _date(ordinal: int) -> object:
    return type(day("2026-01-01")).fromordinal(ordinal)


def test_days_of_standstill() -> None:
    """Prolonged, resumed early, ended for good; each ends where the next begins."""
    events = [
        state_changed("suspended", "2026-02-01", until="2026-02-28"),
        state_changed("suspended", "2026-02-20", until="2026-05-31"),
        state_changed("resumed", "2026-04-01"),
        state_changed("suspended", "2026-06-01"),
        state_changed("completed", "2026-09-01"),
    ]

    assert [
        ("suspended", "2026-02-01", "2026-02-19"),
        ("suspended", "2026-02-20", "2026-03-31"),
        ("suspended", "2026-06-01", "2026-08-31"),
        ("completed", "2026-09-01", None),
    ] == spans(*events)


def suspending(date: str = "2026-04-10", name: str = "D1", **fields: Any) -> AnyEvent:
    return disposition("project_suspended", name, date, **fields)


def test_a_disposition_begins_a_suspension() -> None:
    """From its first day on, but none before it was decided; in all years of the project."""
    assert [("suspended", "2026-04-10", None)] == spans(suspending())
    assert [("suspended", "2026-05-01", None)] == spans(suspending(effective_from="2026-05-01"))
    assert [("suspended", "2026-04-10", None)] == spans(suspending(effective_from="2026-02-01"))
    assert [("suspended", "2026-04-10", "2026-04-30")] == spans(
        suspending(), state_changed("resumed", "2026-05-01")
    )
    assert (
        ProjectState.SUSPENDED is standing(suspending(), as_of="2027-06-30", fiscal_year=2027).state
    )


def test_a_suspension_is_not_known_before_its_first_day() -> None:
    """Though it is decided."""
    decided = suspending(effective_from="2026-05-01")

    assert [] == spans(decided, known_by="2026-04-30")
    assert [("suspended", "2026-05-01", None)] == spans(decided, known_by="2026-05-01")


def test_two_facts_that_say_the_same_are_one_suspension() -> None:
    """The change of state knows its last day, in whatever order they come."""
    state = state_changed("suspended", "2026-04-10", until="2026-05-31")
    later = state_changed("suspended", "2026-04-12", until="2026-05-31")

    for events in ([state, suspending()], [suspending(), state]):
        (found,) = [one for one in spans(*events) if one[2] is None or one[1] <= one[2]]
        assert ("suspended", "2026-04-10", "2026-05-31") == found
    assert [
        ("suspended", "2026-04-10", "2026-04-11"),
        ("suspended", "2026-04-12", "2026-05-31"),
    ] == spans(suspending(), later)
    assert 2 == len(spans(state, suspending("2026-06-01")))


def test_a_disposition_within_a_suspension_waits_for_its_last_day() -> None:
    """It is no repetition: what was decided later may last longer."""
    state = state_changed("suspended", "2026-03-01", until="2026-03-31")
    decided = suspending("2026-03-20")
    both = [("suspended", "2026-03-01", "2026-03-31"), ("suspended", "2026-04-01", None)]

    for events in ([state, decided], [decided, state], [state, decided, suspending("2026-03-25")]):
        assert both == spans(*events)
        assert both[:1] == spans(*events, known_by="2026-03-31")
        assert both == spans(*events, known_by="2026-04-01")
    assert both == spans(state, suspending("2026-03-31"))
    assert both == spans(state, decided, suspending("2026-04-01", "D2"))
    found = standing(state, decided, as_of="2026-04-01")
    assert (ProjectState.SUSPENDED, "2026-04-01") == (found.state, str(found.state_since))
    assert [
        *both[:1],
        ("suspended", "2026-04-01", "2026-04-30"),
    ] == spans(state, decided, state_changed("resumed", "2026-05-01"))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (state_changed("resumed", "2026-03-25"), [("suspended", "2026-03-01", "2026-03-24")]),
        (state_changed("resumed", "2026-04-01"), [("suspended", "2026-03-01", "2026-03-31")]),
        (
            state_changed("suspended", "2026-03-25", until="2026-03-28"),
            [("suspended", "2026-03-01", "2026-03-24"), ("suspended", "2026-03-25", "2026-03-28")],
        ),
        (
            succession("2026-03-31"),
            [("suspended", "2026-03-01", "2026-03-31"), ("completed", "2026-04-01", None)],
        ),
    ],
    ids=["resumed", "resumed on the day", "stated anew", "succeeded"],
)
def test_what_comes_first_ends_the_waiting(
    said: AnyEvent, expected: list[tuple[str, str, str | None]]
) -> None:
    """As it would have ended the disposition."""
    state = state_changed("suspended", "2026-03-01", until="2026-03-31")

    assert expected == spans(state, suspending("2026-03-20"), said)


def test_within_a_suspension_without_a_last_day_a_disposition_changes_nothing() -> None:
    """Whatever began it goes on until the next change of state."""
    resumed = state_changed("resumed", "2026-05-01")
    for first in (state_changed("suspended", "2026-03-01"), suspending("2026-03-01", "D0")):
        assert [("suspended", "2026-03-01", "2026-04-30")] == spans(
            first, suspending("2026-03-20"), resumed
        )


def test_what_has_ended_is_not_suspended_by_a_disposition() -> None:
    """It has nothing that could rest."""
    events = [state_changed("completed", "2026-04-01"), suspending()]

    assert [("completed", "2026-04-01", None)] == spans(*events)


def test_a_disposition_says_what_its_last_fact_says() -> None:
    """Of one id; restated, it binds from the day on which it was first decided."""
    other = disposition("correction_ordered", "D1", "2026-04-20")
    again = suspending("2026-04-20", effective_from="2026-04-10")

    for events in ([suspending(), other], [other, suspending()]):
        assert [] == spans(*events)
        assert [("suspended", "2026-04-10", None)] == spans(*events, known_by="2026-04-19")
    assert [("suspended", "2026-04-10", None)] == spans(suspending(), again)
    assert [("suspended", "2026-04-20", None)] == spans(suspending(), suspending("2026-04-20"))


def test_a_project_that_goes_on_as_others_has_ended() -> None:
    """From the day after its last; only started or resumed revives it."""
    succeeded = succession("2026-04-30")
    revived = state_changed("resumed", "2026-06-01")

    assert ProjectState.ACTIVE is standing(succeeded, as_of="2026-04-30").state
    found = standing(succeeded, as_of="2026-05-01")
    assert (ProjectState.COMPLETED, "2026-05-01") == (found.state, str(found.state_since))
    for said in (
        state_changed("suspended", "2026-05-10"),
        suspending("2026-05-10"),
        succession("2026-05-10"),
    ):
        assert [("completed", "2026-05-01", None)] == spans(succeeded, said)
        assert [("completed", "2026-05-01", "2026-05-31")] == spans(succeeded, said, revived)
    assert [
        ("completed", "2026-05-01", "2026-05-31"),
        ("suspended", "2026-06-10", None),
    ] == spans(succeeded, revived, state_changed("suspended", "2026-06-10"))
    assert [] == spans(succeeded, known_by="2026-04-30")


def test_the_projects_that_go_on_are_named_from_the_last_day_on() -> None:
    """Each once, in the order in which they were stated."""
    split = succession("2026-04-30", kind="split", successors=["610100/P8", "610100/P9"])
    head = folded([place(), project(), split, succession("2026-06-30")]).heads[PROJECT]

    assert [] == successors_at(head, day("2026-04-29").toordinal())
    for as_of in ("2026-04-30", "2026-06-30"):
        assert ["610100/P8", "610100/P9"] == successors_at(head, day(as_of).toordinal())


def test_only_what_was_known_by_a_day_makes_a_standstill() -> None:
    """Before it is resumed a suspension is open, whenever it is asked about."""
    events = [state_changed("suspended", "2026-02-01"), state_changed("resumed", "2026-04-01")]

    assert [] == spans(*events, known_by="2026-01-31")
    assert [("suspended", "2026-02-01", None)] == spans(*events, known_by="2026-03-31")
    assert [("suspended", "2026-02-01", "2026-03-31")] == spans(*events, known_by="2026-04-01")


def test_a_plan_made_after_a_standstill_began_knew_of_it() -> None:
    """First and last day stand still; of the first day itself a plan did not know."""
    engine = folded(
        [place(), project(), state_changed("suspended", "2026-02-01", until="2026-02-28")]
    )
    found = stopped(engine.heads[PROJECT])
    days = [day(f"2026-{text}").toordinal() for text in ("01-31", "02-01", "02-28", "03-01")]

    assert [False, True, True, False] == [is_stopped(found, on) for on in days]
    assert is_stopped(found, days[2], stated=days[1])
    assert not is_stopped(found, days[2], stated=days[1] + 1)


def test_what_was_amended_holds_from_its_day_on() -> None:
    """Each field on its own; registrations before and after are whole."""
    events = [
        project(date="2026-01-10", name="甲", project_class="subsidy", goal="旧"),
        amendment("2026-03-01", name="乙", lead_unit="U2"),
        amendment("2026-05-01", lead_unit="U3", control_mode="allotment_and_plan"),
        amendment("2026-02-01", goal="新"),
    ]
    engine = folded([place(), *events])

    def known(as_of: str) -> tuple[str | None, str | None, str]:
        made = engine.assessment(as_of=as_of)
        return made.project_name, made.lead_unit, made.goal

    assert ("甲", "U1", "旧") == known("2026-01-31")
    assert ("甲", "U1", "新") == known("2026-02-28")
    assert ("乙", "U2", "新") == known("2026-03-01")
    assert ("乙", "U3", "新") == known("2026-05-01")
    assert ProjectClass.SUBSIDY is engine.assessment().standing.project_class
    assert "allotment_and_plan" == str(engine.assessment().standing.control_mode)


def test_a_new_registration_says_everything_anew() -> None:
    """What was amended before it no longer holds."""
    made = folded(
        [
            place(),
            project(date="2026-01-10", name="甲"),
            amendment("2026-02-01", department="D9"),
            project(date="2026-03-01", name="丙", new_this_year=True),
        ]
    ).assessment()

    assert ("丙", "D1", True) == (
        made.project_name,
        made.department,
        made.standing.new_this_year,
    )


def test_an_amendment_alone_makes_no_project_known() -> None:
    """Its registration may come later."""
    made = folded([place(), amendment(name="乙"), budget()]).assessment()

    assert (None, None) == (made.project_name, made.standing.project_class)


def test_late_facts_are_those_whose_day_had_ended() -> None:
    """Before the first opened day nothing is late; of the day itself neither."""
    events = [
        budget(date="2026-01-20"),
        day_opened("2026-03-10"),
        expenditure(date="2026-03-10"),
        expenditure(date="2026-03-09"),
        day_opened("2026-03-11"),
        expenditure(date="2026-03-10"),
        correction(3, date="2026-03-10", line="L2"),
        expenditure(date="2025-03-10", fiscal_year=2025),
    ]
    dates = ("2026-03-08", "2026-03-09", "2026-03-10")

    assert [0, 1, 3] == [standing(*events, as_of=as_of).late_facts for as_of in dates]


def test_a_closed_year_names_its_version_and_what_came_after() -> None:
    """domain-rules 5: later facts of that year make a new closing version."""
    engine = folded([place(), project(), budget(), year_closed()])

    def closing(as_of: str = "2027-03-01") -> tuple[int | None, bool]:
        found = engine.assessment(as_of=as_of).standing
        return found.closed_version, found.facts_after_closing

    assert (None, False) == closing("2027-01-19")
    assert (1, False) == closing()
    engine.given(expenditure(fiscal_year=2025), amendment(name="乙"))
    assert (1, False) == closing()
    engine.given(expenditure(date="2026-12-20"))
    assert (1, True) == closing()
    engine.given(year_closed(version=2, date="2027-02-10"))
    assert (1, True) == closing("2027-02-09")
    assert (2, False) == closing()
    engine.given(correction(3, line="L2"))
    assert (2, True) == closing()


def test_what_is_dated_later_came_after_no_closing_of_the_date() -> None:
    """It is in no figure of that date; what comes after the next closing came after both."""
    engine = folded([place(), project(), budget(), year_closed(date="2027-01-20")])

    def after(*dates: str) -> list[bool]:
        made = [engine.assessment(as_of=as_of) for as_of in dates]
        return [one.standing.facts_after_closing for one in made]

    days = ("2027-01-19", "2027-01-20", "2027-02-09", "2027-02-10", "2027-03-01")
    engine.given(expenditure(date="2027-02-10", fiscal_year=2026))
    assert [False, False, False, True, True] == after(*days)
    engine.given(year_closed(version=2, date="2027-02-10"))
    assert [False, False, False, False, False] == after(*days)
    engine.given(expenditure(date="2027-03-01", fiscal_year=2026))
    assert [False, False, False, False, True] == after(*days)
    engine.given(correction(3, "2027-02-01", line="L2", fiscal_year=2026))
    assert [False, False, True, True, True] == after(*days)


def test_so_many_closings_are_looked_back_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the latest it is known what came after them."""
    monkeypatch.setattr(dispatch, "AFTER_CLOSINGS_MAX", 2)
    engine = folded([place(), budget()])
    for version, date in enumerate(("2027-01-20", "2027-02-20", "2027-03-20"), 1):
        engine.given(year_closed(version=version, date=date))
        engine.given(expenditure(date=f"2026-12-{version}0"))

    assert [5, 7] == sorted(engine.year(PROJECT, 2026).after_closings)


def test_closing_one_year_closes_no_other() -> None:
    """Each year is closed on its own."""
    events = [budget(date="2025-02-01"), budget(), year_closed(2025, "2026-02-01")]

    assert standing(*events).closed_version is None
    assert 1 == standing(*events, fiscal_year=2025).closed_version


def test_the_lists_that_a_project_stands_on() -> None:
    """The bureau's and its department's; a later list of the same kind replaces the earlier."""
    bureau = priority_list("P1", date="2026-02-01")
    department = priority_list("P1", "P2", kind="department", organisation="D1", date="2026-03-01")
    gone = priority_list("P2", date="2026-05-01")

    assert (PriorityListKind.BUREAU,) == standing(bureau, department, as_of="2026-02-28").priority
    assert (PriorityListKind.BUREAU, PriorityListKind.DEPARTMENT) == standing(
        bureau, department
    ).priority
    assert (PriorityListKind.DEPARTMENT,) == standing(bureau, department, gone).priority


def test_a_departments_list_is_about_its_own_projects() -> None:
    """Whoever states it: another's project is not on it, and one that moved away no more."""
    others = priority_list("P1", kind="department", organisation="D2", date="2026-03-01")
    own = priority_list("P1", kind="department", organisation="D1", date="2026-03-02")
    moved = amendment("2026-05-06", department="D2")

    assert () == standing(others).priority
    assert (PriorityListKind.DEPARTMENT,) == standing(others, own).priority
    assert (PriorityListKind.DEPARTMENT,) == standing(others, moved).priority
    assert () == standing(own, moved).priority
    assert (PriorityListKind.DEPARTMENT,) == standing(own, moved, as_of="2026-05-05").priority


def test_who_is_not_registered_is_nobodys_yet() -> None:
    """A list may come before the registration of what it names."""
    engine = folded([place(), budget(), priority_list("P1", kind="department", organisation="D2")])

    assert (PriorityListKind.DEPARTMENT,) == engine.assessment().standing.priority


def silent(spoke: str, *opened: str, limit: int | None = 3, as_of: str = "2026-03-31") -> bool:
    engine: PureEngine = folded(
        [
            place(),
            parameters(silent_publisher_days=limit),
            project(),
            budget(),
            *(day_opened(date) for date in opened),
        ]
    )
    engine.year(PROJECT, 2026).publisher = "finance"
    engine.jurisdictions["610100"].publishers["finance"] = day(spoke).toordinal()
    return engine.assessment(as_of=as_of).standing.frozen


def test_a_publisher_silent_for_so_many_opened_days_freezes_its_projects() -> None:
    """Opened days count, not calendar days (domain-rules 17f)."""
    opened = ("2026-03-02", "2026-03-03", "2026-03-09", "2026-03-16")

    assert not silent("2026-03-03", *opened)
    assert silent("2026-03-02", *opened)
    assert not silent("2026-03-02", *opened, "2026-04-01", limit=4)
    assert not silent("2026-03-02", *opened, limit=None)


def frozen(*stated: tuple[str, str], own: str | None = None, as_of: str = "2026-03-31") -> bool:
    """Say whether a project of `finance` is frozen, where who was heard is stated day by day."""
    opened = ("2026-03-02", "2026-03-03", "2026-03-09", "2026-03-16")
    engine: PureEngine = folded(
        [
            place(),
            parameters(silent_publisher_days=3),
            project(),
            budget(),
            *(day_opened(date) for date in opened),
            *(heard(publisher, date) for publisher, date in stated),
        ]
    )
    engine.year(PROJECT, 2026).publisher = "finance"
    if own is not None:
        engine.jurisdictions["610100"].publishers["finance"] = day(own).toordinal()
    return engine.assessment(as_of=as_of).standing.frozen


def test_who_was_heard_is_what_the_ledger_states() -> None:
    """The same for every partition, whatever this one has heard itself (domain-rules 17f)."""
    assert frozen(("finance", "2026-03-02"))
    assert not frozen(("finance", "2026-03-03"))
    assert not frozen(("finance", "2026-03-03"), own="2026-03-02")
    assert frozen(("finance", "2026-03-02"), own="2026-03-16")
    assert not frozen(("finance", "2026-03-16"), ("finance", "2026-03-02"))
    assert not frozen(("bank", "2026-03-02"))


def test_of_whom_nothing_is_stated_the_partition_tells() -> None:
    """As of who spoke last before the ledger began to state it."""
    assert frozen(("bank", "2026-03-16"), own="2026-03-02")
    assert not frozen(("bank", "2026-03-16"), own="2026-03-03")


def test_a_silence_that_has_ended_freezes_no_day_before() -> None:
    """Known is the last day alone: of the days between, nobody says that it was silent."""
    assert not frozen(("finance", "2026-03-02"), ("finance", "2026-03-16"), as_of="2026-03-15")


def test_only_who_was_silent_ends_a_silence() -> None:
    """Then all that stood still is judged again."""
    engine: PureEngine = folded(
        [
            place(),
            parameters(silent_publisher_days=2),
            *(day_opened(date) for date in ("2026-03-02", "2026-03-03", "2026-03-09")),
            heard("silent", "2026-03-01"),
            heard("awake", "2026-03-02"),
        ]
    )
    known = engine.jurisdictions["610100"]

    assert ends_silence(known, "silent")
    assert not ends_silence(known, "awake")
    assert not ends_silence(known, "new")
    assert not ends_silence(None, "silent")
    assert not ends_silence(Jurisdiction("610100"), "silent")


def test_so_many_publishers_are_remembered() -> None:
    """No publisher can make a jurisdiction grow."""
    engine: PureEngine = folded(
        [place(), *(heard(f"p{number}", "2026-03-01") for number in range(PUBLISHERS_MAX + 1))]
    )

    assert PUBLISHERS_MAX == len(engine.jurisdictions["610100"].heard)


@pytest.mark.parametrize(
    ("fields", "new"),
    [
        ({}, {2025: True, 2026: False}),
        ({"start_year": 2026}, {2025: False, 2026: True}),
    ],
)
def test_a_project_is_new_in_its_first_year_alone(
    fields: dict[str, Any], new: dict[int, bool]
) -> None:
    """Its start year, else the fiscal year it was registered in (Art. 10)."""
    engine = folded([project(date="2025-03-01", new_this_year=True, **fields)])

    for year, expected in new.items():
        made = engine.assessment(fiscal_year=year, as_of="2026-06-30")
        assert expected == made.standing.new_this_year


def test_on_the_day_that_is_open_a_publisher_may_still_speak() -> None:
    """Only days that have ended were silent ones."""
    opened = ("2026-03-02", "2026-03-03", "2026-03-04")

    assert not silent("2026-03-02", *opened, limit=2, as_of="2026-03-04")
    assert silent("2026-03-02", *opened, "2026-03-05", limit=2, as_of="2026-03-05")
