"""`dualwatch simulate`, and the files it writes as `dualwatch publish` reads them."""

import json
from pathlib import Path

import httpx
import pytest

from tests.unit.cli.fake_ledger import FakeLedger
from tests.unit.cli.fake_services import FakeServices, run
from tests.unit.simulate.cities import lines, plan

CITY = ("simulate", "--seed", "7", "--projects", "3")
SPAN = ("--from", "2025-02-27", "--until", "2025-03-01")


def _services() -> FakeServices:
    services = FakeServices()
    services.passed()
    services.on("intake", "POST", "/v1/events", FakeLedger())
    services.opens("2025-02-27")
    return services


def _doors(services: FakeServices) -> list[str]:
    """Return what was asked of intake to take in, in order, repeated requests once."""
    found: list[str] = []
    for request in services.requests:
        if request.method != "POST":
            continue
        body = request.content
        said = json.loads(body)["date"] if request.url.path == "/v1/days" else "events"
        if not found or found[-1] != said:
            found.append(said)
    return found


def test_a_city_is_published_day_by_day(capsys: pytest.CaptureFixture[str]) -> None:
    """Each day is opened when all before it is decided; every event is accounted for."""
    services = _services()
    outcome = run(services, capsys, *CITY, *SPAN, "--json")
    wanted = plan(7, 3, "2025-02-27", "2025-03-01")
    sent = sum(not line.startswith(b'{"open_day"') for line in lines(wanted))

    assert 0 == outcome.exit_code
    assert {
        "sent": sent,
        "accepted": sent,
        "duplicate": 0,
        "quarantined": 0,
        "days": 3,
        "position": "3-0-0-0",
    } == outcome.json
    doors = _doors(services)
    assert doors[:2] == ["events", "2025-02-27"]
    assert [door for door in doors if door != "events"] == [
        "2025-02-27",
        "2025-02-28",
        "2025-03-01",
    ]


def test_a_file_of_a_city_publishes_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`-o` needs no stack; the file holds the days as control lines."""
    file, truth = tmp_path / "city.jsonl", tmp_path / "truth.jsonl"
    written = run(
        FakeServices(), capsys, *CITY, *SPAN, "-o", str(file), "--truth", str(truth), "--json"
    )
    direct, from_file = _services(), _services()
    run(direct, capsys, *CITY, *SPAN)
    outcome = run(from_file, capsys, "publish", str(file), "--json")

    assert (0, 3) == (written.exit_code, written.json["days"])
    assert file.read_bytes().splitlines() == list(lines(plan(7, 3, *SPAN[1::2])))
    assert written.json["deviations"] == len(truth.read_bytes().splitlines())
    assert _doors(direct) == _doors(from_file)
    assert (written.json["events"], 3) == (outcome.json["accepted"], outcome.json["days"])


def test_the_ground_truth_is_written_beside_the_stream(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line for each planted deviation, whichever way the facts go."""
    files = [tmp_path / "a", tmp_path / "b"]
    span = ("--from", "2025-12-30", "--until", "2025-12-31", "--truth")
    ten = ("simulate", "--seed", "7", "--projects", "10")
    run(_services(), capsys, *ten, *span, str(files[0]))
    run(_services(), capsys, *ten, *span, str(files[1]), "-o", str(tmp_path / "c"))

    assert files[0].read_bytes() == files[1].read_bytes()
    planted = [json.loads(line) for line in files[0].read_bytes().splitlines()]
    assert planted
    assert all({"kind", "subject", "date"} <= entry.keys() for entry in planted)


def test_speed_bounds_the_days_a_second(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two days a second: the second is opened half a second after the first."""
    pauses: list[float] = []
    monkeypatch.setattr("services.cli.client._pause", pauses.append)
    monkeypatch.setattr("services.cli.client._monotonic", lambda: sum(pauses))
    run(_services(), capsys, *CITY, *SPAN, "--speed", "2")

    assert [0.5, 0.5] == pauses


@pytest.mark.parametrize(
    "arguments",
    [
        ("--from", "2025-03-02", "--until", "2025-03-01"),
        ("--from", "1999-12-31", "--until", "2000-03-01"),
        ("--from", "2020-01-01", "--until", "2060-01-01"),
        ("--from", "yesterday", "--until", "2025-03-01"),
        (*SPAN, "--truth", "/nowhere/at/all"),
        (*SPAN, "-o", "city.jsonl", "--speed", "1"),
    ],
)
def test_wrong_usage_sends_and_writes_nothing(
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Said before anything happens."""
    monkeypatch.chdir(tmp_path)
    services = FakeServices()
    outcome = run(services, capsys, *CITY, *arguments)

    assert (2, []) == (outcome.exit_code, services.requests)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "control",
    [
        {"jurisdiction": "J"},
        {"jurisdiction": "J", "date": "tomorrow"},
        {"jurisdiction": "", "date": "2025-01-01"},
        {"jurisdiction": "J", "date": "2025-01-01", "jump": True},
        ["J", "2025-01-01"],
    ],
)
def test_a_control_line_that_cannot_be_read_ends_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], control: object
) -> None:
    """What follows would otherwise be counted on the wrong day; what came before is in."""
    file = tmp_path / "events.jsonl"
    file.write_bytes(b'{"source":"s","id":"1"}\n' + json.dumps({"open_day": control}).encode())
    services = _services()
    outcome = run(services, capsys, "publish", str(file))

    assert 2 == outcome.exit_code
    assert "events.jsonl, line 2" in outcome.err
    assert [] == services.asked("/v1/days")


def test_an_event_that_speaks_of_open_day_is_an_event(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only an object with that one member is a control line."""
    file = tmp_path / "events.jsonl"
    file.write_bytes(
        b'{"source":"s","id":"1","open_day":{"jurisdiction":"J","date":"2025-01-01"}}\n'
        b'{"source":"s","id":"\\"open_day\\""}\n'
        b'{"open_day"\n'
    )
    outcome = run(_services(), capsys, "publish", str(file), "--json")

    assert (3, 2, 1) == tuple(outcome.json[name] for name in ("sent", "accepted", "quarantined"))
    assert "days" not in outcome.json


def test_a_day_that_intake_refuses_ends_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is sent after it."""
    file = tmp_path / "events.jsonl"
    file.write_bytes(
        b'{"source":"s","id":"1"}\n'
        b'{"open_day":{"jurisdiction":"J","date":"2025-01-01"}}\n'
        b'{"source":"s","id":"2"}\n'
    )
    services = _services()
    refused = httpx.Response(422, json={"status": 422, "code": "live_clock", "title": "no"})
    services.on("intake", "POST", "/v1/days", refused)
    outcome = run(services, capsys, "publish", str(file))

    assert (3, 1) == (outcome.exit_code, len(services.asked("/v1/events")))
