"""What people are told when a command cannot be read, whatever it is about, in both languages."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from services.chassis.problems import Problem, ProblemError


class Words(NamedTuple):
    """A refusal in words: status, title, detail and hint, each in English and Chinese."""

    status: int
    title: str
    title_zh: str
    detail: str
    detail_zh: str
    hint: str
    hint_zh: str

    def problem(
        self, code: str, pointer: str | None = None, extra: Mapping[str, Any] | None = None
    ) -> Problem:
        """Write it as a problem."""
        return Problem(
            self.status,
            code,
            self.title,
            self.detail,
            pointer=pointer or None,
            hint=self.hint,
            extra=dict(extra or {}),
            title_zh=self.title_zh,
            detail_zh=self.detail_zh,
            hint_zh=self.hint_zh,
        )


_REUSED: Final = Words(
    422,
    "The Idempotency-Key stands for another request",
    "Idempotency-Key 已用于另一请求",
    "A command with this key but another body or address was taken before.",
    "此前已受理过使用该键、但内容或地址不同的命令。",
    "Draw a new key for every new command.",
    "每个新命令请生成新的键。",
)
_KEY_MISSING: Final = Words(
    400,
    "A command needs an Idempotency-Key",
    "命令须带 Idempotency-Key",
    "The header Idempotency-Key is missing.",
    "缺少请求头 Idempotency-Key。",
    "Draw a new key for every command, and repeat it with the command.",
    "每个命令生成一个新的键,重发时沿用。",
)
_BODY: Final = Words(
    413,
    "The body is too large",
    "请求体过大",
    "A command has at most 256 KiB.",
    "命令最大 256 KiB。",
    "Attach files as evidence; here they are only named.",
    "文件请作为佐证材料上传,此处只写其名称与哈希。",
)


def key_reused() -> ProblemError:
    """Refuse a key that stands for another command."""
    return ProblemError(_REUSED.problem("idempotency_key_reused"))


def key_missing() -> ProblemError:
    """Demand an Idempotency-Key."""
    return ProblemError(_KEY_MISSING.problem("idempotency_key_required"))


def key_unusable(most: int) -> ProblemError:
    """Refuse an Idempotency-Key of a wrong form."""
    words = _KEY_MISSING._replace(
        title="The Idempotency-Key cannot be used",
        title_zh="Idempotency-Key 不可用",
        detail=f"There must be one, of 1 to {most} visible ASCII characters.",
        detail_zh=f"只能给出一个,长度 1 至 {most} 个可见 ASCII 字符。",
    )
    return ProblemError(words.problem("invalid_idempotency_key"))


def version_unreadable() -> ProblemError:
    """Refuse an If-Match that is no version."""
    words = Words(
        400,
        "If-Match is no version",
        "If-Match 不是版本号",
        'It is written "7": the ETag of an earlier answer.',
        '应写作 "7",即先前应答的 ETag。',
        "Leave it out to act on whatever version there is.",
        "若不限定版本,请省略该请求头。",
    )
    return ProblemError(words.problem("invalid_if_match"))


def body_too_large() -> ProblemError:
    """Refuse a body beyond its bound."""
    return ProblemError(_BODY.problem("body_too_large"))
