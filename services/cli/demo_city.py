"""The demonstration's synthetic city: published day by day, then told in a few lines."""

import datetime as dt
import time
from collections import Counter
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from services.cli.city.city import Plan
from services.cli.client import Client, Params
from services.cli.output import grouped, percent
from services.cli.places import Service
from services.cli.simulate import publish_city

SEED: Final = 7
FROM: Final = dt.date(2026, 1, 1)
UNTIL: Final = dt.date(2026, 6, 30)
"""The cut-off of the mid-year campaign (Art. 12)."""


def city_of(projects: int) -> Plan:
    """Return the demonstration's city."""
    return Plan(SEED, projects, FROM, UNTIL)


def load_city(client: Client, plan: Plan) -> dict[str, Any]:
    """Publish a city, wait until its last day is judged, show and return what came out."""
    started = time.monotonic()
    tally = publish_city(client, plan)
    seconds = time.monotonic() - started
    asked: Params = {"jurisdiction": plan.jurisdiction, "fiscal_year": plan.until.year}
    totals = client.get(Service.ANALYSIS, "/v1/overview", asked)
    alerts = client.items(Service.ALERTS, "/v1/alerts", {**asked, "state": "open"})
    by_rule = Counter(alert["rule_id"] for alert in alerts)
    summary = {
        "jurisdiction": plan.jurisdiction,
        "projects": totals["projects"],
        "events": tally.sent,
        "days": tally.days,
        "seconds": round(seconds, 1),
        "as_of": totals["as_of"],
        **{name: totals[name] for name in ("adjusted_budget", "disbursed", "spent")},
        "execution_rate_bp": totals["execution_rate_bp"],
        "expected_rate_bp": totals["expected_rate_bp"],
        "attainment_rate_bp": totals["attainment_rate_bp"],
        "lights": totals["lights"],
        "alerts_by_rule": dict(sorted(by_rule.items())),
    }
    _show(summary)
    return summary


def _show(summary: dict[str, Any]) -> None:
    rows = (
        ("projects", f"{summary['projects']} ({summary['events']} events, {summary['days']} days)"),
        ("adjusted budget", grouped(summary["adjusted_budget"])),
        ("disbursed", grouped(summary["disbursed"])),
        ("spent", f"{grouped(summary['spent'])} = {percent(summary['execution_rate_bp'])}"),
        ("expected", percent(summary["expected_rate_bp"])),
        ("attainment", percent(summary["attainment_rate_bp"])),
        ("lights", counted(summary["lights"])),
        ("open alerts", counted(summary["alerts_by_rule"])),
        ("seconds", str(summary["seconds"])),
    )
    title = f"synthetic city {summary['jurisdiction']}, as of {summary['as_of']}"
    table = Table(title=title, show_header=False)
    for name, value in rows:
        table.add_row(name, value)
    Console().print(table)


def counted(counts: dict[str, int]) -> str:
    """Write counts in a line, those of zero left out."""
    return ", ".join(f"{name} {number}" for name, number in counts.items() if number) or "none"
