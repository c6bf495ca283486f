"""What contracts.documented reads is what pydantic reads itself, but not at each start."""

import subprocess
import sys
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict
from pydantic._internal._docs_extraction import extract_docstrings_from_cls

from contracts import codec
from contracts.documented import Documented, description, docstrings


def _all(model: type[Documented]) -> list[type[Documented]]:
    return [model, *(one for below in model.__subclasses__() for one in _all(below))]


WRITTEN = sorted(
    {one for one in _all(Documented) if one.__module__.startswith("contracts.")}
    - {Documented, *(one for one in _all(Documented) if "[" in one.__name__)},
    key=lambda one: (one.__module__, one.__qualname__),
)
"""All that are written in the contracts; the models made from them have no source."""


@pytest.mark.parametrize(
    "model", WRITTEN, ids=lambda model: f"{model.__module__}.{model.__qualname__}"
)
def test_docstrings_are_those_that_pydantic_finds(model: type[Documented]) -> None:
    """Its own reading of a class's source, base by base."""
    written = extract_docstrings_from_cls(model, use_inspect=True)
    own = {name: text for name, text in docstrings(model).items() if name in model.__annotations__}

    assert own == written


class Small(Documented):
    """Has a field that says what it is, and one that does not."""

    named: int = 1
    """By its docstring."""
    silent: int = 2


class Larger(Small):
    """Adds one, and says something else of another."""

    named: int = 3
    """Otherwise."""
    part: Small = Small()
    """Another model."""


def test_all_contracts_are_compared() -> None:
    """None is passed over because nobody had loaded it."""
    assert set(codec.EVENT_DATA) <= set(WRITTEN)


def test_a_schema_describes_its_fields() -> None:
    """Those of bases and of parts too; a model of its own stays a reference."""
    schema = Larger.model_json_schema()

    assert schema["properties"]["named"]["description"] == "Otherwise."
    assert "description" not in schema["properties"]["silent"]
    assert schema["properties"]["part"]["description"] == "Another model."
    assert schema["$defs"]["Small"]["properties"]["named"]["description"] == "By its docstring."


def test_a_schema_is_the_one_that_pydantic_would_make() -> None:
    """With its own way of reading docstrings."""

    class Theirs(BaseModel):
        """Has a field that says what it is, and one that does not."""

        model_config = ConfigDict(use_attribute_docstrings=True, title="Small")

        named: int = 1
        """By its docstring."""
        silent: int = 2

    assert Small.model_json_schema() == Theirs.model_json_schema()


def test_a_field_that_nobody_described_says_nothing() -> None:
    """Neither does one that is not there."""
    assert [description(Small, name) for name in ("named", "silent", "absent")] == [
        "By its docstring.",
        "",
        "",
    ]


def test_no_source_is_read_at_a_start() -> None:
    """It would be for each class of the contracts, in every process."""
    asked: Any = subprocess.run(
        [
            sys.executable,
            "-c",
            "import contracts.codec, contracts.documented as d; print(d._of_module.cache_info())",
        ],
        capture_output=True,
        text=True,
        check=True,
    )

    assert "currsize=0" in asked.stdout
    # Nor by pydantic itself, which would read it while each class is made.
    assert [one for one in WRITTEN if one.model_config.get("use_attribute_docstrings")] == []
