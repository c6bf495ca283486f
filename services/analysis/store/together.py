"""Questions to several collections in one round trip, all as they are at one moment (ADR 13).

Which generation answers for a partition is read in the same breath as what it answers: the
collections are those of the generations that were live when it was asked last, and if others are
live by now, it is asked again.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from services.analysis.domain import Jurisdiction
from services.analysis.store.documents import jurisdiction_of
from services.analysis.store.generations import FIRST, Generation, LiveProgress
from services.analysis.store.states import Standing
from services.analysis.store.views import Part
from services.chassis.mongo import SNAPSHOT, Document, Mongo, Session

COPIES_MAX: Final = 256
"""Most copies of jurisdictions that are kept as they were read last."""
_LIVE: Final = "live"
_PROGRESS: Final = "progress"


class Question(NamedTuple):
    """What is asked of one collection of each generation that is live."""

    collection: str
    stages: Callable[[Part], list[Document]]
    """Makes the stages of an aggregation for the partitions that a generation answers for."""


class Answer(NamedTuple):
    """Where every partition stands, and the documents that were found, question by question."""

    standings: list[Standing]
    parts: list[Part]
    found: list[list[Document]]


class Together:
    """Asks the collections of the live generations together."""

    def __init__(self, mongo: Mongo, progress: LiveProgress) -> None:
        """Begin with the first generation."""
        self._mongo = mongo
        self._progress = progress
        self._live: list[int] = []

    async def ask(self, *questions: Question) -> Answer:
        """Ask; nearly always that is one round trip."""
        live = self._live or [FIRST] * self._progress.partitions
        known, answer = await self._ask(live, questions, None)
        if known == live:
            return answer
        # Who answers for a partition has changed. Within a session nothing changes any more.
        async with self._mongo.snapshot() as session:
            return await self.ask_within(session, *questions)

    async def ask_within(self, session: Session, *questions: Question) -> Answer:
        """Ask as things are at the moment of a session: its first read sets that."""
        live = self._live or [FIRST] * self._progress.partitions
        known, answer = await self._ask(live, questions, session)
        if known != live:
            _, answer = await self._ask(known, questions, session)
        return answer

    async def _ask(
        self, live: list[int], questions: Sequence[Question], session: Session | None
    ) -> tuple[list[int], Answer]:
        """Ask the generations that are thought to be live; tell which are."""
        progress = self._progress
        parts = self._parts(live)
        ids = progress.ids_of(live)
        pipeline = [
            _tagged(_LIVE),
            _union(progress.collection.name, _PROGRESS, [{"$match": {"_id": {"$in": ids}}}]),
        ]
        for number, question in enumerate(questions):
            pipeline += [
                _union(
                    part.generation.name(question.collection), str(number), question.stages(part)
                )
                for part in parts
            ]
        asked: Any = progress.generations.live_by_partition
        if session is None:
            asked = asked.with_options(read_concern=SNAPSHOT)
        found: dict[str, list[Document]] = {}
        for document in await asked.aggregate(pipeline, session=session).to_list(None):
            ((tag, content),) = document.items()
            found.setdefault(tag, []).append(content)
        generations = {each["_id"]: each["generation"] for each in found.get(_LIVE, ())}
        known = [generations.get(partition, FIRST) for partition in range(progress.partitions)]
        if known == live:
            await progress.generations.require_readable(known)
        self._live = known
        standing = {each["_id"]: standing_of(each) for each in found.get(_PROGRESS, ())}
        return known, Answer(
            [standing.get(key) or Standing(0, None) for key in ids],
            parts,
            [found.get(str(number), []) for number in range(len(questions))],
        )

    def _parts(self, live: Sequence[int]) -> list[Part]:
        numbers = sorted(set(live)) or [FIRST]
        return [
            Part(
                self._mongo.db,
                Generation(number),
                tuple(partition for partition, known in enumerate(live) if known == number),
                len(numbers) == 1,
            )
            for number in numbers
        ]


def standing_of(document: Document) -> Standing:
    """Read where a partition stands."""
    return Standing.read(document["position"], document["offset"], document["extra"])


class Copies:
    """Partitions' copies of jurisdictions; one whose bytes are the same is not decoded again."""

    def __init__(self) -> None:
        """Nothing was read yet."""
        self._known: dict[tuple[str, int], tuple[bytes, Jurisdiction]] = {}

    def read(self, document: Document) -> Jurisdiction:
        """Read a copy: not to be changed, others have it too."""
        key = document["_id"]["j"], document["_id"]["p"]
        raw, known = self._known.get(key, (b"", None))
        if known is None or raw != document["state"]:
            known = jurisdiction_of(document)
            while len(self._known) >= COPIES_MAX:
                del self._known[next(iter(self._known))]
            self._known[key] = document["state"], known
        return known


def _tagged(tag: str) -> Document:
    return {"$project": {"_id": 0, tag: "$$ROOT"}}


def _union(collection: str, tag: str, stages: list[Document]) -> Document:
    return {"$unionWith": {"coll": collection, "pipeline": [*stages, _tagged(tag)]}}
