"""`python -m services.console`."""

import gc

gc.disable()  # what is imported stays; `run` has it on again

from services.chassis.runner import run
from services.console.app import create_app
from services.console.settings import ConsoleSettings


def main() -> None:
    """Run the console until it is told to stop."""
    run(ConsoleSettings, create_app)


if __name__ == "__main__":
    main()
