"""Submitting that a publisher was heard, to the home of its jurisdiction."""

from typing import Final

from services.intake.domain.admission import Admitted
from services.intake.domain.silence import HEARD, Heard, heard_id, publisher_heard
from services.intake.domain.submissions import Origin
from services.intake.store.days import PUBLISHER
from services.intake.store.submissions import Submission

DOOR: Final = "ledger"


def submission_of(heard: Heard) -> Submission:
    """Make the submission; nobody waits for it, and it came by no door."""
    raw = publisher_heard(heard)
    admission = Admitted(heard_id(heard), HEARD, heard.jurisdiction, jurisdiction_fact=True)
    return Submission(raw, admission, Origin(PUBLISHER, DOOR, None, 0, 0, len(raw)))
