"""`python -m services.analysis`: one process of the analysis service."""

import gc

gc.disable()  # what is imported stays; `run` has it on again

from services.analysis.app import create_app
from services.analysis.settings import AnalysisSettings
from services.chassis.runner import run


def main() -> None:
    """Serve until told to stop."""
    run(AnalysisSettings, create_app)


if __name__ == "__main__":
    main()
