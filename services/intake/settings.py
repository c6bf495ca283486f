"""What intake is told: its own settings under DUALWATCH_INTAKE__."""

from pathlib import Path
from typing import Annotated, ClassVar, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import Field, SecretStr, field_validator, model_validator

from contracts.events.evidence import EVIDENCE_BYTES_MAX
from services.chassis.settings import Port, ServiceSettings
from services.intake.domain.requests import EVENTS_MAX

PARTITIONS_MAX = 256


class IntakeSettings(ServiceSettings):
    """Settings of intake."""

    SERVICE: ClassVar[str] = "intake"
    SECRETS: ClassVar[tuple[str, ...]] = ("key", "people_key")

    port: Port = 8101
    """Port to listen on."""
    partitions: Annotated[int, Field(ge=1, le=PARTITIONS_MAX)] = 4
    """Partitions of every topic, fixed for the deployment."""
    publisher: Annotated[str, Field(pattern=r"^[a-z0-9._-]{1,64}$")] = "demo"
    """Name of the publisher who holds the key."""
    evidence_bytes_per_second: Annotated[int, Field(ge=1)] = 2_000_000
    """Bytes of evidence files that somebody may go on uploading."""
    evidence_bytes_burst: Annotated[int, Field(ge=EVIDENCE_BYTES_MAX)] = 400_000_000
    """Bytes of evidence files that somebody may upload at once before that."""
    people_key: Annotated[SecretStr, Field(min_length=16)] | None = None
    """Secret under which payees' account numbers are hashed, at least 16 characters, never the API
    key; without one they are taken away and no hash stands for them (docs/people.md)."""
    people_key_file: str = ""
    """File that holds it and nothing else; better than PEOPLE_KEY, which shows in the
    environment."""
    requests_per_second: Annotated[float, Field(gt=0)] = 200.0
    """Requests a publisher may go on sending to the event door."""
    requests_burst: Annotated[int, Field(ge=1)] = 2_000
    """Requests a publisher may send at once before that."""
    events_per_second: Annotated[float, Field(gt=0)] = 10_000.0
    """Events a publisher may go on sending over HTTP: above what one process admits today."""
    events_burst: Annotated[int, Field(ge=EVENTS_MAX)] = 100_000
    """Events a publisher may send at once before that; at least one full batch."""
    hold_seconds: Annotated[float, Field(gt=0, le=60)] = 10.0
    """Longest wait for a jurisdiction fact to be everywhere."""
    checkpoints: str = ""
    """Directory of the ledger's signed checkpoints, best on another machine than the database's.
    All processes of intake need the same one. Empty: none are made."""
    checkpoint_key_file: str = ""
    """Private Ed25519 key (PEM) that signs checkpoints; needed with CHECKPOINTS."""
    checkpoint_seconds: Annotated[float, Field(ge=1, le=86_400)] = 3_600.0
    """How often a checkpoint is made, while the ledger grows."""
    clock_seconds: Annotated[float, Field(gt=0, le=3_600)] = 5.0
    """How often live clocks are looked at."""
    read_ahead_bytes: Annotated[int, Field(ge=1_000_000)] = 128_000_000
    """Most bytes of records, with what Python adds to them, that a process holds of its partitions
    of `submissions`: those that wait and those in hand; the same again of the publishers' topics.
    However long a backlog is, this decides how much memory intake takes (docs/benchmarks.md); less
    of it means smaller transactions."""

    @field_validator("checkpoint_key_file")
    @classmethod
    def _holds_a_key(cls, file: str) -> str:
        if file:
            _private_key(file)
        return file

    @model_validator(mode="after")
    def _has_both(self) -> Self:
        if bool(self.checkpoints) != bool(self.checkpoint_key_file):
            msg = "CHECKPOINTS and CHECKPOINT_KEY_FILE belong together"
            raise ValueError(msg)
        return self

    @property
    def checkpoint_key(self) -> Ed25519PrivateKey | None:
        """The key that signs checkpoints; None if none are made."""
        return _private_key(self.checkpoint_key_file) if self.checkpoint_key_file else None


def _private_key(file: str) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(Path(file).read_bytes(), None)
    except (OSError, TypeError) as error:
        msg = f"{file} cannot be read: {error}"
        raise ValueError(msg) from error
    if not isinstance(key, Ed25519PrivateKey):
        msg = f"{file} holds a key, but none of Ed25519"
        raise ValueError(msg)  # noqa: TRY004 - pydantic tells of values
    return key
