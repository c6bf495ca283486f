"""Accounts in MongoDB: who has a password, with the credential that its sessions rest on.

The credential is a key of the principal whose secret is nobody's (`domain/principals.py`): it is
changed in the same transaction, so that sessions end exactly when the password does.
"""

import datetime as dt
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from services.chassis.mongo import Mongo, Session
from services.intake.store import documents as docs

WINDOW_SECONDS: Final = 900
"""Tries are counted in quarters of an hour."""
COUNTED_TRIES_MAX: Final = 3
"""Two may insert the same counter at once; the second then finds it."""


@dataclass(frozen=True, slots=True)
class Account:
    """A principal's password: never itself."""

    principal: str
    hashed: str
    key_id: str
    """The credential that its sessions rest on."""
    set_on: dt.datetime
    set_by: str


class MongoAccounts:
    """Who has a password."""

    def __init__(self, mongo: Mongo) -> None:
        """Use intake's database; its collections are made by `prepare_store`."""
        self._accounts = mongo.db[docs.ACCOUNTS]

    async def get(self, principal_id: str) -> Account | None:
        """Find one."""
        found = await self._accounts.find_one({"_id": principal_id})
        return None if found is None else _account(found)

    async def many(self, principals: Sequence[str]) -> dict[str, Account]:
        """Find several, by principal."""
        found = self._accounts.find({"_id": {"$in": list(principals)}})
        return {document["_id"]: _account(document) async for document in found}

    async def keep(self, account: Account, session: Session) -> None:
        """Write one, in the transaction of its credential."""
        plain = asdict(account)
        wanted = {"_id": plain.pop("principal")}
        await self._accounts.replace_one(wanted, plain, upsert=True, session=session)

    async def forget(self, principal_id: str, session: Session) -> None:
        """Remove one, in the transaction that ends its credential."""
        await self._accounts.delete_one({"_id": principal_id}, session=session)

    async def rehash(self, before: Account, hashed: str) -> None:
        """Write the same password's hash with other costs, unless it was changed meanwhile."""
        await self._accounts.update_one(
            {"_id": before.principal, "hashed": before.hashed}, {"$set": {"hashed": hashed}}
        )


class Tries:
    """Counts who has tried to sign in, in windows of time; it forgets by itself.

    What was typed as a name may be a password by mistake: kept are hashes alone.
    """

    def __init__(self, mongo: Mongo, secret: str) -> None:
        """`secret` keys the hashes."""
        self._tries = mongo.db[docs.SIGN_IN_TRIES]
        self._secret = secret.encode()

    async def count(self, subject: str, at: dt.datetime) -> int:
        """Count one more try; gives how many there are in this window."""
        window = int(at.timestamp()) // WINDOW_SECONDS
        ends = dt.datetime.fromtimestamp((window + 1) * WINDOW_SECONDS, dt.UTC)
        for _ in range(COUNTED_TRIES_MAX):
            try:
                found = await self._tries.find_one_and_update(
                    {"_id": self._name(subject, window)},
                    {"$inc": {"tries": 1}, "$set": {"ends": ends}},
                    upsert=True,
                    return_document=ReturnDocument.AFTER,
                )
            except DuplicateKeyError:
                continue
            return int(found["tries"])
        raise AssertionError(COUNTED_TRIES_MAX)

    async def forgive(self, subject: str, tries: int, at: dt.datetime) -> None:
        """Count tries no more: somebody has shown that they were his."""
        window = int(at.timestamp()) // WINDOW_SECONDS
        await self._tries.update_one(
            {"_id": self._name(subject, window)}, {"$inc": {"tries": -tries}}
        )

    def _name(self, subject: str, window: int) -> str:
        mark = hmac.digest(self._secret, f"sign-in tries\0{subject}".encode(), "sha256").hex()
        return f"{mark}-{window}"


def seconds_left(at: dt.datetime) -> int:
    """Tell in how many seconds tries are counted anew."""
    return WINDOW_SECONDS - int(at.timestamp()) % WINDOW_SECONDS


def _account(found: Mapping[str, Any]) -> Account:
    plain = dict(found)
    return Account(principal=plain.pop("_id"), **plain)
