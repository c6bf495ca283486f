"""The answer while the projection is built anew after an upgrade."""

from typing import Any, Final

from fastapi.responses import JSONResponse

from services.chassis.problems import Problem, response

RETRY_AFTER_SECONDS: Final = "5"


def rebuilding(hindrance: str, extra: dict[str, Any]) -> JSONResponse:
    """Answer 503, with how far it is."""
    problem = Problem(
        503,
        "rebuilding",
        "The figures are being made anew",
        f"What is stored is another release's and is made anew from the ledger: {hindrance}.",
        hint="Ask again later; nothing is lost, and nothing has to be done.",
        extra=extra,
        title_zh="数据正在重建",
        detail_zh=f"存储的数据由其他版本写入,正在由台账重新生成:{hindrance}。",
        hint_zh="请稍后重试;数据不会丢失,无需任何操作。",
    )
    return response(problem, {"Retry-After": RETRY_AFTER_SECONDS})
