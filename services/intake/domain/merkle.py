"""Merkle trees as RFC 9162 (and RFC 6962) hash them: leaves and nodes are kept apart by a prefix.

Everything is done in one pass over the leaves, in memory that grows with the tree's height only.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

LEAF: Final = b"\x00"
NODE: Final = b"\x01"
EMPTY: Final = hashlib.sha256().digest()
"""Root of a tree without leaves."""


def leaf_hash(leaf: bytes) -> bytes:
    """Hash one leaf."""
    return hashlib.sha256(LEAF + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash a node over its two children."""
    return hashlib.sha256(NODE + left + right).digest()


class Tree:
    """A tree that is given its leaves' hashes one after the other."""

    def __init__(self) -> None:
        """Begin without leaves."""
        self.size = 0
        # Roots of the full subtrees so far, the largest first: one for each bit of `size`.
        self._full: list[bytes] = []

    def add(self, hashed: bytes) -> None:
        """Add the next leaf's hash."""
        merges = self.size
        self.size += 1
        while merges & 1:
            hashed = node_hash(self._full.pop(), hashed)
            merges >>= 1
        self._full.append(hashed)

    def root(self) -> bytes:
        """Give the root over all leaves so far."""
        if not self._full:
            return EMPTY
        *others, root = self._full
        for left in reversed(others):
            root = node_hash(left, root)
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Give the root over some leaves."""
    tree = Tree()
    for leaf in leaves:
        tree.add(leaf_hash(leaf))
    return tree.root()


class Path:
    """Collects the inclusion path of one leaf, and the root, while all leaves pass by."""

    def __init__(self, index: int, size: int) -> None:
        """`index` is the leaf's, from 0; `size` how many leaves there will be."""
        self.index = index
        self._siblings = [(span, Tree()) for span in siblings(index, size)]
        self._all = Tree()

    def add(self, hashed: bytes) -> None:
        """Add the next leaf's hash."""
        at = self._all.size
        self._all.add(hashed)
        for span, tree in self._siblings:
            if at in span:
                tree.add(hashed)
                return

    def root(self) -> bytes:
        """Give the root over all leaves."""
        return self._all.root()

    def hashes(self) -> list[bytes]:
        """Give the path, from the leaf's neighbour up."""
        return [tree.root() for _, tree in self._siblings]


def siblings(index: int, size: int) -> list[range]:
    """Name the subtrees beside the way from a leaf to the root, by their leaves (2.1.3.1)."""
    first, last = 0, size
    found: list[range] = []
    while last - first > 1:
        # The largest power of two below the number of leaves parts it.
        middle = first + (1 << (last - first - 1).bit_length() - 1)
        if index < middle:
            found.append(range(middle, last))
            last = middle
        else:
            found.append(range(first, middle))
            first = middle
    return found[::-1]


def climb(hashed: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Compute the root from a leaf's hash and its path (2.1.3.2); None if the path does not fit."""
    if not 0 <= index < size:
        return None
    at, last = index, size - 1
    for sibling in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            hashed = node_hash(sibling, hashed)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            hashed = node_hash(hashed, sibling)
        at, last = at >> 1, last >> 1
    return hashed if last == 0 else None
