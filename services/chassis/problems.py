"""RFC 9457 problems: what is wrong, where (JSON pointer), and what to do, for every error."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from services.chassis.described import PROBLEM_TYPE, describe
from services.chassis.log import get_logger, masked

MEDIA_TYPE: Final = PROBLEM_TYPE
QUOTING: Final = ("detail", "detail_zh", "hint", "hint_zh", "pointer")
"""Members that may quote what was sent."""
RETRY_AFTER_SECONDS: Final = "2"

log = get_logger(__name__)


@dataclass(frozen=True)
class Problem:
    """One problem; `code` is stable and language-free, so that a client can translate it."""

    status: int
    code: str
    title: str
    detail: str = ""
    pointer: str | None = None
    hint: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    title_zh: str | None = None
    detail_zh: str | None = None
    hint_zh: str | None = None

    def document(self) -> dict[str, Any]:
        """Return it as the JSON that is sent."""
        found: dict[str, Any] = {
            "type": f"urn:dualwatch:problem:{self.code}",
            "status": self.status,
            "code": self.code,
            "title": self.title,
            "detail": self.detail,
        }
        more = {
            "pointer": self.pointer,
            "hint": self.hint,
            "title_zh": self.title_zh,
            "detail_zh": self.detail_zh,
            "hint_zh": self.hint_zh,
        }
        told = {name: value for name, value in more.items() if value is not None}
        return {**found, **told, **self.extra}


class ProblemError(Exception):
    """Raised anywhere behind the HTTP API to answer with a problem."""

    def __init__(self, problem: Problem, headers: dict[str, str] | None = None) -> None:
        """Carry the problem and any headers its answer needs."""
        super().__init__(problem.code)
        self.problem = problem
        self.headers = headers or {}


def response(problem: Problem, headers: dict[str, str] | None = None) -> JSONResponse:
    """Answer with a problem; a secret or account number that was sent is not sent back."""
    document = problem.document()
    for name in problem.extra:
        document[name] = _masked(document[name])
    for name in QUOTING:
        if isinstance(document.get(name), str):
            document[name] = masked(document[name])
    return JSONResponse(
        document, status_code=problem.status, media_type=MEDIA_TYPE, headers=headers
    )


def _masked(value: Any) -> Any:
    """Mask every text within what a problem adds: it may quote what was sent."""
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {key: _masked(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(each) for each in value]
    return value


Told = tuple[str, str]
"""A text in English and in Chinese."""


def refused(
    status: int,
    code: str,
    title: Told,
    detail: Told,
    hint: Told,
    *,
    pointer: str | None = None,
    headers: dict[str, str] | None = None,
) -> ProblemError:
    """Make a problem that says all it says in both languages."""
    problem = Problem(
        status,
        code,
        title[0],
        detail[0],
        pointer=pointer,
        hint=hint[0],
        title_zh=title[1],
        detail_zh=detail[1],
        hint_zh=hint[1],
    )
    return ProblemError(problem, headers)


def not_found(code: str, what: str, what_zh: str, hint: Told | None = None) -> ProblemError:
    """Make the 404 for a thing there is not, or none that the caller may know of."""
    english, chinese = hint or _CHECK_ID
    problem = Problem(
        404,
        code,
        "Not found",
        what,
        hint=english,
        title_zh="未找到",
        detail_zh=what_zh,
        hint_zh=chinese,
    )
    return ProblemError(problem)


def invalid_parameter(
    name: str, en: str, zh: str, hint: str = "", hint_zh: str = ""
) -> ProblemError:
    """Refuse a query parameter, in the words of the framework's own refusals."""
    return ProblemError(
        Problem(
            422,
            "invalid_parameter",
            "A parameter of the request is wrong",
            f"query parameter {name}: {en}",
            pointer=f"/{name}",
            hint=hint or "See /openapi.json for what this address takes.",
            title_zh="请求参数有误",
            detail_zh=f"查询参数 {name}:{zh}",
            hint_zh=hint_zh or "可用参数见 /openapi.json。",
        )
    )


def foreign_token(name: str = "after") -> ProblemError:
    """Refuse a page token that is none of ours, or of another question."""
    return invalid_parameter(
        name,
        "is not a page token that this service gave for this order",
        "不是本服务为该排序给出的分页标记",
        "Begin with the first page.",
        "请从第一页开始。",
    )


_CHECK_ID: Final[Told] = (
    "Check how it is written, and that your key may see it.",
    "请核对写法,并确认您的密钥有权查看。",
)


def install(app: FastAPI) -> None:
    """Make every error that is meant for the client a problem; `INTERNAL` is for all others."""
    describe(app)

    @app.exception_handler(ProblemError)
    async def told(_request: Request, error: ProblemError) -> JSONResponse:
        return response(error.problem, error.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        return response(_invalid_request(error))

    @app.exception_handler(HTTPException)
    async def answered(_request: Request, error: HTTPException) -> JSONResponse:
        phrase = HTTPStatus(error.status_code).phrase
        code = phrase.lower().replace(" ", "_")
        headers = dict(error.headers) if error.headers else None
        title_zh, detail, hint = _ANSWERED.get(error.status_code, _ANSWERED_OTHERWISE)
        told = refused(error.status_code, code, (phrase, title_zh), detail, hint)
        return response(told.problem, headers)


_ANSWERED: Final[Mapping[int, tuple[str, Told, Told]]] = {
    400: (
        "请求有误",
        (
            "The body cannot be read: it is no UTF-8, or nested too deeply.",
            "请求体无法读取:不是 UTF-8 编码,或嵌套过深。",
        ),
        (
            "Send one JSON document in UTF-8; /openapi.json has its shape.",
            "请提交一个 UTF-8 编码的 JSON 文档,其结构见 /openapi.json。",
        ),
    ),
    404: (
        "未找到",
        ("There is nothing at this address.", "该地址没有内容。"),
        (
            "/openapi.json lists the addresses; an id with a slash is percent-encoded (%2F).",
            "可用地址见 /openapi.json;含斜杠的标识须编码为 %2F。",
        ),
    ),
    405: (
        "不支持该方法",
        ("This address does not take that method.", "该地址不支持所用的方法。"),
        (
            "The header Allow of this answer names the methods of this address.",
            "本地址支持的方法见应答头 Allow。",
        ),
    ),
}
"""What the framework refuses, by status: its words are English and say little.

Title in Chinese, what is wrong, what to do.
"""
_ANSWERED_OTHERWISE: Final[tuple[str, Told, Told]] = (
    "请求未被接受",
    ("The request was not taken; nothing was done.", "请求未被接受,未执行任何操作。"),
    ("See /openapi.json for what this address takes.", "该地址接受的内容见 /openapi.json。"),
)


def unavailable(app: FastAPI, *errors: type[Exception]) -> None:
    """Answer 503 where one of these errors says that a dependency is away."""

    async def away(request: Request, error: Exception) -> JSONResponse:
        log.warning("dependency_away", route=request.url.path, reason=repr(error))
        return response(UNAVAILABLE, {"Retry-After": RETRY_AFTER_SECONDS})

    for error in errors:
        app.add_exception_handler(error, away)


def _invalid_request(error: RequestValidationError) -> Problem:
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return _no_json(first)
    # What follows the parameter's name is pydantic's inside, such as the branch of a union.
    where, name = str(first["loc"][0]), _name(first["loc"])
    en, zh = _PLACES.get(where, ("the request", "请求"))
    context = first.get("ctx") or {}
    expected = context.get("expected")
    missing = first["type"] == "missing"
    hint, hint_zh = ("See /openapi.json for what this address takes.", "可用参数见 /openapi.json。")
    if missing and name:
        hint, hint_zh = f"Give {en} {name}.", f"请给出{zh} {name}。"
    elif expected is not None:
        hint, hint_zh = f"Write one of {expected}.", f"请填写下列之一:{expected}。"
    said, said_zh = (f"{en} {name}", f"{zh} {name} ") if name else (en, zh)
    wrong_zh = _WRONG_ZH.get(first["type"], "的值不正确")
    return Problem(
        422,
        "invalid_parameter",
        "A parameter of the request is wrong",
        f"{said}: {first['msg']}",
        pointer=_pointer(first["loc"]),
        hint=hint,
        title_zh="请求参数有误",
        detail_zh=f"{said_zh}{wrong_zh.format_map(context)}",
        hint_zh=hint_zh,
    )


def _no_json(first: Mapping[str, Any]) -> Problem:
    """Tell where a body stops to be JSON: a place among its signs, not a member of it."""
    last = first["loc"][-1]
    placed = _LINE_AND_COLUMN.search(str((first.get("ctx") or {}).get("error")))
    if isinstance(last, int):
        # FastAPI counts from nought; a reader counts from one.
        where, where_zh = f" from sign {last + 1} on", f"自第 {last + 1} 个字符起"
    elif placed is not None:
        where = f" from line {placed[1]}, column {placed[2]} on"
        where_zh = f"自第 {placed[1]} 行第 {placed[2]} 列起"
    else:
        where, where_zh = "", ""
    return refused(
        422,
        "invalid_parameter",
        ("A parameter of the request is wrong", "请求参数有误"),
        (f"body: is no JSON{where}", f"请求体{where_zh}不是合法的 JSON"),
        (
            "Send one JSON document in UTF-8; /openapi.json has its shape.",
            "请提交一个 UTF-8 编码的 JSON 文档,其结构见 /openapi.json。",
        ),
        pointer="",
    ).problem


_LINE_AND_COLUMN: Final = re.compile(r"line (\d+) column (\d+)", re.ASCII)
_WRONG_ZH: Final = {
    "missing": "缺失",
    "extra_forbidden": "不是可用的字段",
    "greater_than_equal": "不得小于 {ge}",
    "greater_than": "必须大于 {gt}",
    "less_than_equal": "不得大于 {le}",
    "less_than": "必须小于 {lt}",
    "int_parsing": "必须是整数",
    "int_parsing_size": "数值过大",
    "int_type": "必须是整数",
    "int_from_float": "必须是整数",
    "bool_parsing": "必须是 true 或 false",
    "bool_type": "必须是 true 或 false",
    "date_parsing": "必须是存在的日期,写作 YYYY-MM-DD",
    "date_from_datetime_parsing": "必须是存在的日期,写作 YYYY-MM-DD",
    "date_from_datetime_inexact": "必须是日期,不带时刻",
    "datetime_parsing": "必须是 RFC 3339 时刻",
    "datetime_from_date_parsing": "必须是 RFC 3339 时刻",
    "timezone_aware": "必须带时区",
    "string_type": "必须是字符串",
    "string_too_short": "至少 {min_length} 个字符",
    "string_too_long": "至多 {max_length} 个字符",
    "string_pattern_mismatch": "不符合格式 {pattern}",
    "list_type": "必须是数组",
    "too_short": "至少 {min_length} 项",
    "too_long": "至多 {max_length} 项",
    "dict_type": "必须是 JSON 对象",
    "model_type": "必须是 JSON 对象",
    "model_attributes_type": "必须是 JSON 对象",
    "enum": "只能是 {expected} 之一",
    "literal_error": "只能是 {expected} 之一",
}
"""What is wrong with a value by pydantic's type of error, whose own words are English alone."""


_PLACES: Final = {
    "query": ("query parameter", "查询参数"),
    "path": ("path parameter", "路径参数"),
    "header": ("header", "请求头"),
    "body": ("body", "请求体"),
}


def _name(location: Sequence[int | str]) -> str:
    """Name what is wrong: a parameter, or the place within the body."""
    if location[0] == "body":
        return ".".join(str(step) for step in location[1:])
    return str(location[1]) if len(location) > 1 else ""


def _pointer(location: Sequence[int | str]) -> str:
    steps = location[1:] if location[0] == "body" else location[1:2]
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


INTERNAL: Final = Problem(
    500,
    "internal_error",
    "Something went wrong on our side",
    "The error is in the service's log under the X-Correlation-Id of this answer.",
    hint="Try again; if it stays, give the operator the correlation id.",
    title_zh="系统内部错误",
    detail_zh="错误已记入服务日志,编号见应答头 X-Correlation-Id。",
    hint_zh="请稍后重试;若仍出现,请把该编号告知运维人员。",
)
UNAVAILABLE: Final = Problem(
    503,
    "unavailable",
    "Not available for the moment",
    "MongoDB or Kafka does not answer the service; nothing was done, or it is not known.",
    hint="Try again; /readyz says what is missing.",
    title_zh="暂时不可用",
    detail_zh="MongoDB 或 Kafka 没有应答;操作未执行,或结果未知。",
    hint_zh="请稍后重试;/readyz 会说明缺少哪个部分。",
)
