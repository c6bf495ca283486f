"""`dualwatch report templates`: words and measures of forms, checked before they are used."""

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from services.cli.errors import CliError, ExitCode
from services.cli.output import Column, JsonFlag, print_json, print_rows, say
from services.cli.report_files import read_file
from services.reporting.outputs import report_styles
from services.reporting.outputs.form_template import FILE_BYTES_MAX, own_id, shipped
from services.reporting.outputs.template_checks import checked

app = typer.Typer(help="Templates of forms: list, check.", no_args_is_help=True)

COLUMNS: Final = (Column("file", "file"), Column("template", "template"), Column("fault", "fault"))


@app.command("check")
def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE", help="Template files (YAML, .docx); default: those shipped."
        ),
    ] = None,
    *,
    as_json: JsonFlag = False,
) -> None:
    """Check templates: every heading there, every hole known, measures within bounds.

    Of forms (annex1-*.yaml), and of reports: outlines (report-*.yaml), Word templates (.docx).
    A form's id is told as a campaign names it (`campaigns plan --template`).
    """
    given = (
        [(str(path), read_file(path, FILE_BYTES_MAX)) for path in files]
        if files
        else [*shipped(), *report_styles.shipped()]
    )
    rows = [row for name, content in given for row in _checked(name, content, own=bool(files))]
    faults = [row for row in rows if row["fault"]]
    if as_json:
        print_json({"templates": rows, "faults": len(faults)})
    else:
        print_rows(rows, COLUMNS)
    if faults:
        message = f"{len(faults)} faults"
        raise CliError(message, ExitCode.FAILED_CHECK)
    say(f"{len(rows)} templates are whole")


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(metavar="FILE", help="As `check` lists it.")],
    *,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", dir_okay=False)],
) -> None:
    """Write a shipped template to a file, to begin one's own with (under an id of its own)."""
    known = {**dict(shipped()), **dict(report_styles.shipped())}
    if name not in known:
        message = f"there is {', '.join(known)}"
        raise CliError(message, ExitCode.USAGE)
    output.write_bytes(known[name])
    say(f"written: {output}")


def _checked(name: str, content: bytes, *, own: bool) -> list[dict[str, Any]]:
    found = checked(name, content)
    called = "report (Word)" if found.kind == "word" else found.id
    if own and found.kind == "form" and found.id is not None:
        called = own_id(found.id, content)
    faults = found.faults or (None,)
    return [
        {"file": name, "template": None if fault else called, "fault": fault} for fault in faults
    ]
