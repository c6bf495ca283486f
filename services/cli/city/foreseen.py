"""The forecast model that a city without past years of its own begins with.

It was fitted on the simulated years of another seed (docs/proof/backtest.md), and says so.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any, Final

from services.cli.city.town import Town
from services.cli.city.wire import iso

ROOT: Final = files("services.cli.city")


def publish_model(town: Town, year: int) -> None:
    """State the model, if the city begins after the years that it was fitted on."""
    model = _model()
    if year > model["years"][-1]:
        data = {"date": iso(town.writer.today), **model}
        town.writer.fact("performance", "forecast_model.published", town.jurisdiction, data)


@cache
def _model() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "model.json").read_text("utf-8"))
    return found
