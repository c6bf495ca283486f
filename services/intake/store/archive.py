"""Checkpoints as files, outside the database: what was signed stays known if the store is changed.

    000000012.json        one checkpoint, one line of JSON; kept for ever
    heads-000000012.txt   its leaves, one a line, in the order of the tree; kept for the last two
    keys/<key id>.pem     public keys of all that have signed

Files are written beside and renamed: a reader sees all of one or nothing.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, Self

import msgspec

from services.intake.domain.checkpoints import Checkpoint, Verify
from services.intake.domain.merkle import Tree, leaf_hash
from services.intake.store.signing import Signer, verifier

HEADS_KEPT: Final = 2
"""Checkpoints whose leaves are kept: the last, and the one before it until that is whole."""
LINE_BYTES_MAX: Final = 8_192
"""Longest leaf that is read; a stream's name has at most a few hundred bytes."""
CHECKPOINT_BYTES_MAX: Final = 16_384
_decode: Final = msgspec.json.Decoder(Checkpoint).decode


class BrokenArchiveError(Exception):
    """What the directory holds is not what was written there."""


class Archive:
    """The directory of one deployment's checkpoints."""

    def __init__(self, folder: Path) -> None:
        """Nothing is touched yet."""
        self.folder = folder

    def prepare(self, signer: Signer) -> None:
        """Make the directory, and keep the public key for those who check."""
        keys = self.folder / "keys"
        keys.mkdir(parents=True, exist_ok=True)
        _replace(keys / f"{signer.key_id}.pem", signer.public_pem)

    def verify(self) -> Verify:
        """Make the check of signatures by the keys that are kept here."""
        return verifier(file.read_bytes() for file in sorted((self.folder / "keys").glob("*.pem")))

    def numbers(self) -> list[int]:
        """List the numbers of all checkpoints, in order."""
        files = self.folder.glob("[0-9]*.json")
        return sorted(int(file.stem) for file in files if file.stem.isdigit())

    def read(self, number: int) -> Checkpoint:
        """Read a checkpoint; BrokenArchiveError if it is not one."""
        file = self._file(number)
        try:
            found = _decode(file.read_bytes()[:CHECKPOINT_BYTES_MAX])
        except (OSError, msgspec.MsgspecError) as error:
            msg = f"{file.name} cannot be read: {error}"
            raise BrokenArchiveError(msg) from error
        if found.number != number:
            msg = f"{file.name} holds checkpoint {found.number}"
            raise BrokenArchiveError(msg)
        return found

    def latest(self, *, with_heads: bool = False) -> Checkpoint | None:
        """Read the last checkpoint; or the last whose leaves are here."""
        for number in reversed(self.numbers()):
            if not with_heads or self._heads_file(number).is_file():
                return self.read(number)
        return None

    def leaves(self, number: int) -> Iterator[bytes]:
        """Read the leaves of a checkpoint, in the order of its tree."""
        with self._heads_file(number).open("rb") as file:
            while line := file.readline(LINE_BYTES_MAX):
                yield line.removesuffix(b"\n")

    def root(self, number: int) -> tuple[int, str]:
        """Recompute how many leaves are kept of a checkpoint, and their root."""
        tree = Tree()
        for leaf in self.leaves(number):
            tree.add(leaf_hash(leaf))
        return tree.size, tree.root().hex()

    def keep(self, checkpoint: Checkpoint, heads: "Heads | None" = None) -> None:
        """Write a checkpoint, with its leaves if we have them; older leaves go."""
        if heads is not None:
            heads.file.replace(self._heads_file(checkpoint.number))
        _replace(self._file(checkpoint.number), msgspec.json.encode(checkpoint) + b"\n")
        kept = sorted(self.folder.glob("heads-[0-9]*.txt"))
        for old in kept[:-HEADS_KEPT]:
            old.unlink(missing_ok=True)

    def _file(self, number: int) -> Path:
        return self.folder / f"{number:09}.json"

    def _heads_file(self, number: int) -> Path:
        return self.folder / f"heads-{number:09}.txt"


class Heads:
    """The leaves of a checkpoint that is being made, written as they come."""

    def __init__(self, folder: Path) -> None:
        """`folder` is the archive's; the file is none of its checkpoints' yet."""
        self.file = folder / f".heads.{os.getpid()}.tmp"
        self.tree = Tree()
        self._stream: IO[bytes] | None = None

    def __enter__(self) -> Self:
        """Open the file."""
        self._stream = self.file.open("wb")
        return self

    def __exit__(self, *_: object) -> None:
        """Close it; if it was not kept, it goes."""
        self.close()
        self.file.unlink(missing_ok=True)

    def add(self, leaves: list[bytes]) -> None:
        """Write leaves, in the order of the tree."""
        for leaf in leaves:
            self.tree.add(leaf_hash(leaf))
        if self._stream is not None:
            self._stream.write(b"".join(leaf + b"\n" for leaf in leaves))

    def close(self) -> None:
        """Let the disk have all of it."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.flush()
            os.fsync(stream.fileno())
            stream.close()


def _replace(file: Path, content: bytes) -> None:
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    with beside.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(file)
