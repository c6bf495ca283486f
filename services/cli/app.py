"""The command line: one module for each command or group, read when it is run."""

from typing import Final

import typer

from services.cli.lazily import Place, group

COMMANDS: Final = {
    "up": Place(
        "up",
        "Start Kafka, MongoDB, all services and the page on this machine; Ctrl-C stops them.",
        "up",
    ),
    "publish": Place(
        "publish",
        "Publish a file: JSONL (one CloudEvent per line), IATI activities (XML), "
        "a table by --mapping.",
        "publish",
    ),
    "simulate": Place(
        "simulate",
        "Simulate a synthetic Chinese city, day by day, with deviations planted in it.",
        "simulate_command",
    ),
    "doctor": Place(
        "doctor",
        "Look at services, Kafka and MongoDB, and say what is wrong and what to do about it.",
        "doctor",
    ),
    "backup": Place(
        "backup",
        "Write what no topic holds of all services: one moment, hashed, signed with our key.",
        "backup",
    ),
    "restore": Place(
        "backup", "Bring a backup back into empty databases; stop the services first.", "restore"
    ),
    "config": Place("config", "Settings: what holds, and where it was said."),
    "contracts": Place("contracts", "The events: what may be said, and checking files."),
    "keys": Place("keys", "Principals and their keys."),
    "accounts": Place("accounts", "Principals' passwords for the console."),
    "files": Place(
        "files", "Exports of finance systems: presets and templates (no running stack is needed)."
    ),
    "ledger": Place("ledger", "The facts, and the proof that none was changed."),
    "logs": Place("logs", "Log levels at run time."),
    "quarantine": Place("quarantine", "Events that were refused and kept."),
    "evidence": Place("evidence", "Evidence files 佐证材料 of projects."),
    "analysis": Place("analysis", "Execution and attainment of projects."),
    "alerts": Place("alerts", "Alerts: where money or results deviate."),
    "dispositions": Place("dispositions", "Dispositions 分类处置 (Art. 14)."),
    "priority": Place("priority", "Priority lists 重点监控清单: rules nominate, owners decide."),
    "referrals": Place("referrals", "Referrals 移送 (Art. 16): seen only by those who are named."),
    "subscriptions": Place("subscriptions", "Subscriptions: alerts sent to oneself."),
    "suppressions": Place("suppressions", "Suppressions: notify nobody of some alerts for a time."),
    "campaigns": Place(
        "campaigns", "Campaigns 集中监控: forms and reports asked for, handed in, urged (Art. 12)."
    ),
    "papers": Place("papers", "Monitoring forms and reports of campaigns 报送材料."),
    "report": Place("report", "Monitoring forms, reports, summaries as files."),
    "summaries": Place(
        "summaries",
        "Campaigns added up: summary, results, monitoring work, exchange tables (Art. 13, 15).",
    ),
    "rules": Place("rules", "Rule packs: check, test, publish, explain."),
    "day": Place("day", "Business days of a manual clock."),
    "setup": Place("setup", "Set a deployment up: secrets, topics, users."),
}
"""All commands, as they are listed."""

app = typer.Typer(
    name="dualwatch",
    help="Dual monitoring of budget execution and performance targets.",
    cls=group(COMMANDS),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def dualwatch() -> None:
    """Dual monitoring of budget execution and performance targets."""
