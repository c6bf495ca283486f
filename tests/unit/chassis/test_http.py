"""What every service's HTTP API has: problems, the key, correlation, health, ids in paths."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Annotated, Literal
from urllib.parse import quote

import httpx
import pytest
import structlog
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from pymongo.errors import ServerSelectionTimeoutError

from services.chassis.identity import Permission
from services.chassis.problems import Problem, ProblemError, not_found, response
from services.chassis.requests import body_of, parsed
from services.chassis.segments import Segment
from services.chassis.service import Service
from services.chassis.settings import ServiceSettings

KEY = "a key of sufficient length"


class Light(StrEnum):
    """A list that FastAPI reads as one branch of a union."""

    RED = "red"
    GREEN = "green"


class Coloured(BaseModel):
    """A body."""

    light: Light
    """Its one member."""


async def lights(light: Light | Literal["all"] | None = None) -> str:
    """Take a word of a list."""
    return str(light)


async def coloured(body: Coloured) -> dict[str, str]:
    """Take a body that the framework reads."""
    return {"light": body.light.value}


async def commanded(request: Request) -> dict[str, str]:
    """Take a body as commands do."""
    return {"light": parsed(Coloured, await body_of(request)).light.value}


def router() -> APIRouter:
    """Make routes that end in every way."""
    found = APIRouter()
    found.add_api_route("/v1/lights", lights)
    found.add_api_route("/v1/coloured", coloured, methods=["POST"])
    found.add_api_route("/v1/commanded", commanded, methods=["POST"])

    @found.get("/v1/projects/{project}")
    async def project(project: Segment) -> dict[str, str]:
        return {"project": project}

    @found.get("/v1/projects/{project}/why/{figure}")
    async def why(project: Segment, figure: str) -> dict[str, str]:
        return {"project": project, "figure": figure}

    @found.get("/v1/limited")
    async def limited(limit: Annotated[int, Query(ge=1, le=10)]) -> int:
        return limit

    @found.get("/v1/broken")
    async def broken() -> None:
        message = "the password is 1234"
        raise ValueError(message)

    @found.get("/v1/away")
    async def away() -> None:
        message = "mongodb://user:secret@host"
        raise ServerSelectionTimeoutError(message)

    @found.get("/v1/missing")
    async def missing() -> None:
        raise not_found("thing_unknown", "There is no such thing.", "没有该事物。")  # noqa: EM101 - a code

    @found.post("/v1/refused")
    async def refused(_request: Request) -> None:
        raise ProblemError(
            Problem(422, "invalid", "Wrong", "x", pointer="/data/x", extra={"quarantine": "q1"})
        )

    return found


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    """Put a service together that is never started."""
    made = Service(ServiceSettings(key=KEY), "Test", "1.0.0")
    made.include(router(), Permission.READ)
    yield made
    # Whoever asks for metrics has it look whether MongoDB is there.
    made.mongo.client.close()


@pytest.fixture
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """Ask it as a holder of the key."""
    transport = httpx.ASGITransport(service.app)
    headers = {"Authorization": f"Bearer {KEY}"}
    with structlog.testing.capture_logs():
        async with httpx.AsyncClient(
            transport=transport, base_url="http://test", headers=headers
        ) as made:
            yield made


@pytest.mark.parametrize("key", ["", "Bearer wrong", f"Basic {KEY}", f"Bearer {KEY}x", "Bearer ü"])
async def test_without_the_key_nobody_is_let_in(client: httpx.AsyncClient, key: str) -> None:
    """401 with the scheme to use."""
    answer = await client.get("/v1/missing", headers=[(b"Authorization", key.encode())])

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["code"] == "unauthorised"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nowhere", 404, "not_found"),
        ("POST", "/v1/missing", 405, "method_not_allowed"),
        ("GET", "/v1/missing", 404, "thing_unknown"),
        ("GET", "/v1/limited?limit=11", 422, "invalid_parameter"),
        ("GET", "/v1/limited", 422, "invalid_parameter"),
        ("GET", "/v1/broken", 500, "internal_error"),
        ("GET", "/v1/away", 503, "unavailable"),
        ("POST", "/v1/refused", 422, "invalid"),
    ],
)
async def test_every_error_is_a_problem(
    client: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    """RFC 9457, and nothing of the inside."""
    answer = await client.request(method, path)
    problem = answer.json()

    assert answer.status_code == problem["status"] == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem["code"] == code
    assert problem["type"] == f"urn:dualwatch:problem:{code}"
    assert problem["title"]
    assert problem["detail"] != problem["title"]
    assert "1234" not in answer.text
    assert "secret" not in answer.text
    assert answer.headers["X-Correlation-Id"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/nowhere"), ("POST", "/v1/missing"), ("GET", "/v1/missing")],
)
async def test_what_the_framework_refuses_is_told_in_both_languages(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    """What is wrong and what to do, not only the phrase of the status."""
    problem = (await client.request(method, path)).json()

    for member in ("title_zh", "detail", "detail_zh", "hint", "hint_zh"):
        assert problem[member], member
    assert problem["detail"] != "Not Found"


@pytest.mark.parametrize(
    ("body", "detail", "detail_zh"),
    [
        (b'{"light":', "body: is no JSON from sign 10 on", "请求体自第 10 个字符起不是合法的 JSON"),
        (b"[]", "body: ", "请求体必须是 JSON 对象"),
        (b"[" * 50_000, "The body cannot be read", "请求体无法读取"),
        (b'{"light": "\xff"}', "The body cannot be read", "请求体无法读取"),
    ],
)
async def test_a_body_that_is_no_json_is_told_so(
    client: httpx.AsyncClient, body: bytes, detail: str, detail_zh: str
) -> None:
    """The place within it is no member of it: the pointer names the whole."""
    answer = await client.post(
        "/v1/coloured", content=body, headers={"Content-Type": "application/json"}
    )
    problem = answer.json()

    assert answer.status_code in {400, 422}
    assert problem.get("pointer", "") == ""
    assert problem["detail"].startswith(detail)
    assert problem["detail_zh"].startswith(detail_zh)
    assert problem["hint"]
    assert problem["hint_zh"]


@pytest.mark.parametrize(
    ("body", "where", "where_zh"),
    [
        (b'{"light":\n', "line 2, column 0", "第 2 行第 0 列"),
        (b"\xef\xbb\xbf{}", "line 1, column 1", "第 1 行第 1 列"),
        (b"[" * 5000, "line 1, column", "第 1 行第"),
        (b'{"light": "\xff"}', "line 1, column", "第 1 行第"),
    ],
)
async def test_a_command_that_is_no_json_is_told_so(
    client: httpx.AsyncClient, body: bytes, where: str, where_zh: str
) -> None:
    """Commands are read by another reader: by line and column."""
    answer = await client.post("/v1/commanded", content=body)
    problem = answer.json()

    assert answer.status_code == 422
    assert problem["pointer"] == ""
    assert where in problem["detail"]
    assert where_zh in problem["detail_zh"]


def test_what_a_problem_adds_is_masked_as_well() -> None:
    """It may quote what was sent, however deep; numbers stay numbers."""
    told = {"errors": [{"row": 3, "said": "mongodb://alerts:hunter22@db-1/"}]}
    body = bytes(response(Problem(422, "invalid", "Wrong", extra=told)).body)
    (error,) = json.loads(body)["errors"]

    assert 3 == error["row"]
    assert "hunter22" not in error["said"]
    assert "db-1" in error["said"]


@pytest.mark.parametrize(
    ("path", "detail", "pointer", "hint"),
    [
        ("/v1/lights?light=mauve", "query parameter light: ", "/light", "'red' or 'green'"),
        ("/v1/lights?light=1", "query parameter light: ", "/light", "'red' or 'green'"),
        ("/v1/limited", "query parameter limit: ", "/limit", "Give query parameter limit."),
        ("/v1/limited?limit=x", "query parameter limit: ", "/limit", "/openapi.json"),
    ],
)
async def test_a_wrong_parameter_is_named_and_nothing_of_the_inside(
    client: httpx.AsyncClient, path: str, detail: str, pointer: str, hint: str
) -> None:
    """Not pydantic's branches of a union; what is allowed is listed, in both languages."""
    problem = (await client.get(path)).json()

    assert problem["detail"].startswith(detail)
    assert pointer == problem["pointer"]
    assert hint in problem["hint"]
    assert problem["title_zh"]
    assert pointer[1:] in problem["detail_zh"]
    assert problem["hint_zh"]
    assert "str-enum" not in json.dumps(problem)


@pytest.mark.parametrize(
    ("query", "detail_zh"),
    [
        ("", "查询参数 limit 缺失"),
        ("?limit=0", "查询参数 limit 不得小于 1"),
        ("?limit=11", "查询参数 limit 不得大于 10"),
        ("?limit=x", "查询参数 limit 必须是整数"),
        ("?limit=1e400", "查询参数 limit 必须是整数"),
    ],
)
async def test_what_is_wrong_with_a_parameter_is_told_in_chinese_too(
    client: httpx.AsyncClient, query: str, detail_zh: str
) -> None:
    """As precisely as in English."""
    problem = (await client.get(f"/v1/limited{query}")).json()

    assert problem["detail_zh"] == detail_zh


async def test_a_problem_says_where(client: httpx.AsyncClient) -> None:
    """A pointer into what was sent, and members of its own."""
    refused = (await client.post("/v1/refused")).json()
    limited = (await client.get("/v1/limited?limit=11")).json()

    assert (refused["pointer"], refused["quarantine"]) == ("/data/x", "q1")
    assert limited["pointer"] == "/limit"


@pytest.mark.parametrize("project", ["GB/P1", "GB/P%2F1", "城/项目 1", "a?b#c", "a%20b", "plain"])
async def test_a_project_id_is_one_segment(client: httpx.AsyncClient, project: str) -> None:
    """Percent-encoded, whatever it contains."""
    segment = quote(project, safe="")

    one = await client.get(f"/v1/projects/{segment}")
    why = await client.get(f"/v1/projects/{segment}/why/spent")

    assert one.json() == {"project": project}
    assert why.json() == {"project": project, "figure": "spent"}


async def test_a_correlation_id_is_kept_if_it_is_one(client: httpx.AsyncClient) -> None:
    """Anything else is replaced: it goes into logs."""
    kept = await client.get("/livez", headers={"X-Correlation-Id": "abc-123"})
    made = await client.get("/livez", headers={"X-Correlation-Id": "a b\tc" * 50})

    assert kept.headers["X-Correlation-Id"] == "abc-123"
    assert len(made.headers["X-Correlation-Id"]) == 32


async def test_metrics_name_routes_never_ids(client: httpx.AsyncClient) -> None:
    """Unknown addresses and methods share one label."""
    await client.get("/v1/projects/GB%2FP-secret")
    await client.get("/v1/nowhere/P-secret")
    await client.request("BREW", "/v1/missing")
    metrics = (await client.get("/metrics", headers={"Authorization": ""})).text

    assert 'route="/v1/projects/{project}",status="200"' in metrics
    assert 'route="unknown",status="404"' in metrics
    assert 'method="other"' in metrics
    assert "secret" not in metrics


@pytest.mark.parametrize("header", ["X-Forwarded-For", "x-real-ip", "Forwarded", "X-FORWARDED-FOR"])
async def test_figures_are_not_for_those_who_come_through_a_proxy(
    client: httpx.AsyncClient, header: str
) -> None:
    """They ask for no key: Prometheus comes straight to each process, the others find nothing."""
    near = await client.get("/metrics", headers={"Authorization": ""})
    far = await client.get("/metrics", headers={"Authorization": "", header: "203.0.113.7"})
    unknown = await client.get("/nowhere", headers={header: "203.0.113.7"})

    assert 200 == near.status_code
    assert 404 == far.status_code == unknown.status_code
    assert far.json()["code"] == unknown.json()["code"]
    assert "dualwatch_" not in far.text


async def test_health_is_open_and_tells_what_is_wrong(
    service: Service, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each loop and each dependency by name."""

    async def hang() -> str | None:
        await asyncio.Event().wait()
        return None

    monkeypatch.setattr("services.chassis.health.CHECK_SECONDS", 0.05)
    service.health._checks.clear()
    service.health.check("well", _none)
    assert (await client.get("/readyz", headers={"Authorization": ""})).json() == {"well": "ok"}
    service.health.check("ill", hang)
    service.health.beat("loop", limit_seconds=100)
    service.health.beat("late", limit_seconds=-1)

    ready, live = await client.get("/readyz"), await client.get("/livez")

    assert (ready.status_code, ready.json()["well"]) == (503, "ok")
    assert "no answer" in ready.json()["ill"]
    assert (live.status_code, live.json()["loop"]) == (503, "ok")
    assert "no progress" in live.json()["late"]
    service.health.rest("late")
    assert (await client.get("/livez")).status_code == 200
    service.health.dead("part", "it broke")
    assert (await client.get("/livez")).json()["part"] == "it broke"
    await asyncio.wait_for(service.health.death(), 1)


async def test_openapi_is_open_and_knows_the_key(client: httpx.AsyncClient) -> None:
    """No page is served that would load scripts from elsewhere."""
    document = (await client.get("/openapi.json", headers={"Authorization": ""})).json()

    assert document["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
    assert (await client.get("/docs")).status_code == 404


async def test_what_is_said_on_kafka_is_described_and_open(client: httpx.AsyncClient) -> None:
    """The same AsyncAPI document at every service."""
    answer = await client.get("/asyncapi.json", headers={"Authorization": ""})

    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["asyncapi"] == "3.0.0"
    assert {"ledger", "assessments", "alerts"} < set(answer.json()["channels"])


async def test_openapi_says_that_every_error_is_a_problem(client: httpx.AsyncClient) -> None:
    """And every reference in it leads somewhere."""
    document = (await client.get("/openapi.json")).json()
    limited = document["paths"]["/v1/limited"]["get"]["responses"]

    assert {"$ref": "#/components/schemas/Problem"} == (
        limited["422"]["content"]["application/problem+json"]["schema"]
    )
    assert "default" in limited
    named = set(re.findall(r"#/components/schemas/([A-Za-z]+)", json.dumps(document)))
    assert named <= set(document["components"]["schemas"])
    assert "ValidationError" not in json.dumps(document)


async def _none() -> str | None:
    return None
