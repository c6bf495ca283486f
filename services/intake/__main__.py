"""`python -m services.intake`."""

import gc

gc.disable()  # what is imported stays; `run` has it on again

from services.chassis.runner import run
from services.intake.app import create_app
from services.intake.settings import IntakeSettings


def main() -> None:
    """Run intake until it is told to stop."""
    run(IntakeSettings, create_app)


if __name__ == "__main__":
    main()
