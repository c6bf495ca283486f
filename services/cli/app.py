"""The command line: one module for each group."""

import typer

from services.cli import (
    accounts,
    alerts,
    analysis,
    campaigns,
    config,
    contracts,
    day,
    dispositions,
    evidence,
    files,
    keys,
    ledger,
    logs,
    papers,
    priority,
    quarantine,
    referrals,
    report,
    rules,
    setup,
    subscriptions,
    summaries,
    suppressions,
)
from services.cli.backup import backup, restore
from services.cli.doctor import doctor
from services.cli.publish import publish
from services.cli.simulate import simulate_command
from services.cli.up import up

app = typer.Typer(
    name="dualwatch",
    help="Dual monitoring of budget execution and performance targets.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

app.command("up")(up)
app.command("publish")(publish)
app.command("simulate")(simulate_command)
app.command("doctor")(doctor)
app.command("backup")(backup)
app.command("restore")(restore)
app.add_typer(config.app, name="config")
app.add_typer(contracts.app, name="contracts")
app.add_typer(keys.app, name="keys")
app.add_typer(accounts.app, name="accounts")
app.add_typer(files.app, name="files")
app.add_typer(ledger.app, name="ledger")
app.add_typer(logs.app, name="logs")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(evidence.app, name="evidence")
app.add_typer(analysis.app, name="analysis")
app.add_typer(alerts.app, name="alerts")
app.add_typer(dispositions.app, name="dispositions")
app.add_typer(priority.app, name="priority")
app.add_typer(referrals.app, name="referrals")
app.add_typer(subscriptions.app, name="subscriptions")
app.add_typer(suppressions.app, name="suppressions")
app.add_typer(campaigns.app, name="campaigns")
app.add_typer(papers.app, name="papers")
app.add_typer(report.app, name="report")
app.add_typer(summaries.app, name="summaries")
app.add_typer(rules.app, name="rules")
app.add_typer(day.app, name="day")
app.add_typer(setup.app, name="setup")
