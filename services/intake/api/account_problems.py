"""What may be wrong with passwords and signing in, said in both languages."""

from typing import Final

from services.chassis.problems import ProblemError, Told, not_found, refused
from services.intake.domain.accounts import (
    DIFFERENT_MIN,
    PASSWORD_LENGTH_MAX,
    PASSWORD_LENGTH_MIN,
    Weakness,
)

_WEAK: Final[dict[Weakness, Told]] = {
    Weakness.TOO_SHORT: (
        f"It has fewer than {PASSWORD_LENGTH_MIN} signs.",
        f"密码不足 {PASSWORD_LENGTH_MIN} 个字符。",
    ),
    Weakness.TOO_LONG: (
        f"It has more than {PASSWORD_LENGTH_MAX} signs.",
        f"密码超过 {PASSWORD_LENGTH_MAX} 个字符。",
    ),
    Weakness.UNPRINTABLE: (
        "It holds signs that cannot be typed again.",
        "密码含有无法再次键入的字符。",
    ),
    Weakness.NAMES_ITSELF: ("It holds the login name.", "密码中含有登录名。"),
    Weakness.TOO_SIMPLE: (
        f"It has fewer than {DIFFERENT_MIN} different signs, or is a row of the keyboard.",
        f"密码中不同的字符少于 {DIFFERENT_MIN} 个,或为键盘上连续的字符。",
    ),
}


def weak(weakness: Weakness) -> ProblemError:
    """Refuse a password that is guessed too easily."""
    return refused(
        422,
        f"password_{weakness.value}",
        ("This may not be a password", "该密码不可用"),
        _WEAK[weakness],
        (
            "Take a sentence or several words: length counts, kinds of signs do not.",
            "建议用一句话或几个词:长度最重要,不要求混用字符种类。",
        ),
        pointer="/password",
    )


def no_password(principal_id: str) -> ProblemError:
    """There is none to change or remove."""
    return not_found(
        "no_password",
        f"{principal_id} has no password.",
        f"主体 {principal_id} 没有密码。",
        (
            "Whoever gives out keys can set one.",
            "可由发放密钥的人员为其设置。",
        ),
    )


def wrong_password() -> ProblemError:
    """Whoever asks does not know the present one."""
    return refused(
        422,
        "wrong_password",
        ("The present password is wrong", "当前密码不正确"),
        ("Nothing was changed.", "未作任何更改。"),
        ("Type the password that you signed in with.", "请输入登录时使用的密码。"),
        pointer="/current",
    )


def not_signed_in() -> ProblemError:
    """Say the same whatever was wrong: a name that is not known is not told from a password."""
    return refused(
        401,
        "sign_in_refused",
        ("Nobody is let in with this", "登录未获准"),
        (
            "The name or the password is wrong, or the account is no longer valid.",
            "登录名或密码不正确,或账号已停用。",
        ),
        (
            "Try again; whoever gives out keys can set a new password.",
            "请重试;密码可由发放密钥的人员重新设置。",
        ),
    )


def not_of_the_provider() -> ProblemError:
    """The provider's token lets nobody in."""
    return refused(
        401,
        "sign_in_refused",
        ("Nobody is let in with this", "登录未获准"),
        (
            "The provider's token is not valid, or names nobody who may be let in here.",
            "统一认证的令牌无效,或其中的人员无权进入本系统。",
        ),
        (
            "Ask the operator: the log of intake says why.",
            "请联系运维人员:原因见受理服务的日志。",
        ),
    )


def too_many_tries(seconds: int) -> ProblemError:
    """Too many have failed of late."""
    minutes = -(-seconds // 60)
    return refused(
        429,
        "too_many_tries",
        ("Too many tries", "尝试次数过多"),
        (
            f"Signing in under this name or from this address is possible again in {minutes} min.",
            f"该登录名或该地址的登录暂停,{minutes} 分钟后可再试。",
        ),
        (
            "Wait; whoever gives out keys can set a new password meanwhile.",
            "请稍候;其间可请发放密钥的人员重新设置密码。",
        ),
        headers={"Retry-After": str(seconds)},
    )


def busy() -> ProblemError:
    """More sign in at this moment than passwords can be looked at."""
    return refused(
        503,
        "sign_in_busy",
        ("Too many are signing in at once", "当前登录人数过多"),
        ("Nothing was looked at.", "本次请求未处理。"),
        ("Try again in a few seconds.", "请几秒后重试。"),
        headers={"Retry-After": "2"},
    )


def deployment_only() -> ProblemError:
    """Only the console asks, in the name of whoever stands before it."""
    return refused(
        403,
        "deployment_only",
        ("This is asked with the deployment's own key alone", "仅限部署自身的密钥"),
        (
            "The console signs people in; a key of anybody else opens no session.",
            "登录由控制台代为办理,其他密钥不能建立会话。",
        ),
        ("Sign in at the console.", "请在控制台登录。"),
    )


def signs_in_elsewhere(principal_id: str) -> ProblemError:
    """Whom a provider vouches for would stay in by a password when it does so no more."""
    return refused(
        409,
        "signs_in_elsewhere",
        ("It signs in with the OpenID provider", "该主体通过统一身份认证登录"),
        (
            f"{principal_id} is let in by what its provider says, and gets no password here.",
            f"{principal_id} 凭统一身份认证的声明进入,不在此设置密码。",
        ),
        (
            "Set the password there, or register another principal.",
            "请在统一身份认证处设置密码,或另行登记主体。",
        ),
    )
