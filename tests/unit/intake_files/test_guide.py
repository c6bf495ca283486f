"""docs/files.md: its example comes out as its table says."""

import io
import json
import re
from pathlib import Path

from services.intake.files.mapper import Context
from services.intake.files.outcomes import Mapped, Passed
from services.intake.files.presets import preset, preset_names

GUIDE = (Path(__file__).parents[3] / "docs" / "files.md").read_text(encoding="utf-8")


def test_the_worked_example_comes_out_as_written() -> None:
    """Line by line, with dates and amounts."""
    found = re.search(r"```csv\n(.*?)```", GUIDE, re.DOTALL)
    assert found is not None
    opened = preset("payment-vouchers").open(
        io.BytesIO(found[1].encode("gb18030")), "export.csv", Context("610100")
    )
    told = []
    for one in opened.outcomes:
        if isinstance(one, Mapped):
            event = json.loads(one.event)
            kind = f"`{event['type'].removeprefix('dualwatch.').removesuffix('.v1')}`"
            told.append((str(one.line), kind, event["data"]["date"], event["data"]["amount"]))
        else:
            kind = "passed over" if isinstance(one, Passed) else "rejected"
            told.append((str(one.line), kind, "", ""))
    rows = re.findall(r"^\| (\d+) \| (.*?) \| ?(.*?) ?\| ?(.*?) ?\|", GUIDE, re.MULTILINE)

    assert rows == told


def test_every_preset_has_its_section() -> None:
    """None is forgotten when one is added."""
    sections = "\n".join(re.findall(r"^### .*", GUIDE, re.MULTILINE))

    assert not [name for name in preset_names() if name not in sections]
