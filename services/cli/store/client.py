"""MongoDB as an operator's command reaches it: one client, bounded waits, errors in plain words."""

import contextlib
from collections.abc import Iterator
from typing import Any, Final, cast

from bson import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.errors import (
    ConfigurationError,
    ConnectionFailure,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
)
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from services.chassis.settings import MongoSettings
from services.cli.errors import CliError, ExitCode
from services.cli.masking import masked_address

SELECTION_MS: Final = 5_000
CONNECT_MS: Final = 5_000
SOCKET_MS: Final = 120_000
UNAUTHORIZED: Final = 13
AUTHENTICATION_FAILED: Final = 18
SNAPSHOT_TOO_OLD: Final = 239
SNAPSHOT_UNAVAILABLE: Final = 246
WINDOW: Final = "minSnapshotHistoryWindowInSeconds"

Document = dict[str, Any]
Client = MongoClient[Document]
Raw = Collection[RawBSONDocument]

_RAW: Final[CodecOptions[RawBSONDocument]] = CodecOptions(document_class=RawBSONDocument)
_WORDS: Final = {
    UNAUTHORIZED: "this user may not do that; a backup needs to read, a restore to write, all "
    "databases of Dualwatch",
    AUTHENTICATION_FAILED: "user or password is wrong",
    SNAPSHOT_TOO_OLD: "it took longer than the server keeps a moment: set its parameter "
    f"{WINDOW} higher on every member (db.adminCommand({{setParameter: 1, {WINDOW}: 3600}}), and "
    "--setParameter for good) and begin anew",
    SNAPSHOT_UNAVAILABLE: "collections or indexes were made just now; call it again",
}


@contextlib.contextmanager
def connected(settings: MongoSettings) -> Iterator[Client]:
    """Give a client; whatever MongoDB refuses ends the command in plain words."""
    where = masked_address(settings.url)
    try:
        with _client(settings, where) as client:
            yield client
    except PyMongoError as error:
        message = f"MongoDB at {where}: {in_words(error)}"
        raise CliError(message, ExitCode.UNREACHABLE) from error


def _client(settings: MongoSettings, where: str) -> Client:
    try:
        return MongoClient[Document](
            **settings.client,
            serverSelectionTimeoutMS=SELECTION_MS,
            connectTimeoutMS=CONNECT_MS,
            socketTimeoutMS=SOCKET_MS,
            tz_aware=True,
            appname="dualwatch",
        )
    except (ConfigurationError, ValueError) as error:
        # ValueError: what stands where the hosts do cannot be read, as with a `/` in a password.
        message = f"DUALWATCH_MONGO__URL {where} is wrong: {error}"
        raise CliError(message, ExitCode.USAGE) from error


def in_words(error: PyMongoError) -> str:
    """Say in plain words what MongoDB did not do."""
    if isinstance(error, OperationFailure):
        said = str((error.details or {}).get("errmsg") or error)
        return _WORDS.get(error.code or 0, said)
    if isinstance(error, ServerSelectionTimeoutError):
        return f"no primary answers within {SELECTION_MS / 1000:g} s"
    if isinstance(error, ConnectionFailure):
        return f"the connection broke off ({type(error).__name__})"
    return str(error)


def raw(client: Client, database: str, collection: str) -> Raw:
    """Give a collection whose documents are read and written as the bytes they are."""
    found = client.get_database(
        database,
        codec_options=_RAW,
        read_concern=ReadConcern("majority"),
        write_concern=WriteConcern(w="majority", j=True),
    )[collection]
    return cast("Raw", found)


def raw_in_snapshot(client: Client, database: str, collection: str) -> Raw:
    """Give the same for a session that says itself at which moment it reads."""
    return cast("Raw", client.get_database(database, codec_options=_RAW)[collection])
