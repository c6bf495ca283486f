"""While another release's figures are made anew: what readiness and the API say."""

import json

from services.analysis.api.unreadable import rebuilding
from services.analysis.handlers.succession import Progressing
from services.chassis import clock


def test_how_far_and_how_long() -> None:
    """Half in ten seconds: ten more."""
    found = Progressing(2, clock.monotonic() - 10, 0, 50, 100)

    assert found.percent() == 50
    assert found.remaining_seconds() == 10


def test_nothing_is_known_at_the_beginning() -> None:
    """Of a rate of nothing there is no remaining time; an empty ledger is done."""
    assert Progressing(2, clock.monotonic(), 40, 40, 100).remaining_seconds() is None
    assert Progressing(2, clock.monotonic(), 0, 0, 0).percent() == 100


def test_the_answer_is_a_problem() -> None:
    """503, with the figures for machines and both languages for people."""
    answer = rebuilding("rebuilding, 50 %, remaining 10 s", {"percent": 50})

    document = json.loads(bytes(answer.body))
    assert answer.status_code == document["status"] == 503
    assert document["code"] == "rebuilding"
    assert document["percent"] == 50
    assert "50 %" in document["detail"]
    assert answer.headers["retry-after"]
