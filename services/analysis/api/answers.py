"""Answers written at once: what is made of plain values is not looked through again."""

from typing import Any, Final

import msgspec
from fastapi.responses import Response

_JSON: Final = msgspec.json.Encoder()


def written(document: dict[str, Any]) -> Response:
    """Answer with a JSON document of plain values."""
    return Response(_JSON.encode(document), media_type="application/json")
