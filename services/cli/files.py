"""`dualwatch files`: which exports can be read, their templates, and how their mappings look."""

from pathlib import Path
from typing import Annotated, Final

import typer

from services.cli.errors import CliError, ExitCode
from services.cli.output import Column, JsonFlag, print_json, say, show
from services.cli.report import write_file
from services.intake.files.presets import Preset, UnknownPresetError, preset, preset_names

app = typer.Typer(
    help="Exports of finance systems: presets and templates (no running stack is needed).",
    no_args_is_help=True,
)

PRESET_COLUMNS: Final = (
    Column("preset", "preset"),
    Column("名称", "title_zh"),
    Column("title", "title"),
    Column("source", "source"),
)

PresetName = Annotated[
    str, typer.Argument(metavar="PRESET", help="Name of a preset: dualwatch files presets.")
]


@app.command("presets")
def presets(*, as_json: JsonFlag = False) -> None:
    """List the exports that can be read without a mapping of one's own."""
    found = [preset(name) for name in preset_names()]
    rows = [
        {
            "preset": one.name,
            "version": one.version,
            "title": one.title.en,
            "title_zh": one.title.zh,
            "source": one.source,
        }
        for one in found
    ]
    show(rows, as_json=as_json, columns=PRESET_COLUMNS)


@app.command("template")
def template(
    name: PresetName,
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", dir_okay=False, help="Default: PRESET.xlsx."
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Write a preset's workbook: heading, an example row, and what to fill in 填写说明."""
    target = output or Path(f"{name}.xlsx")
    write_file(target, _find(name).template())
    if as_json:
        print_json({"preset": name, "file": str(target)})
    say(f"written: {target}")


@app.command("mapping")
def mapping(
    name: PresetName,
    *,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", dir_okay=False, help="Write it there."),
    ] = None,
) -> None:
    """Print a preset's mapping file (YAML): the beginning of one of your own."""
    found = _find(name)
    if output is None:
        typer.echo(found.text, nl=False)
        return
    write_file(output, found.text.encode())
    say(f"written: {output}")


def _find(name: str) -> Preset:
    try:
        return preset(name)
    except UnknownPresetError:
        message = f"there is no preset {name}; there are {', '.join(preset_names())}"
        raise CliError(message, ExitCode.USAGE) from None
