"""Services that answer from memory, behind the HTTP client's transport."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from services.cli import main
from services.cli.places import Places, Service
from services.cli.session import Session

PLACES = Places({service: f"http://{service}.test" for service in Service}, "the-key")

Answer = httpx.Response | Exception | Mapping[str, Any]
Handler = Callable[[httpx.Request], Answer]


@dataclass
class FakeServices:
    """Routes requests to handlers by (service, method, path) and remembers them all."""

    routes: dict[tuple[str, str, str], Handler] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)

    def on(self, service: str, method: str, path: str, *answers: Answer | Handler) -> None:
        """Answer with each in turn, then with the last one for ever."""
        left = list(answers)

        def handler(request: httpx.Request) -> Answer:
            answer = left.pop(0) if len(left) > 1 else left[0]
            return answer(request) if callable(answer) else answer

        self.routes[service, method, path] = handler

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Be a transport's handler."""
        self.requests.append(request)
        service = request.url.host.removesuffix(".test")
        path = request.url.raw_path.decode().partition("?")[0]
        handler = self.routes.get((service, request.method, path))
        if handler is None:
            return problem(404, "not_found", f"{request.method} {path}")
        answer = handler(request)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    def asked(self, path: str) -> list[httpx.Request]:
        """Return the requests to a path."""
        return [request for request in self.requests if request.url.path == path]

    def session(self) -> Session:
        """Return a session of the command that talks to these services."""
        return Session(PLACES, httpx.MockTransport(self))

    def opens(self, day: str) -> None:
        """Open days without more ado."""
        results = [{"verdict": "accepted"}]
        answer = {"opened": [day], "results": results, "counts": {"pending": 0}, "position": "1"}
        self.on("intake", "POST", "/v1/days", answer)

    def passed(self, cut: str = "3-0-0-0") -> None:
        """Let all services have passed everything, and nothing be registered."""
        self.on("intake", "GET", "/v1/jurisdictions", {"items": []})
        self.on("intake", "GET", "/v1/position", {"position": cut})
        self.on(
            "analysis", "GET", "/v1/position", {"ledger": cut, "assessments": "9-0-0-0", "due": 0}
        )
        self.on("alerts", "GET", "/v1/position", {"assessments": "9-0-0-0", "alerts": "1-0-0-0"})
        self.on("reporting", "GET", "/v1/position", {"assessments": "9-0-0-0", "alerts": "1-0-0-0"})


def problem(status: int, code: str, detail: str = "", **more: Any) -> httpx.Response:
    """Answer with a problem."""
    document = {"status": status, "code": code, "title": code.replace("_", " "), "detail": detail}
    return httpx.Response(
        status,
        json={**document, **more},
        headers={"Content-Type": "application/problem+json"},
    )


@dataclass(frozen=True)
class Outcome:
    """What a run of the command left behind."""

    exit_code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


def run(services: FakeServices, capsys: pytest.CaptureFixture[str], *arguments: str) -> Outcome:
    """Run the command as a shell would."""
    with pytest.raises(SystemExit) as ended:
        main(arguments, services.session())
    said = capsys.readouterr()
    code = ended.value.code
    return Outcome(code if isinstance(code, int) else 0, said.out, said.err)
