"""`make demo`: two real publishers' files through the whole of Dualwatch, and what comes out.

After them a synthetic city, day by day until 30 June: what the page at the end's address shows.

The summary's figures (all but `city`) are of fiscal year 2021 (April 2021 to March 2022) as of
its last day, over all projects of the files. `execution` sums the projects' rows; its rate is
spent ÷ adjusted budget of those sums. `attainment` counts the projects' indicators; its rate is
the mean of the projects' attainment weighted by their judged indicators, so that (the files give
no weights) every judged indicator counts the same.
"""

import importlib.resources
import json
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, Final

import httpx
from rich.console import Console
from rich.table import Table

from contracts.vocabulary import Light, fen_to_wire, rate_bp, wire_to_fen
from deploy.local.datadir import Endpoints
from services.cli.analysis import ROW_COLUMNS
from services.cli.client import Client, Params
from services.cli.day import open_days
from services.cli.demo_city import city_of, counted, load_city
from services.cli.errors import CliError, ExitCode
from services.cli.importing import Asked
from services.cli.output import grouped, percent, print_rows, progress_bar, say
from services.cli.passing import wait_until_passed
from services.cli.places import Service, places_of
from services.cli.publish import FileFormat, publish_file
from services.cli.publishing import Tally
from services.cli.report import FormFormat, fetch_form, write_file

FILES: Final = ("beis-activity.xml", "gdihub-activity.xml")
JURISDICTION: Final = "GB"
ASKED: Final = Asked(JURISDICTION, fiscal_year_start="04-01", currency="GBP")
DAY: Final = "2022-03-31"
FISCAL_YEAR: Final = 2021
SUMMARY_FILE: Final = "summary.json"
_FILE_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def run_demo(
    endpoints: Endpoints,
    *,
    once: bool,
    out: Path | None,
    city: int = 0,
    transport: httpx.BaseTransport | None = None,
) -> None:
    """Publish the demonstration's files, open the day, and show what Dualwatch makes of them.

    `city`: projects of the synthetic city that follows; 0 leaves it out.

    With `out`, the summary and one form per project are written there; `once` only decides what
    is said at the end (whether the stack keeps running is up to the caller).
    """
    started = time.monotonic()
    if out:
        _make_directory(out)
    with Client(places_of(endpoints), transport) as client:
        tallies = _publish_all(client)
        opened = open_days(client, JURISDICTION, DAY, jump=True)
        wait_until_passed(client, str(opened["position"]))
        found = _Found.ask(client)
        summary = found.summary(sum(tally.sent for tally in tallies), time.monotonic() - started)
        _show(found, summary)
        if out:
            _write(client, out, summary, found.rows)
        if city:
            summary["city"] = load_city(client, city_of(city))
            if out:
                _write_summary(out, summary)
    if not once:
        _say_addresses(endpoints)


def _publish_all(client: Client) -> list[Tally]:
    folder = importlib.resources.files("deploy.local") / "demo"
    tallies = []
    with progress_bar(shown=True) as bar:
        for name in FILES:
            with importlib.resources.as_file(folder / name) as file:
                tallies.append(publish_file(client, file, FileFormat.IATI, ASKED, bar))
    for name, tally in zip(FILES, tallies, strict=True):
        say(
            f"{name}: {tally.sent} sent, {tally.accepted} accepted, "
            f"{tally.duplicate} duplicate, {tally.quarantined} quarantined"
        )
    return tallies


@dataclass(frozen=True, slots=True)
class _Found:
    """What the services say of the jurisdiction once the day is open."""

    rows: Sequence[Mapping[str, Any]]
    alerts: Sequence[Mapping[str, Any]]

    @classmethod
    def ask(cls, client: Client) -> "_Found":
        """Ask analysis for the projects and alerts for what is open."""
        year: Params = {"jurisdiction": JURISDICTION, "fiscal_year": FISCAL_YEAR}
        rows = client.items(Service.ANALYSIS, "/v1/projects", {**year, "as_of": DAY})
        alerts = client.items(Service.ALERTS, "/v1/alerts", {**year, "state": "open"})
        return cls(list(rows), list(alerts))

    def summary(self, events: int, seconds: float) -> dict[str, Any]:
        """Put the figures together as summary.json holds them."""
        lights = Counter(row["light"] or "none" for row in self.rows)
        return {
            "projects": len(self.rows),
            "events": events,
            "seconds": round(seconds, 1),
            "execution": execution_of(self.rows),
            "attainment": attainment_of(self.rows),
            "lights": {light: lights[light] for light in (*map(str, Light), "none")},
            "alerts_by_rule": dict(sorted(Counter(a["rule_id"] for a in self.alerts).items())),
        }


def execution_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Sum the projects' money; the rate is that of the sums."""
    fen = {
        name: sum(wire_to_fen(row[name]) for row in rows if row[name] is not None)
        for name in ("adjusted_budget", "disbursed", "spent")
    }
    return {
        **{name: fen_to_wire(amount) for name, amount in fen.items()},
        "execution_rate_bp": rate_bp(fen["spent"], fen["adjusted_budget"]),
    }


def attainment_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Count the indicators; the rate is the projects' mean, weighted by judged indicators."""
    judged_rows = [row for row in rows if row["attainment_rate_bp"] is not None]
    judged = sum(row["judged"] for row in judged_rows)
    weighted = sum(row["attainment_rate_bp"] * row["judged"] for row in judged_rows)
    mean = (Decimal(weighted) / judged).quantize(Decimal(1), ROUND_HALF_UP) if judged else None
    return {
        "indicators": sum(row["indicators"] for row in rows),
        "judged": sum(row["judged"] for row in rows),
        "attainment_rate_bp": None if mean is None else int(mean),
    }


def _make_directory(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"cannot make {out}: {error.strerror}"
        raise CliError(message, ExitCode.USAGE) from error


def _write(
    client: Client, out: Path, summary: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]
) -> None:
    _write_summary(out, summary)
    with progress_bar(shown=True) as bar:
        for row in bar.track(rows, description="forms"):
            project = row["project_id"]
            form = fetch_form(
                client, project, as_of=DAY, fiscal_year=FISCAL_YEAR, form_format=FormFormat.XLSX
            )
            write_file(out / f"{_FILE_UNSAFE.sub('_', project)}.xlsx", form.content)
    say(f"written to {out}: {SUMMARY_FILE} and {len(rows)} forms")


def _write_summary(out: Path, summary: Mapping[str, Any]) -> None:
    text = json.dumps(summary, ensure_ascii=False, indent=2)
    write_file(out / SUMMARY_FILE, f"{text}\n".encode())


def _show(found: _Found, summary: Mapping[str, Any]) -> None:
    print_rows(found.rows, ROW_COLUMNS)
    execution, attainment = summary["execution"], summary["attainment"]
    judged = f"{attainment['judged']} judged of {attainment['indicators']} indicators"
    rows = (
        ("projects", f"{summary['projects']} ({summary['events']} events)"),
        ("adjusted budget", grouped(execution["adjusted_budget"])),
        ("disbursed", grouped(execution["disbursed"])),
        ("spent", f"{grouped(execution['spent'])} = {percent(execution['execution_rate_bp'])}"),
        ("attainment", f"{percent(attainment['attainment_rate_bp'])} over {judged}"),
        ("lights", counted(summary["lights"])),
        ("open alerts", counted(summary["alerts_by_rule"])),
        ("seconds", str(summary["seconds"])),
    )
    table = Table(
        title=f"{JURISDICTION}, fiscal year {FISCAL_YEAR}, as of {DAY}", show_header=False
    )
    for name, value in rows:
        table.add_row(name, value)
    Console().print(table)


def _say_addresses(endpoints: Endpoints) -> None:
    for service in Service:
        say(f"{service:<10} {getattr(endpoints, service)}")
    say(f"the page: {endpoints.console}/")
    say(f"ask it: DUALWATCH_DATA_DIR={endpoints.data_dir} dualwatch analysis list --help")
