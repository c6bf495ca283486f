"""Small IATI files for the mapper's tests, and the demonstration's real ones."""

import importlib.resources
import json
from collections.abc import Iterator
from typing import Any

from services.intake.files.iati import map_iati
from services.intake.files.options import ImportOptions

GB = ImportOptions("GB", "04-01", "GBP")


def demo_file(name: str) -> bytes:
    """Return one of the demonstration's files."""
    return (importlib.resources.files("deploy.local") / "demo" / name).read_bytes()


def activities(*bodies: str, version: str = "2.03", attributes: str = "") -> bytes:
    """Wrap the bodies of activities A1, A2 … of organisation ORG into a file."""
    told = "".join(
        f"<iati-activity default-currency='GBP' {attributes}>"
        f"<iati-identifier> A{number} </iati-identifier>"
        "<reporting-org ref='ORG' type='10'><narrative>The Office</narrative></reporting-org>"
        f"<title><narrative>Activity {number}</narrative></title>{body}</iati-activity>"
        for number, body in enumerate(bodies, 1)
    )
    return f"<iati-activities version='{version}'>{told}</iati-activities>".encode()


def budget(value: str, *, kind: str | None = "1", start: str = "2021-04-01", **more: str) -> str:
    """Return a budget element; of fiscal year 2021 unless told otherwise."""
    end, currency = more.get("end", "2022-03-31"), more.get("currency")
    money = f"currency='{currency}'" if currency else ""
    type_ = "" if kind is None else f"type='{kind}'"
    return (
        f"<budget {type_} status='2'><period-start iso-date='{start}'/>"
        f"<period-end iso-date='{end}'/>"
        f"<value {money} value-date='{start}'>{value}</value></budget>"
    )


def planned(value: str, start: str, end: str | None, kind: str = "1") -> str:
    """Return a planned-disbursement element."""
    ended = "" if end is None else f"<period-end iso-date='{end}'/>"
    return (
        f"<planned-disbursement type='{kind}'><period-start iso-date='{start}'/>{ended}"
        f"<value value-date='{start}'>{value}</value></planned-disbursement>"
    )


def transaction(code: str, value: str, day: str = "2021-09-30", more: str = "") -> str:
    """Return a transaction element."""
    return (
        f"<transaction><transaction-type code='{code}'/><transaction-date iso-date='{day}'/>"
        f"<value value-date='2021-05-05'>{value}</value>{more}</transaction>"
    )


def result(*periods: str, kind: str = "1", attributes: str = "measure='1'") -> str:
    """Return a result with one indicator."""
    return (
        f"<result type='{kind}'><title><narrative>Result</narrative></title>"
        f"<indicator {attributes}><title><narrative>Papers</narrative></title>"
        f"{''.join(periods)}</indicator></result>"
    )


def period(start: str, end: str, target: str | None = None, actual: str | None = None) -> str:
    """Return a period of an indicator."""
    return (
        f"<period><period-start iso-date='{start}'/><period-end iso-date='{end}'/>"
        + ("" if target is None else f"<target value='{target}'/>")
        + ("" if actual is None else f"<actual value='{actual}'/>")
        + "</period>"
    )


def mapped(raw: bytes, options: ImportOptions = GB) -> list[dict[str, Any]]:
    """Map a file and read the events as plain JSON, since they need not be valid."""
    return [json.loads(event) for event in map_iati(raw, options)]


def of_type(events: list[dict[str, Any]], thing: str) -> Iterator[dict[str, Any]]:
    """Pick the events about a thing."""
    return (event for event in events if event["type"] == f"dualwatch.{thing}.v1")


def data_of(raw: bytes, thing: str, options: ImportOptions = GB) -> list[dict[str, Any]]:
    """Map a file and return the data of the events about a thing."""
    return [event["data"] for event in of_type(mapped(raw, options), thing)]
