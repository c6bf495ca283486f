"""Lists of papers: what they are asked for is what their filters say."""

import datetime as dt

import pytest
from pydantic import ValidationError

from contracts.vocabulary import PaperState
from services.reporting.api.papers import Listing
from services.reporting.store.boards import MISSING
from services.reporting.store.listing import PaperFilters, _filter


def test_what_is_overdue_is_what_boards_count() -> None:
    """Never handed in or given back, past its day: a number leads to a list of as many."""
    query = _filter(PaperFilters(overdue_on=dt.date(2026, 7, 21)))

    assert {"$and": [MISSING], "due": {"$lt": "2026-07-21"}} == query


def test_what_is_overdue_is_of_a_state_too_that_is_asked_for() -> None:
    """Of one in which nothing is missing there is none."""
    query = _filter(PaperFilters(state=PaperState.ACCEPTED, overdue_on=dt.date(2026, 7, 21)))

    assert (query["state"], query["$and"]) == ("accepted", [MISSING])


def test_a_search_holds_no_nul() -> None:
    """The store could look for none, and answered as if it were away."""
    with pytest.raises(ValidationError, match="q"):
        Listing(q="a\0b")
    assert Listing(q="道路 (一期)").q == "道路 (一期)"
