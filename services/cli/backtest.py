"""`dualwatch analysis backtest`: forecasts tested on past years, and the model that follows."""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from services.cli.backtest_picture import picture_of
from services.cli.client import Client, segment
from services.cli.errors import CliError, ExitCode
from services.cli.options import Jurisdiction, NoWait
from services.cli.output import Column, JsonFlag, percent, print_json, print_rows, say
from services.cli.passing import wait_until_passed
from services.cli.places import Service
from services.cli.publish import RUN_ID_BYTES
from services.cli.publishing import Item, Sender
from services.cli.session import client_of

BACKTEST_SECONDS: Final = 1_800
"""Longest wait for a backtest: thousands of project years, a dozen cut-offs each."""
SYNTHETIC: Final = "urn:dualwatch:synthetic:"
"""Sources of `dualwatch simulate` begin with it."""
SOURCE: Final = "urn:dualwatch:backtest"
MODEL_TYPE: Final = "dualwatch.forecast_model.published.v1"
PROFILE_TYPE: Final = "dualwatch.progress_standard.published.v1"
ID_DIGITS: Final = 12
CHOSEN: Final = "chosen"
ALL: Final = "all years"
PICTURE: Final = ".svg"

REASONS: Final = {
    "no_past_year": "No fiscal year with budgets is over: there is nothing to test on.",
    "one_year": (
        "One past year only: what would be chosen on it could not be tested on another. "
        "Forecasts go on by each project's own facts, without an interval."
    ),
    "too_few": (
        "Too few past project years for a model (20 of a class, in two years at least). "
        "Forecasts go on by each project's own facts, without an interval."
    ),
}

CLASS_COLUMNS: Final = (
    Column("class", "project_class"),
    Column("method", "method"),
    Column("WAPE", "wape_bp", "rate"),
    Column("coverage", "coverage_bp", "rate"),
    Column("project years", "project_years", "number"),
)

Years = Annotated[
    str | None,
    typer.Option(
        "--years", metavar="Y,Y,…", help="Fiscal years that are over; default: the last ten."
    ),
]
Picture = Annotated[
    Path | None, typer.Option("--picture", metavar="FILE.svg", help="Draw it as an SVG file.")
]
Publish = Annotated[
    bool, typer.Option("--publish", help="State the model as a fact: forecasts go by it from then.")
]
Profiles = Annotated[
    int | None,
    typer.Option(
        "--profiles",
        metavar="Y",
        min=2000,
        max=2200,
        help="State each class's median shares as its profile of a fiscal year.",
    ),
]
Simulated = Annotated[
    bool,
    typer.Option(
        "--simulated", help="Say that the years were simulated (a synthetic city says so itself)."
    ),
]


def backtest(  # noqa: PLR0913 - one parameter for each option
    context: typer.Context,
    *,
    jurisdiction: Jurisdiction = None,
    years: Years = None,
    picture: Picture = None,
    publish: Publish = False,
    profiles: Profiles = None,
    simulated: Simulated = False,
    no_wait: NoWait = False,
    as_json: JsonFlag = False,
) -> None:
    """Forecast every past year by what the other years say, by every method.

    Prints error (WAPE: Σ|actual − forecast| ÷ Σ actual) and coverage of the intervals by method
    and year, and the method that is best for each class. With --publish that becomes the
    jurisdiction's forecast model; it foresees only years after those it was fitted on.
    """
    if picture is not None and picture.suffix != PICTURE:
        message = f"pictures are drawn as {PICTURE}, not {picture.suffix or picture.name}"
        raise CliError(message, ExitCode.USAGE)
    with client_of(context) as client:
        code = jurisdiction or _only_jurisdiction(client)
        found = client.get(
            Service.ANALYSIS,
            "/v1/backtest",
            {"jurisdiction": code, "years": years},
            wait_seconds=BACKTEST_SECONDS,
        )
        found["simulated"] = simulated or _is_synthetic(client, code)
        if picture is not None:
            _draw(found, picture)
        if as_json:
            print_json(found)
        else:
            _show(found)
        facts = _facts(found, publish=publish, profiles=profiles)
        if facts:
            _send(client, facts, no_wait=no_wait)


def _only_jurisdiction(client: Client) -> str:
    items = client.get(Service.ANALYSIS, "/v1/jurisdictions")["items"]
    if len(items) != 1:
        message = f"there are {len(items)} jurisdictions: say which one with --jurisdiction"
        raise CliError(message, ExitCode.USAGE)
    return str(items[0]["jurisdiction"])


def _is_synthetic(client: Client, code: str) -> bool:
    """Tell a simulated city by the source of its first fact."""
    page = client.get(Service.INTAKE, f"/v1/ledger/{segment(code)}", {"limit": 1})
    return any(item["event"]["source"].startswith(SYNTHETIC) for item in page["items"])


def _draw(found: Mapping[str, Any], file: Path) -> None:
    try:
        file.write_text(picture_of(found), encoding="utf-8")
    except OSError as error:
        message = f"cannot write {file}: {error.strerror}"
        raise CliError(message, ExitCode.USAGE) from error


def title_of(found: Mapping[str, Any]) -> str:
    """Say of what years a backtest is, and whether anybody lived through them."""
    years = ", ".join(map(str, found["years"])) or "no past year"
    kind = "simulated years" if found["simulated"] else "years"
    sample = f", every {found['one_in']}th project" if found["one_in"] > 1 else ""
    return (
        f"{found['jurisdiction']}: {kind} {years}; {found['project_years']} project years{sample}"
    )


def _show(found: Mapping[str, Any]) -> None:
    say(title_of(found))
    years = [*found["years"], None]
    columns = [Column("method", "method")]
    for year in years:
        name = ALL if year is None else str(year)
        columns.append(Column(f"{name} WAPE", f"wape {year}", "rate"))
        columns.append(Column("coverage", f"coverage {year}", "rate"))
    rows = rows_of(found["totals"])
    if rows:
        print_rows(rows, columns)
    if found["model"] is None:
        say(REASONS[found["no_model"]])
        return
    classes = [
        {**one, "project_class": one["project_class"] or "any other"}
        for one in found["model"]["classes"]
    ]
    print_rows(classes, CLASS_COLUMNS)
    say(f"Intervals are made to hold {percent(found['interval_bp'])} of year ends.")


def rows_of(totals: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Put the totals of each method side by side by year."""
    rows: dict[str, dict[str, Any]] = {}
    for one in totals:
        name = one["method"] or CHOSEN
        row = rows.setdefault(name, {"method": name})
        row[f"wape {one['fiscal_year']}"] = one["wape_bp"]
        row[f"coverage {one['fiscal_year']}"] = one["coverage_bp"]
    return list(rows.values())


def _facts(
    found: Mapping[str, Any], *, publish: bool, profiles: int | None
) -> list[dict[str, Any]]:
    """Write what is to be stated; CliError if there is no model to state."""
    if not publish and profiles is None:
        return []
    model = found["model"]
    if model is None:
        raise CliError(REASONS[found["no_model"]], ExitCode.FAILED_CHECK)
    stated = []
    if publish:
        stated.append(_fact(found, MODEL_TYPE, _model(found)))
    for one in model["classes"] if profiles is not None else ():
        if one["project_class"] is not None and one["seasonal_bp"] is not None:
            name = f"profile-{profiles}-{one['project_class']}"
            profile = {
                "fiscal_year": profiles,
                "standard": name,
                "project_class": one["project_class"],
                "months_bp": one["seasonal_bp"],
                "reason": f"median of {_years(found)}",
            }
            stated.append(_fact(found, PROFILE_TYPE, profile))
    return stated


def _years(found: Mapping[str, Any]) -> str:
    label = "simulated " if found["simulated"] else ""
    return label + ", ".join(map(str, found["years"]))


def _model(found: Mapping[str, Any]) -> dict[str, Any]:
    model = found["model"]
    first, last = model["years"][0], model["years"][-1]
    digest = hashlib.sha256(json.dumps(model, sort_keys=True).encode()).hexdigest()
    name = f"backtest-{first}-{last}-{digest[:ID_DIGITS]}"
    return {"model": name, "simulated": found["simulated"], **model}


def _fact(found: Mapping[str, Any], kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Write a fact; the same content of the same day is the same fact."""
    content = {"date": found["as_of"], **data}
    told = json.dumps([found["jurisdiction"], kind, content], sort_keys=True)
    return {
        "specversion": "1.0",
        "id": hashlib.sha256(told.encode()).hexdigest(),
        "source": SOURCE,
        "type": kind,
        "subject": found["jurisdiction"],
        "time": f"{found['as_of']}T00:00:00Z",
        "data": content,
    }


def _send(client: Client, facts: Sequence[Mapping[str, Any]], *, no_wait: bool) -> None:
    sender = Sender(client, secrets.token_hex(RUN_ID_BYTES))
    sender.send(
        [
            Item(json.dumps(fact, ensure_ascii=False).encode(), f"fact {place}")
            for place, fact in enumerate(facts, 1)
        ]
    )
    tally = sender.finish()
    say(f"stated: {tally.accepted} accepted, {tally.duplicate} known already")
    if tally.unread or tally.quarantined:
        told = "; ".join(tally.unread) or "see dualwatch quarantine list"
        message = f"intake did not take all of it: {told}"
        raise CliError(message, ExitCode.REFUSED)
    if not no_wait:
        wait_until_passed(client, str(tally.position))
