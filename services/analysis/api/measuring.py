"""What a jurisdiction measures by on a day: parameters, progress standards, forecast models."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from fastapi import APIRouter

from contracts.vocabulary import fen_to_wire
from services.analysis.api.asking import AsOf, JurisdictionCode, asked_day, today_of
from services.analysis.api.problems import unknown_jurisdiction
from services.analysis.domain import Jurisdiction
from services.analysis.domain.measures import DEFAULTS, parameters_at
from services.analysis.domain.state import ModelVersion, Parameters, StandardVersion
from services.analysis.store.reading import Reader
from services.chassis.identity import Caller

AMOUNTS: Final = ("duplicate_from", "split_limit", "round_from", "round_to")
"""Parameters that are sums of money: fen inside, yuan outside."""


def add_routes(router: APIRouter, reader: Reader) -> None:
    """Add the route."""

    @router.get("/measuring")
    async def measuring(
        asking: Caller, jurisdiction: JurisdictionCode, as_of: AsOf = None
    ) -> dict[str, Any]:
        """Show the parameters in force with our defaults beside them, standards and models.

        Of one class and year the latest standard holds; each names the ledger entry it is from.
        """
        copies = (await reader.jurisdictions(jurisdiction)).get(jurisdiction)
        if not copies or not asking.may_enter(jurisdiction):
            raise unknown_jurisdiction(jurisdiction)
        day = asked_day(as_of, today_of(copies))
        return {
            "jurisdiction": jurisdiction,
            "as_of": day.isoformat(),
            "parameters": _parameters(copies[0], day.toordinal()),
            "standards": _standards(copies[0].standards, day.toordinal()),
            "models": _models(copies[0].models, day.toordinal()),
        }


def _parameters(known: Jurisdiction, day: int) -> dict[str, Any]:
    stated = [version for version in known.parameters if version.day <= day]
    return {
        "since": _date(stated[-1].day) if stated else None,
        "sequence": stated[-1].sequence if stated else None,
        "values": _values(parameters_at(known, day)),
        "defaults": _values(DEFAULTS),
    }


def _values(found: Parameters) -> dict[str, Any]:
    values = {name: getattr(found, name) for name in Parameters.__struct_fields__}
    return values | {name: fen_to_wire(values[name]) for name in AMOUNTS}


def _standards(versions: Sequence[StandardVersion], day: int) -> list[dict[str, Any]]:
    """Name what holds: of each year and class the latest."""
    latest = {(one.fiscal_year, one.project_class or ""): one for one in versions if one.day <= day}
    return [
        {
            "fiscal_year": one.fiscal_year,
            "project_class": one.project_class,
            "standard": one.standard,
            "since": _date(one.day),
            "months_bp": list(one.months_bp),
            "sequence": one.sequence,
        }
        for _, one in sorted(latest.items(), key=lambda item: (-item[0][0], item[0][1]))
    ]


def _models(versions: Sequence[ModelVersion], day: int) -> list[dict[str, Any]]:
    """List the models known on a day, the latest, which holds, first."""
    return [
        {
            "model": one.model,
            "since": _date(one.day),
            "last_year": one.last_year,
            "interval_bp": one.interval_bp,
            "classes": [
                {"project_class": known.project_class, "method": known.method}
                for known in one.classes
            ],
            "sequence": one.sequence,
        }
        for one in reversed([version for version in versions if version.day <= day])
    ]


def _date(day: int) -> str:
    return dt.date.fromordinal(day).isoformat()
