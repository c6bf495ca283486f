"""`python -m services.reporting`."""

import gc

gc.disable()  # what is imported stays; `run` has it on again

from services.chassis.runner import run
from services.reporting.app import create_app
from services.reporting.settings import ReportingSettings


def main() -> None:
    """Run reporting until it is told to stop."""
    run(ReportingSettings, create_app)


if __name__ == "__main__":
    main()
