"""What operators' commands note for those who watch: when the last backup was made."""

from typing import Final

from services.chassis import metrics
from services.chassis.mongo import Mongo

OPERATIONS: Final = "operations"
BACKUPS: Final = ("deployment", "referrals")
"""Kinds of backups; the id of each one's note begins with `backup:`."""
ANSWER_MS: Final = 5_000

BACKUP: Final = metrics.gauge(
    "dualwatch_backup_made_seconds",
    "When the last backup of a kind was made, in seconds since 1970; 0: none was ever noted.",
    ("kind",),
)


def note_of(kind: str) -> str:
    """Return the id of the note on the last backup of a kind."""
    return f"backup:{kind}"


class Operations:
    """Reads what they have noted."""

    def __init__(self, mongo: Mongo) -> None:
        """Nothing is read yet."""
        self._notes = mongo.db[OPERATIONS]

    async def look(self) -> None:
        """Tell when the last backups were made."""
        ids = [note_of(kind) for kind in BACKUPS]
        cursor = self._notes.find({"_id": {"$in": ids}}).max_time_ms(ANSWER_MS)
        made = {note["_id"]: note["made"].timestamp() async for note in cursor}
        for kind in BACKUPS:
            BACKUP.labels(kind).set(made.get(note_of(kind), 0))
