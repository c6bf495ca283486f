"""The oracle's word on a run: figures, findings, alerts, forms and summaries."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from deploy.local import datadir
from tests.oracle.check import compare
from tests.oracle.report import Endpoints


@dataclass(frozen=True)
class Judgement:
    """What the comparison said."""

    compared: int
    differing: Mapping[str, int]
    lines: tuple[str, ...]


def judge(log: Path, places: datadir.Endpoints) -> Judgement:
    """Compare the running system with the recomputation from the log."""
    endpoints = Endpoints(
        **{field.name: getattr(places, field.name) for field in fields(Endpoints)}
    )
    report = compare(log, endpoints)
    return Judgement(report.compared.total(), dict(report.differing), tuple(report.lines()))
