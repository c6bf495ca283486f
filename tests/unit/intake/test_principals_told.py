"""What is told of principals last is their newest state, whoever tells it."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

from contracts.vocabulary import PrincipalKind, Role
from services.intake.domain.principals import Registered, event_of, taken_back
from services.intake.store.principals import MongoPrincipals
from services.intake.store.telling import Principals

NOW = dt.datetime(2026, 11, 30, 8, tzinfo=dt.UTC)
LI_HUA = Registered(
    "li-hua", PrincipalKind.STAFF, "李华", (Role.AUDITOR,), None, (), (), (), 5, NOW
)


class Documents:
    """One document of a collection."""

    def __init__(self, document: dict[str, Any]) -> None:
        """Keep it."""
        self.document = document

    async def update_one(self, wanted: dict[str, Any], change: dict[str, Any]) -> Any:
        """Change it if it is what is wanted."""
        fits = all(self.document.get(name) == value for name, value in wanted.items())
        if fits:
            self.document |= change.get("$set", {})
            for name in change.get("$unset", {}):
                self.document.pop(name, None)
        return SimpleNamespace(matched_count=int(fits))


class Topic:
    """Remembers which versions were told."""

    def __init__(self) -> None:
        """None yet."""
        self.told: list[bytes] = []

    async def publish(self, _topic: str, _partition: int, records: list[Any]) -> None:
        """Remember."""
        self.told += [raw for _, raw, _ in records]


def kept(version: int) -> tuple[Documents, Principals, Topic]:
    """Make a store that holds a version which nobody has to be told of any more."""
    documents = Documents({"_id": "li-hua", "version": version})
    nothing = Documents({})
    mongo: Any = SimpleNamespace(
        db={"principals": documents, "principal_log": nothing, "key_uses": nothing}
    )
    topic = Topic()
    publisher: Any = topic
    return documents, Principals(MongoPrincipals(mongo), publisher, 1), topic


async def test_the_newest_state_needs_to_be_told_once() -> None:
    """Then its mark goes."""
    documents, telling, _ = kept(5)
    documents.document["unpublished"] = True

    await telling.tell(LI_HUA)

    assert {"_id": "li-hua", "version": 5} == documents.document


async def test_a_state_that_was_overtaken_makes_the_newest_be_told_again() -> None:
    """Or compaction would keep the older one, and who was revoked be let in by it."""
    documents, telling, topic = kept(6)

    await telling.tell(LI_HUA)

    assert documents.document["unpublished"] is True
    await telling.tell(taken_back(LI_HUA, NOW))
    assert "unpublished" not in documents.document
    assert event_of(taken_back(LI_HUA, NOW), NOW).type.encode() in topic.told[-1]
