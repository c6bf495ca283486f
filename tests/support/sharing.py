"""Who runs beside whom: files that share what takes long to start stay in one process.

With xdist each process has session fixtures of its own. Given out file by file, two files that ask
for the same stack would mostly run in two processes, and it would be started twice.
"""

import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

ROOT: Final = Path(__file__).parents[2]
WHOLE: Final = re.compile(r"\bwhole_stack: Stack\b")
"""Whoever asks for the stack that all folders share."""
STARTS: Final = re.compile(r"\bStack\($|\bStack\([^)]", re.MULTILINE)
"""A folder's `conftest.py` that starts a stack for all its tests."""


@cache
def scope_of(file: str) -> str:
    """Give what a file of tests is given out with: the stack it shares, else itself."""
    path = ROOT / file
    own, folders = (
        name.read_text("utf-8") if name.is_file() else ""
        for name in (path, path.with_name("conftest.py"))
    )
    if WHOLE.search(own + folders):
        return "whole stack"
    return f"stack of {path.parent.name}" if STARTS.search(folders) else file


class TogetherScheduling(LoadFileScheduling):  # type: ignore[misc]
    """Give files out in their order, those that share a stack as one."""

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(super()._split_scope(nodeid))


def scheduler(config: pytest.Config, log: object) -> TogetherScheduling | None:
    """Make the scheduler of `--dist=loadfile`; others are xdist's."""
    if config.getvalue("dist") != "loadfile":
        return None
    return TogetherScheduling(config, log)
