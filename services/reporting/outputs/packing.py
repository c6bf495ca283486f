"""Zip containers with the same bytes for the same parts: no dates, no machine, one order."""

import io
import zipfile
from typing import Final

EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The first moment a zip can write; what Office writes too."""
REGULAR_FILE: Final = 0o600 << 16


def repacked(container: bytes) -> bytes:
    """Write a container (.docx, .xlsx) again, with fixed dates; parts keep their order."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(container)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for part in source.infolist():
            entry = zipfile.ZipInfo(part.filename, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = REGULAR_FILE
            entry.create_system = 0
            packed.writestr(entry, source.read(part))
    return target.getvalue()
