"""A mail server for tests: a real SMTP server that keeps what it was sent."""

import contextlib
import email
import email.policy
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

TAKEN = "250 OK"


@dataclass
class PostOffice:
    """Keeps mails; its answer to the next ones can be set."""

    answer: str = TAKEN
    mails: list[EmailMessage] = field(default_factory=list)
    tries: int = 0
    port: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Take a mail, or do not."""
        with self.lock:
            self.tries += 1
            if self.answer == TAKEN:
                found: Any = email.message_from_bytes(
                    envelope.content if isinstance(envelope.content, bytes) else b"",
                    policy=email.policy.default,
                )
                self.mails.append(found)
            return self.answer


@contextlib.contextmanager
def post_office(port: int) -> Iterator[PostOffice]:
    """Run a mail server on a port of this machine."""
    office = PostOffice(port=port)
    controller = Controller(office, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield office
    finally:
        controller.stop()
