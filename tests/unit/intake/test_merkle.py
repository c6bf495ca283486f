"""Merkle trees: RFC 6962's own vectors, and the recursive definition on every size."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.merkle import EMPTY, Path, climb, leaf_hash, node_hash, root_of

# The reference leaves and roots that Certificate Transparency's implementations are tested with.
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def recursive(leaves: Sequence[bytes]) -> bytes:
    """Hash as RFC 9162, 2.1.1 writes it."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(recursive(leaves[:split]), recursive(leaves[split:]))


def path_of(leaves: Sequence[bytes], index: int) -> Path:
    """Collect a path in one pass."""
    path = Path(index, len(leaves))
    for leaf in leaves:
        path.add(leaf_hash(leaf))
    return path


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_the_reference(size: int) -> None:
    """The published vectors, the empty tree among them."""
    assert ROOTS[size] == root_of(LEAVES[:size]).hex()
    assert bytes.fromhex(ROOTS[0]) == EMPTY


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=70), st.data())
def test_every_leaf_leads_to_the_root(leaves: list[bytes], data: st.DataObject) -> None:
    """And the root in one pass is that of the recursive definition."""
    index = data.draw(st.integers(0, len(leaves) - 1))
    path = path_of(leaves, index)

    assert recursive(leaves) == root_of(leaves) == path.root()
    assert path.root() == climb(leaf_hash(leaves[index]), index, len(leaves), path.hashes())


@pytest.mark.parametrize("size", range(1, 34))
def test_nothing_else_leads_there(size: int) -> None:
    """Not another leaf, index or size, nor a path with a hash too many, too few or changed."""
    leaves = [bytes([number]) for number in range(size)]
    root = root_of(leaves)
    for index in range(size):
        path = path_of(leaves, index).hashes()
        hashed = leaf_hash(leaves[index])
        assert root == climb(hashed, index, size, path)
        assert root != climb(leaf_hash(b"other"), index, size, path)
        assert root != climb(hashed, index, size, [*path, bytes(32)])
        assert climb(hashed, size, size, path) is None
        for at in range(len(path)):
            changed = [*path[:at], bytes(32), *path[at + 1 :]]
            assert root != climb(hashed, index, size, changed)
            assert root != climb(hashed, index, size, path[:at] + path[at + 1 :])
        others = [number for number in range(size) if number != index]
        assert root not in {climb(hashed, other, size, path) for other in others}


def test_a_leaf_is_never_a_node() -> None:
    """The prefix keeps them apart: two hashes as a leaf are not the node over them."""
    left, right = leaf_hash(b"a"), leaf_hash(b"b")

    assert node_hash(left, right) != leaf_hash(left + right)
