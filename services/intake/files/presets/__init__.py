"""What comes with Dualwatch: the exports of the national integrated-budget tables, and forms.

A preset is a mapping file of this folder; written out (`text`) it is the beginning of a mapping
of one's own.
"""

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import BinaryIO, Final

import yaml

from services.intake.files.expressions import ColumnValue
from services.intake.files.form_template import form_template
from services.intake.files.mapper import Context
from services.intake.files.mapping import Bilingual, Mapping
from services.intake.files.mapping_checks import expressions_of
from services.intake.files.mapping_files import load_mapping
from services.intake.files.names import column_name
from services.intake.files.templates import ColumnGuide, guides, template
from services.intake.files.uploads import Opened, open_file

SUFFIX: Final = ".yaml"
LINE_WIDTH: Final = 100
OWN_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml reads our own files ten times as fast."""
PARTIES: Final = frozenset({"payee", "supplier"})


class UnknownPresetError(LookupError):
    """There is no preset of that name."""


@dataclass(frozen=True, slots=True)
class Preset:
    """One export that can be read."""

    mapping: Mapping
    text: str
    """The mapping as YAML, without the short cuts that our own files use."""

    @property
    def name(self) -> str:
        """Its name."""
        return self.mapping.mapping

    @property
    def version(self) -> int:
        """Its version."""
        return self.mapping.version

    @property
    def title(self) -> Bilingual:
        """What people call it."""
        return self.mapping.title

    @property
    def source(self) -> str:
        """Which export it reads."""
        return self.mapping.source

    def guides(self) -> list[ColumnGuide]:
        """Describe its columns."""
        return guides(self.mapping)

    @property
    def people(self) -> frozenset[str]:
        """Keys of the columns that name people or their accounts (domain-rules 7)."""
        found: set[str] = set()
        for path, part in expressions_of(self.mapping):
            if isinstance(part, ColumnValue) and any(step in PARTIES for step in path):
                note = self.mapping.columns.get(part.column)
                names = (part.column, *part.aliases, *(note.aliases if note else ()))
                found.update(column_name(name).key for name in names)
        return frozenset(found)

    def open(
        self, stream: BinaryIO, name: str, context: Context, sheet: str | None = None
    ) -> Opened:
        """Read a file by it; UnreadableTableError says why that cannot be."""
        return open_file(stream, name, self.mapping, context, sheet)

    def template(self) -> bytes:
        """Make its workbook."""
        if self.mapping.layout == "monitoring-form":
            return form_template(self.mapping.title.zh)
        return template(self.mapping)


@cache
def preset_names() -> tuple[str, ...]:
    """List the presets by name."""
    found = resources.files(__package__).iterdir()
    return tuple(
        sorted(file.name.removesuffix(SUFFIX) for file in found if file.name.endswith(SUFFIX))
    )


@cache
def preset(name: str) -> Preset:
    """Read a preset; UnknownPresetError if there is none."""
    if name not in preset_names():
        raise UnknownPresetError(name)
    file = resources.files(__package__).joinpath(f"{name}{SUFFIX}")
    # Mapping files have no aliases (a few can mean gigabytes); ours do, and are written out.
    written = yaml.load(file.read_text(encoding="utf-8"), Loader=OWN_LOADER)  # noqa: S506 - it is safe
    text = yaml.dump(written, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=LINE_WIDTH)
    return Preset(load_mapping(text.encode(), name), text)


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        """Write everything out."""
        return True
