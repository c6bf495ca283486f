"""An alert that is notified again says so by a ground that is null, and is read back."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from contracts.codec import decode, encode

EXAMPLES: Final = Path(__file__).parents[2] / "contracts" / "examples" / "alert.muted" / "v1"


@pytest.mark.parametrize("detail", [{}, {"ground": None}])
def test_what_is_notified_again_is_written_and_read(detail: dict[str, Any]) -> None:
    """Encoding leaves out what is null; without its ground the event could not be read again."""
    event = json.loads(next(EXAMPLES.glob("*.json")).read_text(encoding="utf-8"))
    event["data"]["detail"] = detail
    read = decode(json.dumps(event).encode(), event["type"])
    written = encode(read)

    assert json.loads(written)["data"]["detail"] == {"ground": None}
    assert decode(written, event["type"]) == read
