"""What people are told when a campaign cannot be planned, changed, opened, urged or closed."""

from collections.abc import Mapping
from typing import Final

from services.chassis.problems import RETRY_AFTER_SECONDS, ProblemError, not_found
from services.chassis.refusals import Words
from services.reporting.domain.campaign import SCOPE_NAMES_MAX
from services.reporting.domain.planning import Unfit, UnfitError

WORDS: Final[Mapping[Unfit, Words]] = {
    Unfit.INVALID_ID: Words(
        422,
        "The campaign's id cannot be used",
        "监控活动编号不可用",
        "An id has 1 to 40 letters, digits, dots, dashes and underscores, the first a letter or a"
        " digit.",
        "编号为 1 至 40 个字母、数字、点、连字符或下划线,首字符须为字母或数字。",
        "Write one such as 2026-07.",
        "例如 2026-07。",
    ),
    Unfit.CUT_OFF_OUTSIDE_YEAR: Words(
        422,
        "The period does not lie within the fiscal year",
        "监控期间不在该财政年度内",
        "The period begins on or after the year's first day and ends with the cut-off within it.",
        "监控期间的首日不得早于年度首日,截止日须在该年度内且不早于首日。",
        "Give a cut-off of the fiscal year, usually 30 June.",
        "请填写该年度内的截止日,一般为 6 月 30 日。",
    ),
    Unfit.DUES_OUT_OF_ORDER: Words(
        422,
        "The due dates do not follow each other",
        "报送期限先后有误",
        "Units come before departments, departments before the bureau, none before the cut-off.",
        "单位不晚于部门,部门不晚于财政,且均不早于截止日。",
        "Leave dues out to have the usual ones.",
        "可省略 dues,由系统给出默认期限。",
    ),
    Unfit.SCOPE_UNFIT: Words(
        422,
        "The scope does not fit its kind",
        "监控范围与其类型不符",
        "A scope names what its kind is about, each once, and nothing else: organisations,"
        f" accounts, projects (at most {SCOPE_NAMES_MAX}), or for `lagging` a campaign.",
        "范围只填写与类型对应的内容且不得重复:单位、预算类别、项目"
        f"(至多 {SCOPE_NAMES_MAX} 个),`lagging` 则为一个监控活动。",
        'Everything is {"kind": "all"}.',
        '全部项目为 {"kind": "all"}。',
    ),
    Unfit.NOT_PLANNED: Words(
        409,
        "The campaign was opened before",
        "监控活动已启动",
        "Only a campaign that is planned can be opened.",
        "只有计划中的监控活动可以启动。",
        "Plan another one: several can be open at once.",
        "可另行计划,多个监控活动可同时进行。",
    ),
    Unfit.NOT_OPEN: Words(
        409,
        "The campaign is not open",
        "监控活动未处于进行中",
        "It is planned, is being opened, or was closed.",
        "该监控活动尚在计划、正在启动或已结束。",
        "GET it: `state` says which.",
        "请查看其 `state`。",
    ),
    Unfit.ENDED: Words(
        409,
        "The campaign is closed",
        "监控活动已结束",
        "What is closed stays as it is.",
        "已结束的监控活动不再更改。",
        "Plan another one.",
        "请另行计划。",
    ),
    Unfit.CUT_OFF_NOT_REACHED: Words(
        409,
        "The cut-off is not reached",
        "尚未到截止日",
        "A campaign is opened once the day of its cut-off, or a later one, has been opened.",
        "截止日(或其后的业务日)开启之后,监控活动方可启动。",
        "Open it on that day or later.",
        "请于该日或之后启动。",
    ),
}
"""Every refusal of the domain."""

_STALE: Final = Words(
    409,
    "The campaign was changed meanwhile",
    "监控活动已被更新",
    "It has another version than the one named by If-Match.",
    "当前版本与 If-Match 所指的版本不同。",
    "GET it again, look at what changed, and send the command with its ETag.",
    "请重新读取,核对变化后携带新的 ETag 再提交。",
)
_BUSY: Final = Words(
    503,
    "The campaign is being changed again and again",
    "监控活动正被频繁更新",
    "The command could not be carried out between the changes of others; nothing was done.",
    "未能在其他更新之间执行;操作未执行。",
    "Send it again with the same Idempotency-Key.",
    "请沿用同一 Idempotency-Key 重发。",
)
_TAKEN: Final = Words(
    409,
    "There is a campaign of this id",
    "该编号的监控活动已存在",
    "Ids are unique within a jurisdiction.",
    "同一财政区划内编号不得重复。",
    "Give another id.",
    "请换一个编号。",
)
_NOT_YOURS: Final = Words(
    403,
    "The campaign is not yours to command",
    "无权操作该监控活动",
    "It asks beyond the organisations that your key is bound to.",
    "其范围超出您的密钥所限的单位。",
    "Ask the performance division.",
    "请联系绩效管理处。",
)
_BEYOND: Final = Words(
    422,
    "There is no such organisation in your scope",
    "范围内没有该单位",
    "An organisation is not registered, or your key may not see it.",
    "单位未登记,或您的密钥无权查看。",
    "GET /v1/organisations lists those you may name.",
    "可填写的单位见 GET /v1/organisations。",
)
_EARLIER: Final = Words(
    422,
    "There is no such earlier campaign",
    "没有该监控活动",
    "A second monitoring looks at a campaign of the same jurisdiction that was opened before.",
    "二次监控须以同一财政区划内已启动的监控活动为依据。",
    "Name the earlier campaign's id, such as 2026-07.",
    "请填写此前监控活动的编号,例如 2026-07。",
)
_TEMPLATE: Final = Words(
    422,
    "There is no such template of forms",
    "没有该监控表模板",
    "A campaign's forms take a template that this deployment keeps.",
    "监控活动只能使用本系统已有的监控表模板。",
    "`GET /v1/templates` lists them with their ids, `dualwatch report templates check FILE` tells"
    " the id of one's own; for the usual one leave `template` out of a plan, and say null in a"
    " change.",
    "可用模板及编号见 `GET /v1/templates`,自有模板的编号见 `dualwatch report templates check 文件`;"
    "用通常模板的,计划时省略 template,更改时填 null。",
)
_TOO_MANY: Final = Words(
    422,
    "Too many at once",
    "一次数量过多",
    "One list or command is about at most so many.",
    "一次清单或命令的数量有上限。",
    "Name organisations, or ask for one kind.",
    "请指定单位,或只选一种材料。",
)


def too_many(most: int) -> ProblemError:
    """Refuse what would be too long to be done or shown at once."""
    words = _TOO_MANY._replace(detail=f"At most {most} at once.", detail_zh=f"一次至多 {most} 个。")
    return ProblemError(words.problem("too_many", "/organisations"))


def unfit(error: UnfitError) -> ProblemError:
    """Tell why it cannot be done."""
    return ProblemError(WORDS[error.code].problem(error.code.value, error.pointer))


def stale(version: int) -> ProblemError:
    """Tell that somebody was faster, and the present version."""
    problem = _STALE.problem("stale_version", extra={"version": version})
    return ProblemError(problem, {"ETag": f'"{version}"'})


def busy() -> ProblemError:
    """Tell that it could not be done for the moment."""
    return ProblemError(_BUSY.problem("campaign_busy"), {"Retry-After": RETRY_AFTER_SECONDS})


def taken() -> ProblemError:
    """Refuse a second campaign of one id."""
    return ProblemError(_TAKEN.problem("campaign_exists", "/id"))


def not_yours() -> ProblemError:
    """Refuse whoever is bound to less than the campaign asks for."""
    return ProblemError(_NOT_YOURS.problem("not_your_campaign"))


def beyond(pointer: str) -> ProblemError:
    """Refuse organisations that there are not for the caller."""
    return ProblemError(_BEYOND.problem("unknown_organisation", pointer))


def unknown_earlier() -> ProblemError:
    """Refuse a second monitoring of what there is not."""
    return ProblemError(_EARLIER.problem("unknown_earlier_campaign", "/scope/campaign"))


def unknown_template(name: str) -> ProblemError:
    """Refuse a template that is not kept here."""
    words = _TEMPLATE._replace(
        detail=f"There is no template of forms {name} here.",
        detail_zh=f"本系统没有监控表模板 {name}。",
    )
    return ProblemError(words.problem("unknown_template", "/template"))


def unknown_campaign(campaign: str) -> ProblemError:
    """Tell that there is no such campaign: the same where there is one that is out of scope."""
    return not_found(
        "unknown_campaign", f"There is no campaign {campaign}.", f"没有监控活动 {campaign}。"
    )


def unknown_jurisdiction(code: str) -> ProblemError:
    """Tell that there is no such jurisdiction, or not for the caller."""
    return not_found(
        "unknown_jurisdiction", f"There is no jurisdiction {code}.", f"没有财政区划 {code}。"
    )
