"""What lines are, against the words of docs/measuring.md taken one by one, over drawn histories."""

import datetime as dt
from typing import Final, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.envelope import AnyEvent
from tests.spec.engines import folded
from tests.support.builders import budget, carryover, jurisdiction
from tests.support.measuring import correction

FIRST: Final = dt.date(2026, 2, 1)
DAYS: Final = 6
"""Few, so that facts and corrections meet."""
A_DAY: Final = dt.timedelta(days=1)


class Said(NamedTuple):
    """A budget fact, or a correction of one."""

    day: int
    line: str | None
    unit: str | None
    corrects: int | None = None
    """Place of what it corrects; None: a fact."""
    registered: bool = False
    undistributed: bool = False
    """Of an approval; a registered carryover has no word for it."""


days = st.integers(0, DAYS - 1)
lines = st.sampled_from(["L1", "L2", "L3"])
units = st.sampled_from(["U1", "U2", "U3", "U4"])
facts = st.builds(Said, days, lines, units, st.none(), st.booleans(), st.booleans())


@st.composite
def histories(draw: st.DrawFn) -> list[Said]:
    """Facts, and corrections of some of them, each anywhere after it, of any date."""
    told = [draw(facts)]
    for _ in range(draw(st.integers(1, 9))):
        known = [place for place, said in enumerate(told) if said.corrects is None]
        if draw(st.integers(0, 2)):
            of = draw(st.sampled_from(known))
            told.append(Said(draw(days), draw(st.none() | lines), draw(units), of))
        else:
            told.append(draw(facts))
    return told


def _event(said: Said) -> AnyEvent:
    date = FIRST + said.day * A_DAY
    if said.corrects is not None:
        known = {"line": said.line, "unit": said.unit}
        named = {name: value for name, value in known.items() if value is not None}
        return correction(said.corrects + 1, date, **named)
    line = said.line or ""
    if said.registered:
        return carryover("1.00", date, line=line, unit=said.unit)
    return budget(
        amount="1.00", date=date, line=line, unit=said.unit, undistributed=said.undistributed
    )


class Charged(NamedTuple):
    """How a fact is charged on a day."""

    line: str
    unit: str
    by: int
    """Place of what says so."""


def _charged(told: list[Said], place: int, day: int) -> Charged | None:
    """Rule 1: as the last of its corrections says, of those dated by then."""
    stated = told[place]
    if stated.day > day:
        return None
    line, unit = stated.line or "", stated.unit or ""
    found = Charged(line, unit, place)
    for at, said in enumerate(told):
        if said.corrects == place:
            line, unit = said.line or line, said.unit or unit
            if said.day <= day:
                found = Charged(line, unit, at)
    return found


def _since(told: list[Said], place: int, line: str, day: int) -> tuple[int, int]:
    """Rule 3: from when on a fact is charged to a line without a break, and which said so first."""
    since = day
    while since:
        before = _charged(told, place, since - 1)
        if before is None or before.line != line:
            break
        since -= 1
    first = min(
        at
        for at, said in enumerate(told)
        if said.corrects == place
        and max(said.day, told[place].day) <= since
        and _line_said(told, place, at) == line
        and _is_last_stay(told, place, at, since, line)
    )
    return since, first


def _line_said(told: list[Said], place: int, by: int) -> str:
    line = told[place].line or ""
    for at, said in enumerate(told[: by + 1]):
        if said.corrects == place and at <= by:
            line = said.line or line
    return line


def _is_last_stay(told: list[Said], place: int, at: int, since: int, line: str) -> bool:
    """Say whether no later correction of by then says another line."""
    return all(
        _line_said(told, place, later) == line
        for later in range(at, len(told))
        if told[later].corrects == place and max(told[later].day, told[place].day) <= since
    )


def _holder(told: list[Said], here: list[int], line: str, day: int) -> int | None:
    """Rules 2 and 3: which of the facts that are charged to a line says what it is."""
    own = [place for place in here if told[place].line == line]
    if own:
        return max(own, key=lambda place: (told[place].day, place))
    return min(here, key=lambda place: _since(told, place, line, day), default=None)


def _says(told: list[Said], line: str, day: int) -> tuple[str, bool] | None:
    charged = {
        place: found
        for place, said in enumerate(told)
        if said.corrects is None
        and (found := _charged(told, place, day)) is not None
        and found.line == line
    }
    holder = _holder(told, list(charged), line, day)
    approvals = [place for place in charged if not told[place].registered]
    approved = _holder(told, approvals, line, day)
    if holder is None:
        return None
    return charged[holder].unit, approved is not None and told[approved].undistributed


@settings(max_examples=400, deadline=None, derandomize=True)
@given(told=histories())
def test_lines_are_what_the_words_say(told: list[Said]) -> None:
    """On every day, whatever the corrections' dates are."""
    engine = folded([jurisdiction(), *map(_event, told)])
    for day in range(DAYS):
        made = engine.assessment(as_of=(FIRST + day * A_DAY).isoformat())
        expected = {line: _says(told, line, day) for line in ("L1", "L2", "L3")}
        listed = {line: said for line, said in expected.items() if said is not None}
        assert listed == {
            each.line: (each.unit, each.undistributed) for each in made.execution.lines
        }
