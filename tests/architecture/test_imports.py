"""Who may import whom."""

import ast
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Final

import pytest
from importlinter import cli as import_linter

from tests.architecture.repository import ROOT, pyproject

CONTRACTS: Final = [c["id"] for c in pyproject()["tool"]["importlinter"]["contracts"]]
# What the standard library offers to reach out of a pure function, or to be surprised by.
IMPURE: Final = frozenset({
    "asyncio", "http", "io", "logging", "multiprocessing", "os", "pathlib", "random",
    "secrets", "selectors", "shutil", "signal", "socket", "ssl", "subprocess", "tempfile",
    "threading", "time", "urllib", "uuid"
})  # fmt: skip
DOMAINS: Final = [
    *sorted(ROOT.glob("services/*/domain.py")),
    *sorted(ROOT.glob("services/*/domain/**/*.py")),
]
ORACLE: Final = sorted(ROOT.glob("tests/oracle/**/*.py"))


@pytest.mark.parametrize("contract", CONTRACTS)
def test_imports_keep_the_contract(contract: str) -> None:
    """Each boundary in pyproject.toml holds."""
    output = StringIO()
    with redirect_stdout(output):
        status = import_linter.lint_imports(
            config_filename=str(ROOT / "pyproject.toml"),
            limit_to_contracts=(contract,),
            no_cache=True,
            no_logo=True,
        )

    assert status == import_linter.EXIT_STATUS_SUCCESS, output.getvalue()


@pytest.mark.parametrize("path", DOMAINS, ids=lambda path: str(path.relative_to(ROOT)))
def test_domain_imports_only_words_and_pure_parts(path: Path) -> None:
    """A domain imports the contracts, msgspec, its own domain and what is pure in the library."""
    service = path.relative_to(ROOT / "services").parts[0]
    own = f"services.{service}.domain"

    strangers = [name for name in imported(path) if not _is_pure(name, own)]

    assert [] == strangers


@pytest.mark.parametrize("path", ORACLE, ids=lambda path: str(path.relative_to(ROOT)))
def test_oracle_shares_no_code_with_what_it_checks(path: Path) -> None:
    """The recomputation imports nothing of services: a shared bug would confirm itself."""
    shared = [
        name for name in imported(path) if name.split(".", maxsplit=1)[0] in {"services", "deploy"}
    ]

    assert [] == shared


def imported(path: Path) -> Iterator[str]:
    """Give every module that a file imports anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


# Libraries that compute and do nothing else: models and parsers.
PURE = {"contracts", "jiter", "msgspec", "pydantic"}


def _is_pure(name: str, own: str) -> bool:
    first = name.split(".", maxsplit=1)[0]
    if first in sys.stdlib_module_names:
        return first not in IMPURE
    return first in PURE or f"{name}.".startswith(f"{own}.")
