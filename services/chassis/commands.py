"""Many documents written at once, by plain commands.

The driver's bulk classes cost more than the encoding of the documents.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from pymongo.errors import OperationFailure

from services.chassis.mongo import Database, Document, Session

COMMAND_BYTES_MAX: Final = 12 * 1024 * 1024
"""Bytes of one command: it is one BSON document, and MongoDB takes 16 MiB."""
FRAME_BYTES: Final = 256
"""What a document weighs beside its values of bytes; the large ones are all of that kind."""


async def insert(
    db: Database, collection: str, documents: Iterable[Document], session: Session
) -> None:
    """Insert documents; OperationFailure if one cannot be: the transaction is then to be ended."""
    for part in _parts((document, document) for document in documents):
        await _run(db, {"insert": collection, "documents": part, "ordered": False}, session)


async def update(
    db: Database, collection: str, changes: Iterable[Document], session: Session
) -> None:
    """Make changes of the form {q, u}; OperationFailure as for `insert`."""
    for part in _parts((change, change["u"].get("$set", change["u"])) for change in changes):
        await _run(db, {"update": collection, "updates": part, "ordered": False}, session)


async def _run(db: Database, command: Document, session: Session) -> None:
    answer = await db.command(command, session=session)
    if errors := answer.get("writeErrors"):
        first = errors[0]
        raise OperationFailure(first.get("errmsg", ""), first.get("code"), answer)


def _parts(statements: Iterable[tuple[Document, Document]]) -> Iterator[list[Document]]:
    """Cut statements, each given with the fields that it writes, so that a part fits a command."""
    part: list[Document] = []
    size = 0
    for statement, fields in statements:
        weight = FRAME_BYTES + sum([len(v) for v in fields.values() if isinstance(v, bytes)])
        if part and size + weight > COMMAND_BYTES_MAX:
            yield part
            part, size = [], 0
        part.append(statement)
        size += weight
    if part:
        yield part
