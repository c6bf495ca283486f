"""The merged logs as people read them."""

import io
import json
from pathlib import Path

import pytest

from deploy.local.tail import Tail, render


def test_a_services_line_shows_time_part_event_and_details() -> None:
    """The JSON of the file becomes one short line."""
    line = json.dumps(
        {
            "event": "event_accepted",
            "level": "info",
            "timestamp": "2026-11-29T08:00:01.5Z",
            "project_id": "P1",
        }
    )

    assert (
        render("intake", line, colours=False) == "08:00:01 intake    event_accepted project_id=P1"
    )


def test_colours_come_only_when_wanted() -> None:
    """A pipe gets plain text."""
    line = json.dumps({"event": "x", "level": "error"})

    assert "\x1b[31mx" in str(render("intake", line, colours=True))
    assert "\x1b" not in str(render("intake", line, colours=False))


def test_mongods_own_information_is_left_out() -> None:
    """Only its warnings concern the reader."""
    info = json.dumps({"t": {"$date": "2026-11-29T08:00:01"}, "s": "I", "msg": "connected"})
    warning = json.dumps({"s": "W", "msg": "slow", "attr": {"ms": 5}})

    assert render("mongo", info, colours=False) is None
    assert render("mongo", warning, colours=False) == "         mongo     slow ms=5"


def test_a_line_of_the_brokers_log_shows_its_time_once() -> None:
    """Its form is the one that our log4j2.properties gives."""
    line = "2026-11-29T08:32:47.525Z WARN Partition shrinking"

    assert render("kafka", line, colours=False) == "08:32:47 kafka     Partition shrinking"


@pytest.mark.parametrize("line", ["plain", "[1, 2]", "3", '{"other": 1}', "{", "null"])
def test_any_other_line_is_shown_as_it_is(line: str) -> None:
    """A traceback or a JVM's message is no JSON of ours."""
    assert render("kafka", line, colours=False) == f"         kafka     {line}"


def test_a_line_cannot_steer_the_terminal() -> None:
    """What a stranger sent may be quoted in a log."""
    line = json.dumps({"event": "rejected", "title": "\x1b]0;owned\x07"})

    assert "\x1b" not in str(render("intake", line, colours=False))


def test_the_tail_shows_what_comes_after_its_start(tmp_path: Path) -> None:
    """Old lines are in the file; half a line waits for its end."""
    log = tmp_path / "intake.log"
    log.write_text("old\n")
    out = io.StringIO()
    tail = Tail(tmp_path, out, colours=False)

    tail.start()
    with log.open("a") as stream:
        stream.write("new\nhalf")
    tail.stop()

    assert out.getvalue().split() == ["intake", "new"]
