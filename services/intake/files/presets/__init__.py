"""Mappings that come with Dualwatch: the exports of the national integrated-budget tables."""

from functools import cache
from importlib import resources
from typing import Final

import yaml

from services.intake.files.mapping import Mapping

SUFFIX: Final = ".yaml"


class UnknownPresetError(LookupError):
    """There is no preset of that name."""


@cache
def preset_names() -> tuple[str, ...]:
    """List the presets by name."""
    found = resources.files(__package__).iterdir()
    return tuple(
        sorted(file.name.removesuffix(SUFFIX) for file in found if file.name.endswith(SUFFIX))
    )


@cache
def preset(name: str) -> Mapping:
    """Read a preset; UnknownPresetError if there is none."""
    if name not in preset_names():
        raise UnknownPresetError(name)
    text = resources.files(__package__).joinpath(f"{name}{SUFFIX}").read_text(encoding="utf-8")
    return Mapping.model_validate(yaml.safe_load(text))
