"""Mails: grouped, in both languages, and nothing of an alert breaks out of its place."""

import email
import email.policy
import json
from typing import Any

import pytest

from services.alerts.delivery.mail import Mailer
from services.alerts.domain.mailing import SUBJECT_CHARACTERS_MAX, header_text
from services.alerts.domain.subscriptions import KINDS, Channel, Entry, Language
from services.alerts.settings import SmtpSettings
from tests.unit.alerts.test_subscriptions import entry, subscription

SETTINGS = SmtpSettings(host="127.0.0.1", sender="alerts@finance.example.cn")
HOSTILE = "<script>alert(1)</script>\r\nBcc: x@example.cn"


def mailed(number: int, project: str, severity: str, **data: Any) -> Entry:
    """Make an entry with its event."""
    told = {
        "alert": f"alert-{number}",
        "title_zh": "超预算开支",
        "title_en": "Spending over budget",
        "scope_subject": "L-1",
        "date": "2026-06-30",
        "facts": [{"name": "finding.amount", "value": "1000.00"}],
        **data,
    }
    event = json.dumps({"data": told}).encode()
    return entry(cursor=number, project=project, severity=severity, event=event)


ENTRIES = (
    mailed(1, "340700/P-1", "yellow"),
    mailed(2, "340700/P-2", "red"),
    mailed(3, "340700/P-1", "info"),
    mailed(2, "340700/P-2", "red"),
)


def written(language: Language, *entries: Entry, name: str = "Desk") -> tuple[Any, str, str]:
    """Write a mail and read it as its recipient does: message, text, page."""
    to = subscription(
        channel=Channel.EMAIL, address="li@finance.example.cn", language=language, name=name
    )
    sent = Mailer(SETTINGS).alerts("ab_m1", [to], entries).as_bytes()
    message = email.message_from_bytes(sent, policy=email.policy.default)
    text, page = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert page is not None
    return message, text.get_content(), page.get_content()


def test_entries_are_grouped_by_project_the_gravest_first() -> None:
    """An entry that two subscriptions want is told once."""
    message, text, page = written(Language.EN, *ENTRIES)

    assert "[Dualwatch] 3 alert changes, 1 of them red, in 2 projects" == message["Subject"]
    assert text.index("340700/P-2") < text.index("340700/P-1")
    assert 1 == text.count("alert-2")
    assert text.index("alert-1") < text.index("alert-3")
    assert "finding.amount: 1000.00" in page


def test_chinese_mails_are_chinese() -> None:
    """Subject, headings, titles, kinds."""
    message, text, page = written(Language.ZH, *ENTRIES)

    assert "[双监控] 3 条预警动态,其中红色 1 条,涉及 2 个项目" == message["Subject"]
    assert "超预算开支: 触发" in text
    assert '<html lang="zh-CN">' in page


def test_headers_say_whose_and_how_to_end_it() -> None:
    """The same message has the same id however often it is sent."""
    message, text, _ = written(Language.EN, *ENTRIES)

    assert "<ab_m1@finance.example.cn>" == message["Message-ID"]
    assert "li@finance.example.cn" == message["To"]
    assert message["List-Unsubscribe"].startswith("<mailto:alerts@finance.example.cn?subject=")
    assert "auto-generated" == message["Auto-Submitted"]
    assert "Manage or unsubscribe: mailto:" in text


def test_a_mail_is_ended_by_one_click_where_there_is_an_address() -> None:
    """RFC 8058: a link of its own, and the header that says what may be sent to it."""
    to = subscription(channel=Channel.EMAIL, address="li@finance.example.cn")
    mailer = Mailer(SETTINGS, lambda names: f"https://dw.example.cn/{','.join(names)}")
    message = mailer.alerts("ab_m1", [to], ENTRIES)

    links = message["List-Unsubscribe"].split(", ")
    assert [f"<https://dw.example.cn/{to.id}>", "<mailto:"] == [links[0], links[1][:8]]
    assert "List-Unsubscribe=One-Click" == message["List-Unsubscribe-Post"]


def test_hostile_words_stay_words() -> None:
    """In titles, notes and names: no markup on the page, no header of their own."""
    bad = mailed(9, HOSTILE, "red", title_en=HOSTILE, detail={"note": HOSTILE}, scope_subject="{x}")
    message, _, page = written(Language.EN, bad, name=HOSTILE)

    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert message["Bcc"] is None
    assert "{x}" in page


@pytest.mark.parametrize("text", ["a\r\nBcc: b", "a\x00b", "a\u2028b", "\u202egnp.exe"])
def test_a_subject_is_one_line_of_printable_signs(text: str) -> None:
    """Whatever is in it."""
    assert header_text(text).isprintable()
    assert SUBJECT_CHARACTERS_MAX == len(header_text("x" * 1_000))


def test_every_kind_has_a_word_in_both_languages() -> None:
    """A new event needs one."""
    words = Mailer(SETTINGS)._words

    assert [KINDS, KINDS] == [set(words[language]["kinds"]) for language in Language]
    assert words["zh"].keys() == words["en"].keys()
