"""`python -m services.alerts`: run the service."""

import gc

gc.disable()  # what is imported stays; `run` has it on again

from services.alerts.app import create_app
from services.alerts.settings import AlertsSettings
from services.chassis.runner import run


def main() -> None:
    """Serve until told to stop."""
    run(AlertsSettings, create_app)


if __name__ == "__main__":
    main()
