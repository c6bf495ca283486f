"""The command line reads a command when it is run, and lists all without reading any."""

import inspect
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from services.cli.app import COMMANDS, app


@pytest.mark.parametrize("name", COMMANDS)
def test_a_line_of_the_list_is_the_commands_own(name: str) -> None:
    """So that nobody reads of a command that does something else."""
    command = COMMANDS[name].load(name)
    own = " ".join(inspect.cleandoc(command.help or "").partition("\n\n")[0].split())

    assert (name, COMMANDS[name].says) == (command.name, own)


def test_the_list_reads_no_command() -> None:
    """Nor anything that only some of them need."""
    asked = "import services.cli.app, sys; print(*sorted(sys.modules))"
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=120
    )
    read = set(done.stdout.split())

    assert set() == read & {f"services.cli.{place.module}" for place in COMMANDS.values()}
    assert set() == read & {"aiokafka", "faststream", "pymongo", "fastapi", "docx"}


def test_a_command_runs_with_its_own_options() -> None:
    """As one that was there from the start, a group as well as a command alone."""
    run = CliRunner().invoke

    assert "Principals and their keys." in run(app, ["keys", "--help"]).output
    assert "--overlap" in run(app, ["keys", "rotate", "--help"]).output
    assert "--json" in run(app, ["doctor", "--help"]).output
    assert 2 == run(app, ["doctor", "--no-such-option"]).exit_code


def test_a_slip_is_told_the_nearest_command() -> None:
    """Those that were not read yet are known by name."""
    told = CliRunner().invoke(app, ["kyes"])

    assert 2 == told.exit_code
    assert "Did you mean 'keys'" in told.output
