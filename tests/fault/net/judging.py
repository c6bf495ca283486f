"""The oracle's word on a run: figures, findings, alerts, forms and summaries."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

from deploy.local import datadir
from tests.oracle.alerts import BY_CHANGED_PACK
from tests.oracle.check import compare
from tests.oracle.report import Endpoints, Report

ALERTS: Final = "alerts."
BOUNDARIES: Final = "alerts.feed.days"
PROCESSES: Final = 2
NOTHING: Final = "null"
"""How a difference shows that nothing was expected."""


@dataclass(frozen=True)
class Judgement:
    """What the comparison said."""

    compared: int
    differing: Mapping[str, int]
    lines: tuple[str, ...]
    alerts: Mapping[str, int]
    """Day boundaries that were compared, and alerts that were missing or too many at one."""


def judge(log: Path, places: datadir.Endpoints) -> Judgement:
    """Compare the running system with the recomputation from the log."""
    endpoints = Endpoints(
        **{field.name: getattr(places, field.name) for field in fields(Endpoints)}
    )
    report = compare(log, endpoints, processes=PROCESSES)
    return Judgement(
        report.compared.total(), dict(report.differing), tuple(report.lines()), _alerts(report)
    )


def _alerts(report: Report) -> dict[str, int]:
    of_alerts = {n: count for n, count in report.differing.items() if n.startswith(ALERTS)}
    kept = [found for found in report.differences if found.where in of_alerts]
    extra = sum(found.expected == NOTHING for found in kept)
    return {
        "boundaries": report.compared[BOUNDARIES],
        "by_changed_pack": report.compared[BY_CHANGED_PACK],
        "missing": sum(of_alerts.values()) - extra,
        "extra": extra,
    }
