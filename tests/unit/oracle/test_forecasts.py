"""Product and oracle foresee alike: with models, without, in years that a model was fitted on."""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from services.cli.city.chance import Chance
from services.cli.city.city import Plan, simulate
from tests.unit.oracle.agreement import agree

CITY = Plan(3, 8, dt.date(2025, 7, 1), dt.date(2026, 12, 31))
METHODS = {
    "recurrent": "seasonal_share",
    "procurement": "earned_value",
    "construction": "committed",
    "subsidy": "run_rate",
}
"""Another class has no line in the models."""
SHARES = [0, 400, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 9500, 10_000]
DAYS = [
    dt.date(2026, month, day)
    for month, day in ((1, 31), (3, 17), (6, 14), (6, 30), (9, 30), (11, 10), (12, 30), (12, 31))
]


def _stated(kind: str, date: str, subject: str = CITY.jurisdiction, **data: Any) -> bytes:
    event = {
        "specversion": "1.0",
        "id": f"{kind}-{date}-{subject}",
        "source": "urn:example:bureau",
        "type": f"dualwatch.{kind}.v1",
        "subject": subject,
        "time": f"{date}T00:00:00Z",
        "data": {"date": date, **data},
    }
    return json.dumps(event).encode()


def _model(name: str, years: list[int], date: str) -> bytes:
    classes = [
        {
            "project_class": project_class,
            "method": method,
            "seasonal_bp": SHARES,
            "low_bp": [-1_500 + 90 * month for month in range(12)],
            "high_bp": [13_000 - 1_180 * month for month in range(12)],
            "wape_bp": 900,
            "coverage_bp": 8_000,
            "project_years": 50,
        }
        for project_class, method in METHODS.items()
    ]
    return _stated("forecast_model.published", date, model=name, years=years, classes=classes)


def _beside(date: str, begun: list[str]) -> list[bytes]:
    """Models, the end of some projects and a parameter, each on its day."""
    changes = zip(begun, ("completed", "terminated", "suspended"), strict=False)
    stated = {
        "2026-02-01": [_model("M1", [2023, 2024, 2025], "2026-02-01")],
        "2026-06-10": [
            _stated("project_state.changed", "2026-06-10", subject, change=change)
            for subject, change in changes
        ],
        "2026-09-01": [
            _stated("monitoring_parameters.published", "2026-09-01", surplus_after_years=1)
        ],
        "2026-11-05": [_model("M2", [2025, 2026], "2026-11-05")],
    }
    return stated.get(date, [])


def _lines() -> Iterator[bytes]:
    """The city, and what is said beside it."""
    begun: list[str] = []
    for day in simulate(CITY, Chance(CITY.seed)):
        for line in day.lines:
            raw = line if isinstance(line, bytes) else line.to_bytes()
            yield raw
            if b"project.registered" in raw and day.date.year == DAYS[0].year:
                begun.append(json.loads(raw)["subject"])
        yield from _beside(day.date.isoformat(), begun)


def test_they_agree_on_every_forecast(tmp_path: Path) -> None:
    """A city with two years, a model that may foresee this one and one that may not."""
    log = tmp_path / "city.jsonl"
    log.write_bytes(b"".join(line + b"\n" for line in _lines()))

    told = agree(log, DAYS).lines()

    assert [] == [line for line in told if "forecast" in line and not line.startswith("compared")]
    assert any("analysis.execution.forecast.high" in line for line in told)
