"""E-mail: rendered from templates that are data, sent over one connection for each message."""

import ssl
import tomllib
from collections.abc import Callable, Sequence
from email.headerregistry import Address as MailAddress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from importlib import resources
from typing import Any, Final
from urllib.parse import quote

import aiosmtplib
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from services.alerts.domain.delivery import Attempt, Outcome
from services.alerts.domain.mailing import MailContent, compose, header_text
from services.alerts.domain.subscriptions import Entry, Language, Subscription
from services.alerts.settings import SmtpSettings
from services.chassis import clock

SEND_SECONDS: Final = 30.0
"""Longest one message may take."""
REPLY_REFUSED_MIN: Final = 400


class Mailer:
    """Writes and sends mails."""

    def __init__(
        self, settings: SmtpSettings, link_of: Callable[[Sequence[str]], str] | None = None
    ) -> None:
        """Nothing is connected yet; `link_of` makes the link that ends some subscriptions."""
        self.settings = settings
        self._link_of = link_of
        folder = resources.files("services.alerts.delivery") / "templates"
        self._words: dict[str, Any] = tomllib.loads((folder / "words.toml").read_text("utf-8"))
        self._templates = Environment(
            loader=PackageLoader("services.alerts.delivery"),
            autoescape=select_autoescape(["html.j2"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def alerts(
        self, message_id: str, to: Sequence[Subscription], entries: Sequence[Entry]
    ) -> EmailMessage:
        """Write the mail that tells entries to the recipient of some subscriptions."""
        language = to[0].language
        words = self._words[language]
        content = compose(entries, language, words)
        intro = words["intro"].format(total=content.total)
        return self._message(message_id, to, content, intro)

    def test(self, message_id: str, to: Subscription) -> EmailMessage:
        """Write a mail that only shows that mails arrive."""
        words = self._words[to.language]
        content = MailContent(words["test_subject"], 0, ())
        intro = words["test_intro"].format(names=header_text(to.name))
        return self._message(message_id, [to], content, intro)

    async def send(self, message: EmailMessage) -> Attempt:
        """Send once; whatever happens is told, never raised."""
        at_ms, began = clock.now_ms(), clock.monotonic()
        status, error = None, None
        try:
            await self._send(message)
        except aiosmtplib.SMTPRecipientsRefused as refused:
            status = refused.recipients[0].code if refused.recipients else None
            error = "recipient_refused"
        except aiosmtplib.SMTPResponseException as refused:
            status = refused.code if refused.code >= REPLY_REFUSED_MIN else None
            error = "refused"
        except (aiosmtplib.SMTPTimeoutError, TimeoutError):
            error = "timeout"
        except (aiosmtplib.SMTPException, OSError, ValueError) as failed:
            error = "tls" if isinstance(failed.__cause__, ssl.SSLError) else "no_connection"
        duration_ms = int(1_000 * (clock.monotonic() - began))
        outcome = Outcome.FAILED if error else Outcome.DELIVERED
        return Attempt(outcome, at_ms, duration_ms, status, error)

    async def _send(self, message: EmailMessage) -> None:
        smtp = self.settings
        context = ssl.create_default_context(cafile=smtp.ca_file or None)
        await aiosmtplib.send(
            message,
            hostname=smtp.host,
            port=smtp.port,
            use_tls=smtp.security == "tls",
            start_tls=smtp.security == "starttls",
            tls_context=None if smtp.security == "none" else context,
            username=smtp.user or None,
            password=smtp.secret() if smtp.user else None,
            timeout=SEND_SECONDS,
        )

    def _message(
        self, message_id: str, to: Sequence[Subscription], content: MailContent, intro: str
    ) -> EmailMessage:
        language = to[0].language
        words = self._words[language]
        names = ("、" if language is Language.ZH else ", ").join(one.name for one in to)
        unsubscribe = self._unsubscribe(to)
        shown = {
            "language": "zh-CN" if language is Language.ZH else "en",
            "words": words,
            "intro": intro,
            "groups": content.groups,
            "footer": words["footer"].format(names=names),
            "unsubscribe": unsubscribe,
        }
        message = EmailMessage(policy=SMTP)
        message["From"] = MailAddress(addr_spec=self.settings.sender)
        message["To"] = MailAddress(addr_spec=to[0].address)
        message["Subject"] = header_text(content.subject)
        message["Date"] = format_datetime(clock.now())
        message["Message-ID"] = f"<{message_id}@{self.settings.sender.rpartition('@')[2]}>"
        message["List-Unsubscribe"] = f"<{unsubscribe}>"
        if self._link_of is not None:
            link = self._link_of([one.id for one in to])
            message.replace_header("List-Unsubscribe", f"<{link}>, <{unsubscribe}>")
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(self._templates.get_template("mail.txt.j2").render(shown))
        html = self._templates.get_template("mail.html.j2").render(shown)
        message.add_alternative(html, subtype="html")
        return message

    def _unsubscribe(self, to: Sequence[Subscription]) -> str:
        if self.settings.unsubscribe:
            return self.settings.unsubscribe
        ids = " ".join(one.id for one in to)
        return f"mailto:{self.settings.sender}?subject={quote(f'unsubscribe {ids}')}"
