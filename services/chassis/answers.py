"""First answers of commands, by the key they are known again by.

A command repeated under its key gets its first answer, before anything else is looked at: kept in
the same transaction as what the command changed, that answer is there exactly if the change is.
"""

import datetime as dt
import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bson.binary import Binary
from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from services.chassis import clock
from services.chassis.mongo import Document, Mongo, Session

ANSWERS_KEPT: Final = dt.timedelta(days=30)
"""How long a command is known again by its key."""
_DIGEST: Final = 16


class KeyReusedError(Exception):
    """The key stands for another command."""


class Outcome(StrEnum):
    """What became of a command that was not refused."""

    DONE = "done"
    """The alert was changed."""
    UNCHANGED = "unchanged"
    """It was so already."""
    REPEATED = "repeated"
    """It had its answer before."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command was about, as it was after it and as the HTTP API tells it."""

    body: bytes
    """JSON."""
    version: int
    outcome: Outcome


def key_of(principal: str, *words: str) -> str:
    """Make the id of a command: its sender and its Idempotency-Key."""
    text = "\0".join((principal, *words))
    return hashlib.blake2b(text.encode(), digest_size=_DIGEST, person=b"command").hexdigest()


def mark_of(*words: bytes) -> bytes:
    """Put in short what a request asks for."""
    lengths = b"".join(len(word).to_bytes(4) for word in words)
    text = lengths + b"".join(words)
    return hashlib.blake2b(text, digest_size=_DIGEST, person=b"content").digest()


class Answers:
    """The first answers of a service."""

    INDEXES: Final = {
        "answers": [IndexModel([("at", 1)], expireAfterSeconds=int(ANSWERS_KEPT.total_seconds()))]
    }

    def __init__(self, mongo: Mongo) -> None:
        """Create the indexes (`INDEXES`) before the first use."""
        self._collection = mongo.db["answers"]

    async def earlier(self, key: str, mark: bytes) -> Answer | None:
        """Find the first answer; KeyReusedError if the key stands for something else."""
        found = await self._collection.find_one({"_id": key})
        if found is None:
            return None
        if found["mark"] != mark:
            raise KeyReusedError
        return Answer(bytes(found.get("body", b"")), found.get("version", 0), Outcome.REPEATED)

    async def claim(self, key: str, mark: bytes) -> None:
        """Let a key stand for a request whose parts are answered one by one; KeyReusedError."""
        try:
            await self._collection.insert_one(
                {"_id": key, "mark": Binary(mark), "at": clock.now()},
            )
        except DuplicateKeyError:
            await self.earlier(key, mark)

    async def keep(self, session: Session, key: str, mark: bytes, answer: Answer) -> None:
        """Keep an answer within its command's transaction; DuplicateKeyError if there is one."""
        document: Document = {
            "_id": key,
            "mark": Binary(mark),
            "at": clock.now(),
            "version": answer.version,
            "body": Binary(answer.body),
        }
        await self._collection.insert_one(document, session=session)
