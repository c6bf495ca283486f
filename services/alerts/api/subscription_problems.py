"""What is wrong with a request about subscriptions."""

from typing import Final

from services.alerts.domain.addresses import ForbiddenAddressError
from services.chassis.problems import Problem, ProblemError, not_found

NO_MAIL: Final = Problem(
    422,
    "no_mail_server",
    "No e-mail is sent from here",
    "This deployment has no mail server, so that nobody can subscribe by e-mail.",
    pointer="/channel",
    hint="Subscribe by webhook, or ask the operator to set DUALWATCH_ALERTS__SMTP__HOST.",
    title_zh="本系统未启用电子邮件",
    detail_zh="尚未配置邮件服务器,不能以电子邮件方式订阅。",
    hint_zh="请改用 webhook,或请运维人员设置 DUALWATCH_ALERTS__SMTP__HOST。",
)
KEY_REUSED: Final = Problem(
    422,
    "idempotency_key_reused",
    "This Idempotency-Key stands for another request",
    "The key was sent before with another body.",
    hint="Draw a new key for a new request.",
    title_zh="该幂等键已用于另一请求",
    detail_zh="同一幂等键曾与不同内容一起提交。",
    hint_zh="新请求请使用新的幂等键。",
)
NOT_WEBHOOK: Final = Problem(
    409,
    "no_secret",
    "There is no secret to change",
    "Only webhooks are signed.",
    title_zh="没有可更换的签名密钥",
    detail_zh="只有 webhook 使用签名。",
)
NOT_SENT: Final = Problem(
    409,
    "not_a_delivery",
    "There is nothing to send again",
    "This line of the log is a notice, or a test.",
    hint="Send another test with POST …/test.",
    title_zh="该记录不可重发",
    detail_zh="该记录是通知或测试。",
    hint_zh="请用 POST …/test 再次测试。",
)


def unknown(name: str) -> ProblemError:
    """There is no such one, or it is somebody else's."""
    return not_found(
        "unknown_subscription", f"You have no subscription {name}.", f"您没有订阅 {name}。"
    )


def unknown_delivery(name: str) -> ProblemError:
    """There is no such line in the log, or not any more."""
    return not_found(
        "unknown_delivery",
        f"The log of the subscription has no delivery {name}.",
        f"该订阅的发送记录中没有 {name}。",
    )


def unknown_jurisdiction(name: str) -> ProblemError:
    """There is no such one, or it is out of scope."""
    return not_found(
        "unknown_jurisdiction", f"There is no jurisdiction {name}.", f"没有财政区划 {name}。"
    )


def forbidden(error: ForbiddenAddressError, *, webhook: bool) -> ProblemError:
    """Nothing may be sent there."""
    what, what_zh = ("webhook", "webhook 地址") if webhook else ("mail", "邮箱地址")
    setting = "WEBHOOKS__ALLOW" if webhook else "SMTP__DOMAINS"
    return ProblemError(
        Problem(
            422,
            f"forbidden_{what}_address",
            f"A {what} may not go there",
            f"address: {error.detail}",
            pointer="/address",
            hint=f"Choose another one; the operator allows more by DUALWATCH_ALERTS__{setting}.",
            title_zh=f"不允许使用该{what_zh}",
            detail_zh=f"address:{error.detail_zh}",
            hint_zh=f"请换用其他地址;运维人员可通过 DUALWATCH_ALERTS__{setting} 放行。",
        )
    )


def stale(version: int) -> ProblemError:
    """It was changed since."""
    return ProblemError(
        Problem(
            409,
            "stale_version",
            "It was changed since you read it",
            f"Its version is {version} now; 0: it is gone.",
            hint="Read it again, and send the change with its version in If-Match.",
            extra={"version": version},
            title_zh="内容已被更改",
            detail_zh=f"当前版本为 {version};0 表示已删除。",
            hint_zh="请重新读取后,在 If-Match 中带上新版本再提交。",
        )
    )


def too_many(most: int, *, waiting: bool) -> ProblemError:
    """There are as many as there may be."""
    what, what_zh = ("deliveries waiting", "待发送请求") if waiting else ("subscriptions", "订阅")
    code = "too_many_waiting" if waiting else "too_many_subscriptions"
    return ProblemError(
        Problem(
            409,
            code,
            f"There are too many {what}",
            f"At most {most} are kept.",
            hint="Wait until they are sent." if waiting else "Remove one that is not needed.",
            title_zh=f"{what_zh}过多",
            detail_zh=f"最多保留 {most} 个。",
            hint_zh="请等待发送完成。" if waiting else "请先删除不再需要的订阅。",
        )
    )


def invalid(*, pointer: str, detail: str, detail_zh: str) -> ProblemError:
    """A value does not fit."""
    return ProblemError(
        Problem(
            422,
            "invalid_parameter",
            "A parameter of the request is wrong",
            detail,
            pointer=pointer,
            hint="See docs/subscriptions.md.",
            title_zh="请求参数有误",
            detail_zh=detail_zh,
            hint_zh="参见 docs/subscriptions.md。",
        )
    )
