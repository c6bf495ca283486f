"""A service put together: HTTP app, broker, MongoDB, health; started whole, stopped bounded.

`HttpService` is one that has neither broker nor database: it only answers people.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from http import HTTPStatus
from importlib import metadata, resources
from typing import Any, Final

from aiokafka.errors import KafkaError
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from pymongo.errors import PyMongoError

from services.chassis import certificates, clock, log_levels, metrics, problems, tracing
from services.chassis.health import Health
from services.chassis.identity import ANSWERS, BEARER, Permission, needs, whole
from services.chassis.identity_keys import Directory, IdentityMiddleware, Used
from services.chassis.kafka import SupervisedBroker
from services.chassis.limits import RequestLimit
from services.chassis.log import get_logger
from services.chassis.mongo import Mongo
from services.chassis.observed import ObservedMiddleware
from services.chassis.publisher import Publisher, PublishError
from services.chassis.segments import SegmentMiddleware
from services.chassis.settings import ServiceSettings
from services.chassis.storage import Storage
from services.chassis.whole import stopped

log = get_logger(__name__)

RETRY_SECONDS: Final = (0.25, 2.0)
STOP_SECONDS: Final = 2.0
"""Longest each of a service's own tasks and steps may take to stop."""
AWAY: Final = (PyMongoError, PublishError, KafkaError, OSError)
"""What is raised while MongoDB or Kafka is away: tried again, answered with 503."""
FORWARDED: Final = frozenset({"x-forwarded-for", "x-real-ip", "forwarded"})
"""What proxies add to a request. `/metrics` asks for no key, as Prometheus comes straight to each
process: whoever comes through the way in, which no ingress can be told to shut for one path alike,
finds nothing there."""

Prepare = Callable[[], Coroutine[Any, Any, None]]


class HttpService:
    """A process that answers over HTTP: app, health, its own tasks."""

    def __init__(self, settings: ServiceSettings, title: str, version: str) -> None:
        """Put the parts together; nothing is connected before the app starts."""
        self.settings = settings
        tracing.configure(settings.SERVICE, version, settings.traces)
        self.health = Health()
        self.levels = log_levels.Levels(settings.log)
        self._prepare: list[Prepare] = []
        self._at_stop: list[Prepare] = []
        self._tasks: list[tuple[str, Callable[[], Coroutine[Any, Any, None]]]] = []
        self._prepared = asyncio.Event()
        self.stopping = asyncio.Event()
        """Set when the process begins to stop: streams end by themselves."""
        self._hindrance = "begun just now"
        self.app = FastAPI(
            title=title, version=version, docs_url=None, redoc_url=None, lifespan=self._lifespan
        )
        problems.install(self.app)
        metrics.BUILD.labels(settings.SERVICE, metadata.version("dualwatch")).set(1)
        certificates.tell(settings.kafka, settings.mongo, settings.tls)
        self._add_guards()
        tls = bool(settings.tls.certificate_file)
        self.app.add_middleware(ObservedMiddleware, tls=tls)
        self.app.add_middleware(SegmentMiddleware)
        self._health_routes()

    def prepare(self, step: Prepare) -> None:
        """Add a step that must succeed before anything else is done (indexes, topics).

        It is repeated while MongoDB or Kafka is away; any other error ends the process.
        """
        self._prepare.append(step)

    def task(self, name: str, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Add a task that runs as long as the service; if it dies, the process ends."""
        self._tasks.append((name, run))

    def at_stop(self, step: Prepare) -> None:
        """Add a step that closes something when the service stops, within STOP_SECONDS."""
        self._at_stop.append(step)

    def _add_guards(self) -> None:
        """Add what stands before every route."""

    def begin(self) -> None:
        """Start what needs all to be prepared."""

    async def end(self) -> None:
        """Stop what `begin` started."""

    async def close(self) -> None:
        """Close connections, last of all."""

    @contextlib.asynccontextmanager
    async def _lifespan(self, _app: FastAPI) -> AsyncIterator[None]:
        work = asyncio.create_task(self._work(), name="work")
        try:
            yield
        finally:
            work.cancel()
            await asyncio.wait([work], timeout=STOP_SECONDS)
            await self.end()
            for step in self._at_stop:
                if not await stopped(step(), STOP_SECONDS):
                    log.warning("stop_step_failed")
            await self.close()
            await tracing.stop()

    async def _work(self) -> None:
        try:
            for step in self._prepare:
                await self._insist(step)
            self._prepared.set()
            self.begin()
            async with asyncio.TaskGroup() as group:
                for name, run in self._tasks:
                    group.create_task(self._guarded(name, run), name=name)
        except Exception as error:
            log.exception("service_failed")
            self.health.dead("work", repr(error))

    async def _insist(self, step: Prepare) -> None:
        attempt = 0
        while True:
            try:
                await step()
            except AWAY as error:
                attempt += 1
                self._hindrance = f"{type(error).__name__}: {error}"
                log.warning("not_prepared_yet", attempt=attempt, reason=repr(error))
                await asyncio.sleep(clock.backoff(attempt, *RETRY_SECONDS))
            else:
                return

    async def _guarded(self, name: str, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        await run()
        msg = f"task {name} has ended; it should run as long as the service"
        raise RuntimeError(msg)

    def _health_routes(self) -> None:
        @self.app.get("/livez", include_in_schema=False)
        async def livez() -> JSONResponse:
            found = self.health.liveness()
            return _health_answer(found)

        @self.app.get("/readyz", include_in_schema=False)
        async def readyz() -> JSONResponse:
            return _health_answer(await self.health.readiness())

        @self.app.get("/metrics", include_in_schema=False)
        async def scraped(request: Request) -> Response:
            if not FORWARDED.isdisjoint(request.headers):
                raise HTTPException(HTTPStatus.NOT_FOUND)
            self.health.liveness()  # sets the ages of the loops
            self.health.look()  # for the next time
            found, content_type = metrics.exposition(request.headers.get("accept", ""))
            return Response(found, headers={"Content-Type": content_type})


ASYNCAPI: Final = "asyncapi.json"
"""In `contracts`: everything on Kafka, as AsyncAPI 3."""


class Service(HttpService):
    """A service that reads from Kafka and keeps in MongoDB."""

    def __init__(
        self, settings: ServiceSettings, title: str, version: str, database: str | None = None
    ) -> None:
        """Put the parts together; nothing is connected before the app starts.

        The database is named after the service, unless it is given.
        """
        self.directory = Directory(settings.key)
        self.key_used: list[Used] = []
        super().__init__(settings, title, version)
        self.mongo = Mongo(settings.mongo, database or f"dualwatch_{settings.SERVICE}")
        self.publisher = Publisher(settings.kafka)
        self.broker = SupervisedBroker(settings.kafka, self.health)
        self.mongo.topic_id = self.broker.topic_id
        self.health.check("mongodb", self.mongo.ready)
        self.task("storage", Storage(self.mongo).run)
        self.health.check("prepared", self._is_prepared)
        problems.unavailable(self.app, PyMongoError, PublishError)
        self._describe_topics()
        self.include(log_levels.router(self.levels), Permission.OPERATE)

    def _describe_topics(self) -> None:
        """Serve what all of us say on Kafka; it is the same at every service."""
        described = (resources.files("contracts") / ASYNCAPI).read_bytes()

        @self.app.get(f"/{ASYNCAPI}", include_in_schema=False)
        async def asyncapi() -> Response:
            return Response(described, media_type="application/json")

    def _add_guards(self) -> None:
        """Ask for a key before anything else; only health and descriptions are open."""
        given = self.settings
        limit = RequestLimit(given.caller_requests_per_second, given.caller_requests_burst)
        self.app.add_middleware(
            IdentityMiddleware, directory=self.directory, used=self.key_used, limit=limit
        )

    def include(self, router: APIRouter, permission: Permission, *, in_part: bool = True) -> None:
        """Add routes; all of them ask for the permission.

        What cannot be shown in part (`in_part` false) is for those without bounds.
        """
        for route in router.routes:
            if isinstance(route, APIRoute):
                route.openapi_extra = {**(route.openapi_extra or {}), "x-permission": permission}
        asked = [Depends(BEARER), Depends(needs(permission))]
        if not in_part:
            asked.append(Depends(whole))
        self.app.include_router(router, dependencies=asked, responses=ANSWERS)

    async def _is_prepared(self) -> str | None:
        return None if self._prepared.is_set() else f"still preparing: {self._hindrance}"

    def begin(self) -> None:
        """Start reading records."""
        self.broker.start()

    async def end(self) -> None:
        """Stop reading records."""
        await self.broker.stop()

    async def close(self) -> None:
        """Close the connections to Kafka and MongoDB."""
        await self.publisher.close()
        self.mongo.close()


def _health_answer(found: dict[str, str]) -> JSONResponse:
    well = all(state == "ok" for state in found.values())
    return JSONResponse(found, status_code=200 if well else 503)
