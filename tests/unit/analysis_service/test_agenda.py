"""When changed project years are assessed."""

from hypothesis import given
from hypothesis import strategies as st

from services.analysis.handlers.agenda import Agenda
from services.analysis.store.states import YearKey

KEY = YearKey("610100/P1", 2026)
OTHER = YearKey("610100/P2", 2026)
MANY = 100


def agenda() -> Agenda:
    """Make one with the default times, in seconds."""
    return Agenda(interval=0.25, deferral=5.0)


def test_the_first_change_is_assessed_at_once() -> None:
    """A quiet project shows a payment without delay."""
    assert agenda().changed([KEY], 10.0, MANY) == [KEY]


def test_later_changes_wait_for_the_end_of_the_interval() -> None:
    """However many there are, they are assessed together."""
    waiting = agenda()
    waiting.done(waiting.changed([KEY], 10.0, MANY), 10.0)

    assert waiting.changed([KEY], 10.1, MANY) == []
    assert waiting.changed([KEY], 10.2, MANY) == []
    assert waiting.due(10.2, MANY) == []
    assert round(waiting.wait(10.2) or 0, 6) == 0.05
    assert waiting.due(10.25, MANY) == [KEY]


def test_after_an_interval_without_change_the_next_is_the_first_again() -> None:
    """Nothing is remembered longer than the interval."""
    waiting = agenda()
    waiting.done([KEY], 10.0)

    assert waiting.changed([KEY], 10.25, MANY) == [KEY]


def test_more_than_the_limit_wait_for_their_turn() -> None:
    """One transaction does not assess thousands."""
    waiting = agenda()

    assert waiting.changed([KEY, OTHER], 10.0, 1) == [KEY]
    assert waiting.due(10.0, MANY) == [OTHER]


def test_a_backlog_is_assessed_when_it_pauses() -> None:
    """Every large batch puts it off by the interval."""
    waiting = agenda()
    waiting.defer([KEY], 10.0)
    waiting.defer([KEY, OTHER], 10.2)

    assert waiting.due(10.3, MANY) == []
    assert sorted(waiting.due(10.45, MANY)) == [KEY, OTHER]


def test_a_backlog_without_a_pause_is_assessed_after_the_deferral() -> None:
    """Nobody waits longer than that."""
    waiting = agenda()
    for step in range(100):
        waiting.defer([KEY], 10.0 + step / 10)

    assert waiting.wait(14.9) is not None
    assert waiting.due(14.9, MANY) == []
    assert waiting.due(15.0, MANY) == [KEY]


def test_a_long_backlog_is_assessed_once_per_deferral() -> None:
    """Assessing in pages while more comes in does not end the deferral for good."""
    waiting, assessed = agenda(), 0
    keys = [YearKey(f"610100/P{number}", 2026) for number in range(1_000)]
    for step in range(600):
        now = step / 20
        if step % 5 == 0:
            waiting.defer(keys, now)
        done = waiting.due(now, 400)
        waiting.done(done, now)
        assessed += len(done)

    assert 5_000 <= assessed <= 7_000


def test_a_change_within_a_backlog_waits_with_it() -> None:
    """A small batch in the midst of large ones is no pause."""
    waiting = agenda()
    waiting.defer([OTHER], 10.0)

    assert waiting.changed([KEY], 10.1, MANY) == []


def test_a_day_that_opens_asks_for_its_own_jurisdiction() -> None:
    """Others are not disturbed."""
    waiting = agenda()
    waiting.add([KEY, YearKey("610101/P1", 2026)], 10.0)

    assert waiting.of("610100", MANY) == [KEY]
    assert waiting.of("6101", MANY) == []


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["change", "defer", "look"]),
            st.sampled_from([KEY, OTHER]),
            st.floats(0.0, 0.6),
        ),
        max_size=60,
    )
)
def test_every_change_is_assessed_after_it_happened(
    steps: list[tuple[str, YearKey, float]],
) -> None:
    """The last state is always assessed, and no later than the deferral allows."""
    waiting, now = agenda(), 0.0
    unassessed: dict[YearKey, float] = {}
    for what, key, passed in steps:
        now += passed
        if what == "look":
            done = waiting.due(now, MANY)
        else:
            unassessed.setdefault(key, now)
            if what == "defer":
                waiting.defer([key], now)
                done = []
            else:
                done = waiting.changed([key], now, MANY)
        waiting.done(done, now)
        for known in done:
            unassessed.pop(known, None)
        assert set(unassessed) == set(waiting.of("610100", MANY))

    done = waiting.due(now + waiting.deferral, MANY)

    assert set(unassessed) == set(done)
