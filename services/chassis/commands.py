"""Many documents written at once, by plain commands.

The driver's bulk classes cost more than the encoding of the documents.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from pymongo.errors import OperationFailure

from services.chassis.mongo import Database, Document, Session

COMMAND_BYTES_MAX: Final = 12 * 1024 * 1024
"""Bytes of one command: it is one BSON document, and MongoDB takes 16 MiB."""
FRAME_BYTES: Final = 256
"""What a document weighs beside what is long in it."""
FIELD_BYTES: Final = 24
"""What a field or an item weighs that is neither text nor bytes, with its name."""
CHARACTER_BYTES: Final = 3
"""A Chinese character in UTF-8."""


async def insert(
    db: Database, collection: str, documents: Iterable[Document], session: Session
) -> None:
    """Insert documents; OperationFailure if one cannot be: the transaction is then to be ended."""
    for part in _parts((document, document) for document in documents):
        await _run(db, {"insert": collection, "documents": part, "ordered": False}, session)


async def update(
    db: Database, collection: str, changes: Iterable[Document], session: Session
) -> int:
    """Make changes of the form {q, u}, and give how many met a document or made one.

    OperationFailure as for `insert`.
    """
    met = 0
    for part in _parts((change, change["u"].get("$set", change["u"])) for change in changes):
        met += await _run(db, {"update": collection, "updates": part, "ordered": False}, session)
    return met


async def _run(db: Database, command: Document, session: Session) -> int:
    answer = await db.command(command, session=session)
    if errors := answer.get("writeErrors"):
        first = errors[0]
        raise OperationFailure(first.get("errmsg", ""), first.get("code"), answer)
    return int(answer["n"])


def _parts(statements: Iterable[tuple[Document, Document]]) -> Iterator[list[Document]]:
    """Cut statements, each given with the fields that it writes, so that a part fits a command."""
    part: list[Document] = []
    size = 0
    for statement, fields in statements:
        weight = FRAME_BYTES + sum([_weigh(value) for value in fields.values()])
        if part and size + weight > COMMAND_BYTES_MAX:
            yield part
            part, size = [], 0
        part.append(statement)
        size += weight
    if part:
        yield part


def _weigh(value: Any) -> int:
    """Say about how many bytes a value is, rather too many."""
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, str):
        return CHARACTER_BYTES * len(value)
    if isinstance(value, dict):
        return FIELD_BYTES * len(value) + sum([_weigh(one) for one in value.values()])
    if isinstance(value, list | tuple):
        return FIELD_BYTES * len(value) + sum([_weigh(one) for one in value])
    return 0
