"""An alert as people read it: figures, rule, work, history."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from services.cli.client import Client, segment
from services.cli.errors import CliError, ExitCode
from services.cli.output import Column, print_fields, print_rows
from services.cli.places import Service

HISTORY_PAGES_MAX: Final = 1_000

FACT_COLUMNS: Final = (Column("fact", "name"), Column("value", "value"))
MEASURE_COLUMNS: Final = (
    Column("measure", "measure"),
    Column("text", "text"),
    Column("owner", "owner"),
    Column("due", "due"),
    Column("taken", "taken_on"),
    Column("late", "late"),
)
HISTORY_COLUMNS: Final = (
    Column("version", "version", "number"),
    Column("what", "kind"),
    Column("by", "by"),
    Column("day", "date"),
    Column("state", "state"),
    Column("severity", "severity", "light"),
    Column("detail", "told"),
)
_SHOWN: Final = (
    "rule_id", "pack", "pack_version", "article", "aspect", "severity", "state", "project_id",
    "project_name", "scope", "scope_subject", "fiscal_year", "department", "lead_unit",
    "occurrence", "raised_as_of", "as_of", "version", "muted", "frozen",
)  # fmt: skip
_WORK: Final = (
    "level", "acknowledged_by", "assignee", "explained_by", "explained_on", "reviewed_by",
    "urged", "urged_on", "comments", "regressed_from",
)  # fmt: skip


def history_of(client: Client, alert: str) -> list[dict[str, Any]]:
    """Ask for all that happened to an alert."""
    found: list[dict[str, Any]] = []
    after: int | None = 0
    for _ in range(HISTORY_PAGES_MAX):
        page = client.get(Service.ALERTS, f"/v1/alerts/{segment(alert)}/history", {"after": after})
        found += page["items"]
        after = page["next"]
        if after is None:
            return found
    message = f"alerts gave more than {HISTORY_PAGES_MAX:,} pages"
    raise CliError(message, ExitCode.REFUSED)


def print_history(history: Sequence[Mapping[str, Any]]) -> None:
    """Print what happened to an alert as a table."""
    rows = [{**item, "told": in_words(item.get("detail"))} for item in history]
    print_rows(rows, HISTORY_COLUMNS)


def in_words(detail: Mapping[str, Any] | None) -> str:
    """Write what a step tells on one line."""
    return ", ".join(_said(name, value) for name, value in (detail or {}).items() if value)


def _said(name: str, value: Any) -> str:
    if name == "evidence":
        return "evidence: " + " ".join(file["name"] for file in value)
    if isinstance(value, list):
        return f"{name}: {' '.join(map(str, value))}"
    return f"{name}: {value}"


def print_alert(alert: Mapping[str, Any], history: Sequence[Mapping[str, Any]]) -> None:
    """Print an alert as tables."""
    title = f"{alert['title_zh']} {alert['title_en']}"
    print_fields({name: alert.get(name) for name in _SHOWN}, title)
    print_rows(alert["facts"], FACT_COLUMNS)
    work = dict(_work(alert["work"]))
    if work:
        print_fields(work, "work")
    measures = [
        {
            **measure["plan"],
            "taken_on": (measure["taken"] or {}).get("taken_on"),
            "late": _late(measure),
        }
        for measure in alert["work"].get("measures", ())
    ]
    if measures:
        print_rows(measures, MEASURE_COLUMNS)
    if history:
        print_history(history)


def _late(measure: Mapping[str, Any]) -> str:
    """Say by how many working days a measure was late when one was last told of it."""
    left = measure.get("reminded_at")
    return str(-left) if measure["taken"] is None and left is not None and left < 0 else ""


def _work(work: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name in _WORK:
        if work.get(name):
            yield name, work[name]
    for name in ("explanation", "review", "closing", "mute"):
        if work.get(name):
            yield name, in_words(work[name])
