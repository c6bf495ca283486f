"""`dualwatch analysis backtest`: tables, a picture, a model stated as a fact; clear refusals."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import httpx
import pytest

from contracts.codec import decode
from contracts.events.intake import ForecastModelPublished, ProgressStandardPublished
from services.analysis.api.backtest import written
from services.analysis.domain.forecasting.backtest import backtest
from tests.unit.analysis.test_backtest import INTERVAL_BP, city
from tests.unit.cli.fake_ledger import FakeLedger
from tests.unit.cli.fake_services import FakeServices, run

COMMAND = ("analysis", "backtest", "--jurisdiction", "J")


def _answer(*years: int, count: int = 12) -> dict[str, Any]:
    found = written(backtest(city(*years, count=count), INTERVAL_BP))
    head = {"jurisdiction": "J", "name": "市", "as_of": "2026-01-31", "position": "1", "one_in": 1}
    return {**head, **json.loads(json.dumps(found))}


def _services(answer: Any, source: str = "urn:example:treasury") -> FakeServices:
    services = FakeServices()
    services.passed()
    services.on("analysis", "GET", "/v1/backtest", answer)
    services.on("intake", "GET", "/v1/ledger/J", {"items": [{"event": {"source": source}}]})
    services.on("intake", "POST", "/v1/events", FakeLedger())
    return services


def _sent(services: FakeServices) -> list[Any]:
    return [
        decode(line)
        for request in services.asked("/v1/events")
        for line in request.content.splitlines()
    ]


def test_error_and_coverage_are_told_by_method_and_year(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """And what was best for each class; the years wanted are asked for."""
    services = _services(_answer(2023, 2024, 2025))
    outcome = run(services, capsys, *COMMAND, "--years", "2023,2024,2025")

    assert 0 == outcome.exit_code
    for said in ("2023 WAPE", "all years WAPE", "seasonal_share", "chosen", "recurrent", " %"):
        assert said in outcome.out
    assert "J: years 2023, 2024, 2025; 36 project years" in outcome.err
    (asked,) = services.asked("/v1/backtest")
    assert "2023,2024,2025" == asked.url.params["years"]
    assert [] == services.asked("/v1/events")


@pytest.mark.parametrize(
    ("source", "more", "simulated"),
    [
        ("urn:example:treasury", (), False),
        ("urn:example:treasury", ("--simulated",), True),
        ("urn:dualwatch:synthetic:7:budget", (), True),
    ],
)
def test_simulated_years_are_called_so(
    capsys: pytest.CaptureFixture[str], source: str, more: tuple[str, ...], *, simulated: bool
) -> None:
    """By the source of the jurisdiction's first fact, or because it is said."""
    services = _services(_answer(2024, 2025), source)

    assert simulated is run(services, capsys, *COMMAND, *more, "--json").json["simulated"]
    assert simulated is ("simulated years" in run(services, capsys, *COMMAND, *more).err)


def test_a_model_is_stated_as_a_fact(capsys: pytest.CaptureFixture[str]) -> None:
    """It reads back as the contract has it; stated again it is the same fact."""
    services = _services(_answer(2024, 2025))
    first = run(services, capsys, *COMMAND, "--publish", "--simulated", "--no-wait")
    second = run(services, capsys, *COMMAND, "--publish", "--simulated", "--no-wait")

    assert (0, 0) == (first.exit_code, second.exit_code)
    assert "1 accepted" in first.err
    assert "1 known already" in second.err
    event = _sent(services)[0]
    assert isinstance(event.data, ForecastModelPublished)
    assert ((2024, 2025), True) == (event.data.years, event.data.simulated)
    assert ("J", "2026-01-31") == (event.subject, event.data.date.isoformat())


def test_median_shares_become_profiles_of_a_year(capsys: pytest.CaptureFixture[str]) -> None:
    """One for each class that has a name."""
    services = _services(_answer(2024, 2025))
    run(services, capsys, *COMMAND, "--profiles", "2026", "--no-wait")

    (event,) = _sent(services)
    assert isinstance(event.data, ProgressStandardPublished)
    assert (2026, "recurrent") == (event.data.fiscal_year, event.data.project_class)
    assert 10_000 == event.data.months_bp[-1]


def test_one_year_only_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """The table is there; what cannot be stated is refused, and nothing is sent."""
    services = _services(_answer(2025, count=30))
    shown = run(services, capsys, *COMMAND)
    refused = run(services, capsys, *COMMAND, "--publish")

    assert 0 == shown.exit_code
    assert "One past year only" in shown.err
    assert "run_rate" in shown.out
    assert 1 == refused.exit_code
    assert "One past year only" in refused.err
    assert [] == services.asked("/v1/events")


def test_too_few_project_years_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    """As with a fund of nine projects."""
    services = _services(_answer(2024, 2025, count=9))

    assert "Too few" in run(services, capsys, *COMMAND).err


@pytest.mark.parametrize("years", [(2023, 2024, 2025), (2025,), ()])
def test_it_is_drawn(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, years: tuple[int, ...]
) -> None:
    """Well-formed, labelled, whatever is known."""
    file = tmp_path / "backtest.svg"
    services = _services(_answer(*years), "urn:dualwatch:synthetic:7:budget")
    outcome = run(services, capsys, *COMMAND, "--picture", str(file))

    assert 0 == outcome.exit_code
    root = ET.fromstring(file.read_text("utf-8"))  # noqa: S314 - our own
    said = " ".join(text for text in root.itertext() if text.strip())
    assert "simulated years" in said
    assert all(str(year) in said for year in years)


def test_other_pictures_and_unclear_jurisdictions_are_wrong_usage(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Said before anything is asked."""
    pauses: list[float] = []
    monkeypatch.setattr("services.cli.client._pause", pauses.append)
    services = _services(_answer(2024, 2025))
    services.on("analysis", "GET", "/v1/jurisdictions", {"items": []})

    picture = run(services, capsys, *COMMAND, "--picture", str(tmp_path / "x.png"))
    unclear = run(services, capsys, "analysis", "backtest")
    away = _services(httpx.Response(503))

    assert (2, 2) == (picture.exit_code, unclear.exit_code)
    assert [] == services.asked("/v1/backtest")
    assert 4 == run(away, capsys, *COMMAND).exit_code
    assert pauses
