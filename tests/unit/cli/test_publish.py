"""`dualwatch publish`: sent = accepted + duplicate + quarantined, whatever happens to intake."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.cli.publishing import BATCH_BYTES_MAX, BATCH_EVENTS_MAX, LONE_BYTES_MIN, Item, batches
from tests.unit.cli.fake_ledger import BYTES_MAX, FakeLedger
from tests.unit.cli.fake_services import FakeServices, problem, run
from tests.unit.intake_files.iati_files import demo_file


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let the client's pauses pass at once, on a clock that they move."""
    pauses: list[float] = []
    monkeypatch.setattr("services.cli.client._pause", pauses.append)
    monkeypatch.setattr("services.cli.client._monotonic", lambda: sum(pauses))
    return pauses


def _lines(tmp_path: Path, *lines: object) -> str:
    file = tmp_path / "events.jsonl"
    written = (line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    file.write_bytes(b"\n".join(written))
    return str(file)


def _event(number: int, **more: Any) -> dict[str, Any]:
    return {"source": "s", "id": str(number), **more}


def _services(ledger: FakeLedger) -> FakeServices:
    services = FakeServices()
    services.passed()
    services.on("intake", "POST", "/v1/events", ledger)
    return services


def test_a_file_twice_is_all_duplicates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every run has requests of its own, so intake sees the events again."""
    services = _services(FakeLedger())
    file = _lines(tmp_path, *map(_event, range(3)))
    first, second = (run(services, capsys, "publish", file, "--json") for _ in range(2))

    assert {
        "sent": 3,
        "accepted": 3,
        "duplicate": 0,
        "quarantined": 0,
        "position": "3-0-0-0",
    } == first.json
    assert (3, 0, 3, 0) == tuple(
        second.json[name] for name in ("sent", "accepted", "duplicate", "quarantined")
    )


def test_the_real_files_go_through_in_batches(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An .xml file is IATI unless said otherwise."""
    ledger = FakeLedger()
    file = tmp_path / "beis.xml"
    file.write_bytes(demo_file("beis-activity.xml"))
    options = ("--jurisdiction", "GB", "--fiscal-year-start", "04-01", "--currency", "GBP")
    outcome = run(_services(ledger), capsys, "publish", str(file), *options, "--json")

    assert (94, 94, [94]) == (outcome.json["sent"], outcome.json["accepted"], ledger.batches)
    assert 0 == outcome.exit_code


def _registered(start: str) -> dict[str, Any]:
    known = {"jurisdiction": "GB", "fiscal_year_start": start, "currency": "GBP"}
    return {"items": [{**known, "time_zone": "Europe/London"}, {**known, "jurisdiction": "CN"}]}


def test_what_is_left_out_is_taken_from_the_registration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """So a later file of a jurisdiction needs its code alone."""
    services = _services(FakeLedger())
    services.on("intake", "GET", "/v1/jurisdictions", _registered("04-01"))
    file = tmp_path / "beis.xml"
    file.write_bytes(demo_file("beis-activity.xml"))
    run(services, capsys, "publish", str(file), "--jurisdiction", "GB", "--no-wait")
    head = json.loads(services.asked("/v1/events")[0].content.splitlines()[0])

    assert ("04-01", "GBP", "Europe/London") == tuple(
        head["data"][name] for name in ("fiscal_year_start", "currency", "time_zone")
    )


def test_another_fiscal_year_than_the_registered_one_sends_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The ledger would keep years reckoned otherwise for ever."""
    services = _services(FakeLedger())
    services.on("intake", "GET", "/v1/jurisdictions", _registered("04-01"))
    file = tmp_path / "beis.xml"
    file.write_bytes(demo_file("beis-activity.xml"))
    options = ("--jurisdiction", "GB", "--fiscal-year-start", "01-01")
    outcome = run(services, capsys, "publish", str(file), *options)

    assert (2, []) == (outcome.exit_code, services.asked("/v1/events"))
    assert "04-01" in outcome.err


def test_each_kind_of_verdict_is_counted_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A conflict is quarantined too; a batch that is refused altogether is still counted."""
    file = _lines(
        tmp_path, _event(1), _event(1), _event(1, other=True), _event(2, bad=True), _event(3)
    )
    outcome = run(_services(FakeLedger()), capsys, "publish", file, "--json")
    all_bad = run(
        _services(FakeLedger()),
        capsys,
        "publish",
        _lines(tmp_path, _event(1, bad=True), _event(2, bad=True)),
        "--json",
    )

    assert (5, 2, 1, 2) == tuple(
        outcome.json[name] for name in ("sent", "accepted", "duplicate", "quarantined")
    )
    assert (2, 2, 0) == (all_bad.json["sent"], all_bad.json["quarantined"], all_bad.exit_code)


def test_a_line_that_is_no_json_does_not_take_the_others_with_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each line can be told apart, so each is counted; a bare carriage return ends no line."""
    file = _lines(tmp_path, _event(1), b'{"cut', _event(2), b"\xff", b'{\r"id":"3"}')
    outcome = run(_services(FakeLedger()), capsys, "publish", file, "--json")

    assert (5, 3, 2) == tuple(outcome.json[name] for name in ("sent", "accepted", "quarantined"))
    assert 0 == outcome.exit_code


def test_a_line_that_no_request_can_hold_is_counted_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its beginning is refused and kept: sent = accepted + duplicate + quarantined, all lines."""
    file = _lines(tmp_path, _event(1), _event(2, text="x" * BYTES_MAX), _event(3))
    outcome = run(_services(FakeLedger()), capsys, "publish", file, "--json")

    assert (3, 2, 1) == tuple(outcome.json[name] for name in ("sent", "accepted", "quarantined"))
    assert 0 == outcome.exit_code
    assert "events.jsonl, line 2: 4.2 MB" in outcome.err


def test_a_batch_that_is_refused_as_a_whole_is_sent_one_by_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever intake has against the request, the events get their own answers."""
    ledger = FakeLedger(problem(413, "too_large"))
    outcome = run(
        _services(ledger), capsys, "publish", _lines(tmp_path, _event(1), _event(2)), "--json"
    )

    assert (2, [1, 1]) == (outcome.json["accepted"], ledger.batches)


@pytest.mark.usefixtures("quick")
def test_an_answer_that_got_lost_counts_as_accepted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The repeated request carries the same Idempotency-Key, so it gets the same verdicts."""
    ledger = FakeLedger(httpx.ReadError("gone"), problem(503, "starting"))
    services = _services(ledger)
    outcome = run(services, capsys, "publish", _lines(tmp_path, *map(_event, range(4))), "--json")

    assert (4, 4, 0) == tuple(outcome.json[name] for name in ("sent", "accepted", "duplicate"))
    keys = {request.headers["Idempotency-Key"] for request in services.asked("/v1/events")}
    assert (1, 3) == (len(keys), len(services.asked("/v1/events")))


def test_intake_that_stays_away_ends_the_command_in_bounded_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], quick: list[float]
) -> None:
    """After a minute it gives up, with the exit code of an unreachable service."""
    services = FakeServices()
    services.on("intake", "POST", "/v1/events", httpx.ConnectError("refused"))
    outcome = run(services, capsys, "publish", _lines(tmp_path, _event(1)), "--json")

    assert (4, "") == (outcome.exit_code, outcome.out)
    assert 55 < sum(quick) <= 60


def test_who_sends_too_fast_comes_back_when_it_was_asked_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], quick: list[float]
) -> None:
    """Not before, and with the same request."""
    busy = problem(429, "too_many_requests")
    busy.headers["Retry-After"] = "7"
    ledger = FakeLedger(busy)
    services = _services(ledger)
    outcome = run(services, capsys, "publish", _lines(tmp_path, _event(1)), "--json")

    assert (1, 0) == (outcome.json["accepted"], outcome.exit_code)
    assert 7 == quick[0]
    assert 1 == len({sent.headers["Idempotency-Key"] for sent in services.asked("/v1/events")})


@pytest.mark.usefixtures("quick")
def test_pending_events_are_asked_after(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The receipt tells when they are decided; then they are counted."""
    services = FakeServices()
    services.passed()
    pending = {"receipt": "r/1", "results": [{"verdict": "pending"}, {"verdict": "accepted"}]}
    decided = {"results": [{"verdict": "duplicate"}, {"verdict": "accepted"}]}
    services.on("intake", "POST", "/v1/events", pending)
    services.on("intake", "GET", "/v1/receipts/r%2F1", pending, decided)
    file = _lines(tmp_path, _event(1), _event(2))
    outcome = run(services, capsys, "publish", file, "--json")

    assert (2, 1, 1) == tuple(outcome.json[name] for name in ("sent", "accepted", "duplicate"))


def test_publish_returns_when_every_service_has_passed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], quick: list[float]
) -> None:
    """Each is asked for the positions of the one before it, until nothing is due."""
    services = _services(FakeLedger())
    services.on(
        "analysis",
        "GET",
        "/v1/position",
        problem(409, "not_reached"),
        {"ledger": "3-0-0-0", "assessments": "8-0-0-0", "due": 2},
        {"ledger": "3-0-0-0", "assessments": "9-0-0-0", "due": 0},
    )
    run(services, capsys, "publish", _lines(tmp_path, _event(1)))
    asked = [
        dict(request.url.params)
        for request in services.asked("/v1/position")
        if request.url.host in {"alerts.test", "reporting.test"}
    ]

    assert 2 == len(quick)
    assert [
        {"at_least": "9-0-0-0", "wait": "20"},
        {"at_least_assessments": "9-0-0-0", "at_least_alerts": "1-0-0-0", "wait": "20"},
    ] == asked


@pytest.mark.usefixtures("quick")
def test_a_service_that_never_passes_is_a_timeout_after_the_result(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was published is published: the figures are printed before the waiting."""
    services = _services(FakeLedger())
    services.on("alerts", "GET", "/v1/position", problem(409, "not_reached"))
    outcome = run(services, capsys, "publish", _lines(tmp_path, _event(1)), "--json")

    assert (5, 1) == (outcome.exit_code, outcome.json["accepted"])
    assert "alerts has not yet passed" in outcome.err


def test_no_wait_asks_nobody_but_intake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It returns as soon as all is decided."""
    services = _services(FakeLedger())
    outcome = run(services, capsys, "publish", _lines(tmp_path, _event(1)), "--no-wait")

    assert 0 == outcome.exit_code
    assert {"intake.test"} == {request.url.host for request in services.requests}


@pytest.mark.parametrize(
    "arguments",
    [
        ("--fiscal-year-start", "April"),
        ("--currency", "pounds"),
        ("--format", "csv"),
        ("--format", "iati"),
    ],
)
def test_wrong_usage_sends_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, str]
) -> None:
    """Options that mean nothing, or a file that is not what it was said to be."""
    services = FakeServices()
    outcome = run(services, capsys, "publish", _lines(tmp_path, _event(1)), *arguments)

    assert (2, []) == (outcome.exit_code, services.requests)


def test_a_refused_key_ends_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing was sent, so nothing is counted."""
    services = FakeServices()
    services.on("intake", "POST", "/v1/events", problem(401, "unauthorised", "no such key"))
    outcome = run(services, capsys, "publish", _lines(tmp_path, _event(1), _event(2)))

    assert 3 == outcome.exit_code
    assert "no such key" in outcome.err


def test_batches_are_bounded_in_events_and_bytes_and_keep_the_order() -> None:
    """What is large or fits no line travels alone, between the others."""
    small = [Item(b"{}", str(n)) for n in range(BATCH_EVENTS_MAX + 1)]
    large = Item(b"x" * LONE_BYTES_MIN, "large")
    broken = Item(b"{\r}", "broken")
    medium = [Item(b"x" * (LONE_BYTES_MIN - 1), f"m{n}") for n in range(30)]
    stream = [*small, large, small[0], broken, *medium]
    cut = list(batches(stream))

    assert stream == [item for batch in cut for item in batch]
    assert [BATCH_EVENTS_MAX, 1, 1, 1, 1] == [len(batch) for batch in cut[:5]]
    assert all(sum(len(item.raw) + 1 for item in batch) <= BATCH_BYTES_MAX for batch in cut[5:])
