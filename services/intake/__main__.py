"""`python -m services.intake`."""

from services.chassis.runner import run
from services.intake.app import create_app
from services.intake.settings import IntakeSettings


def main() -> None:
    """Run intake until it is told to stop."""
    run(IntakeSettings, create_app)


if __name__ == "__main__":
    main()
