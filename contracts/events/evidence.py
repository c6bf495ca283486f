"""Evidence 佐证材料: files that prove what a fact says, named by their content."""

from typing import Annotated

from pydantic import Field

from contracts.envelope import Part
from contracts.vocabulary import Name

EVIDENCE_BYTES_MAX = 20 * 1024 * 1024
"""Largest file (domain-rules 22)."""
EVIDENCE_FILES_MAX = 20
"""Most files of one fact."""
MEDIA_TYPE_LENGTH_MAX = 127


class Evidence(Part):
    """One file: intake keeps it under its hash (`POST /v1/evidence`), events only name it."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """SHA-256 of its bytes, lower case hexadecimal: its name in the store."""
    name: Name
    """File name, as people called it."""
    media_type: Annotated[
        str,
        Field(
            pattern=r"^[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*$",
            max_length=MEDIA_TYPE_LENGTH_MAX,
        ),
    ]
    """What it is, such as application/pdf; the store looks at the bytes, not at this."""
    bytes: Annotated[int, Field(strict=True, ge=1, le=EVIDENCE_BYTES_MAX)]
    """Its size in bytes."""


EvidenceFiles = Annotated[tuple[Evidence, ...], Field(max_length=EVIDENCE_FILES_MAX)]
"""The files of one fact."""
