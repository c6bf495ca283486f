"""Nothing in the repository knows the machine it was written on."""

import re
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.repository import ROOT, tracked

LOCAL: Final = {
    "a machine's path": re.compile(r"(?<![\w.$}~*-])/(?:work|root|Users|home)/\w"),
    "a package registry's address": re.compile(
        r"://[^\s/'\"]*(?:pypi|pythonhosted|repo\d?\.maven|npmjs|crates\.io|proxy\.golang"
        r"|nexus|artifactory)|/simple/?(?=[\s'\"])"
    ),
    "a file that only its writers have": re.compile(r"shared/(?:design|data|regulation)\b"),
}


@pytest.mark.parametrize("what", LOCAL)
def test_no_file_names(what: str) -> None:
    """A clone works anywhere, behind any mirror."""
    found = [str(path) for path in tracked() if LOCAL[what].search(_text(path))]

    assert [] == found


def _text(path: Path) -> str:
    content = (ROOT / path).read_bytes()
    return "" if b"\0" in content else content.decode("utf-8", errors="replace")
