"""`dualwatch up` as a process of its own, with one dummy service in the place of the real ones."""

import sys
import types
from pathlib import Path

import typer

from deploy.local.stack import Service
from services.cli import up as command

DUMMY = (sys.executable, str(Path(__file__).with_name("dummy_service.py")), "intake")


def run_demo(endpoints: object, *, once: bool, out: object, city: int) -> None:
    """Stand where the demonstration will be."""
    sys.stderr.write(f"demonstrated once={once} out={out} city={city} {endpoints}\n")


def main() -> None:
    """Run the command line."""
    command.SERVICES = (Service("intake", DUMMY),)  # type: ignore[attr-defined, assignment]
    sys.modules["services.cli.demo"] = types.SimpleNamespace(run_demo=run_demo)  # type: ignore[assignment]
    app = typer.Typer(add_completion=False)
    app.command()(command.up)
    app()


if __name__ == "__main__":
    main()
