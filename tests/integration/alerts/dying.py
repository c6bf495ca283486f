"""`python -m tests.integration.alerts.dying`: alerts that is killed right after a commit.

The commit is there, nobody has been answered, and nothing of it was published.
"""

import os
import signal

from services.alerts.__main__ import main
from services.chassis.relaying import Relaying


def _die(_relaying: Relaying, told: object) -> None:
    if told:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    Relaying.wake = _die  # type: ignore[method-assign,assignment] # the first thing after a commit
    main()
