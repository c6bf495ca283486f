"""Webhooks: one signed POST, bounded in time and in what is read of the answer."""

import asyncio
import contextlib
import ssl
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import httpx

from services.alerts.delivery.guard import Guard, UnresolvedError
from services.alerts.domain.addresses import Address, ForbiddenAddressError, Target
from services.alerts.domain.delivery import Attempt, Outcome, outcome_of
from services.chassis import clock

ATTEMPT_SECONDS: Final = 15.0
"""Longest one attempt may take, the look-up of its host aside."""
CONNECT_SECONDS: Final = 5.0
ADDRESSES_TRIED_MAX: Final = 3
"""Most addresses of one host that are tried in one attempt, if it does not answer at all."""
ANSWER_BYTES_MAX: Final = 16_384
"""Most that is read of an answer's body, to end the connection politely; nothing of it is kept."""
OF_TARGET_MAX: Final = 8
"""Most connections to one host and port at once: whoever else has subscribed there waits."""
KEPT_SECONDS: Final = 20.0
"""How long a connection that nobody uses is kept for the next entry."""
CLIENTS_MAX: Final = 2_500
"""Most hosts and ports for which connections are kept."""
CONTENT_TYPE: Final = "application/cloudevents+json; charset=utf-8"
USER_AGENT: Final = "dualwatch-webhooks/1"


@dataclass(slots=True)
class _Gate:
    """The connections to one target."""

    free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(OF_TARGET_MAX))
    users: int = 0


class Sender:
    """Sends webhooks: everyone for himself, so that a slow receiver delays only its own."""

    def __init__(self, guard: Guard, ca_file: str = "") -> None:
        """Nothing is connected yet."""
        self.guard = guard
        context = ssl.create_default_context(cafile=ca_file or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._context = context
        # One for each host and port: a connection that was made for one name is never used for
        # another at the same address. The last used comes last.
        self._clients: OrderedDict[str, httpx.AsyncClient] = OrderedDict()
        self._gates: dict[tuple[str, int], _Gate] = {}

    async def close(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            await client.aclose()
        self._clients.clear()
        self.guard.close()

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Attempt:
        """Send once; whatever happens is told, never raised."""
        at_ms, began = clock.now_ms(), clock.monotonic()
        status, error = None, None
        try:
            target, addresses = await self.guard.ask(url)
            async with self._gate(target):
                at_ms, began = clock.now_ms(), clock.monotonic()
                async with asyncio.timeout(ATTEMPT_SECONDS):
                    status = await self._post(target, addresses, headers, body)
        except (ForbiddenAddressError, UnresolvedError) as refused:
            error = "forbidden_address" if isinstance(refused, ValueError) else "unresolved"
        except (httpx.TransportError, TimeoutError, OSError) as failed:
            error = _word(failed)
        duration_ms = int(1_000 * (clock.monotonic() - began))
        outcome = Outcome.FAILED if status is None else outcome_of(status)
        return Attempt(outcome, at_ms, duration_ms, status, error)

    async def _post(
        self,
        target: Target,
        addresses: tuple[Address, ...],
        headers: Mapping[str, str],
        body: bytes,
    ) -> int:
        tried = addresses[:ADDRESSES_TRIED_MAX]
        client = self._client(target)
        for address in tried:
            try:
                return await self._post_to(client, target, address, headers, body)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if address == tried[-1]:
                    raise
            except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
                # A connection that was kept may have ended meanwhile: once more on a new one.
                return await self._post_to(client, target, address, headers, body)
        raise AssertionError(tried)

    async def _post_to(
        self,
        client: httpx.AsyncClient,
        target: Target,
        address: Address,
        headers: Mapping[str, str],
        body: bytes,
    ) -> int:
        request = client.build_request(
            "POST",
            target.at(address),
            content=body,
            headers={
                **headers,
                "host": target.authority,
                "content-type": CONTENT_TYPE,
                "user-agent": USER_AGENT,
            },
            # The certificate is checked for the host, not for the address.
            extensions={"sni_hostname": target.host},
        )
        answer = await client.send(request, stream=True)
        try:
            return await _drained(answer)
        finally:
            await answer.aclose()

    def _client(self, target: Target) -> httpx.AsyncClient:
        """Give the client of a host and port; connections to it are kept for a while."""
        name = f"{target.scheme}://{target.authority}"
        found = self._clients.get(name)
        if found is None:
            found = self._clients[name] = httpx.AsyncClient(
                verify=self._context,
                follow_redirects=False,
                trust_env=False,
                timeout=httpx.Timeout(ATTEMPT_SECONDS, connect=CONNECT_SECONDS),
                limits=httpx.Limits(
                    max_connections=None,
                    max_keepalive_connections=OF_TARGET_MAX,
                    keepalive_expiry=KEPT_SECONDS,
                ),
            )
        self._clients.move_to_end(name)
        while len(self._clients) > CLIENTS_MAX:
            # Connections in use are closed by whoever uses them.
            self._clients.popitem(last=False)
        return found

    @contextlib.asynccontextmanager
    async def _gate(self, target: Target) -> AsyncIterator[None]:
        gate = self._gates.setdefault(target.key, _Gate())
        gate.users += 1
        try:
            async with gate.free:
                yield
        finally:
            gate.users -= 1
            if not gate.users:
                del self._gates[target.key]


async def _drained(answer: httpx.Response) -> int:
    """Read what little there is, and give the status."""
    size = 0
    with contextlib.suppress(httpx.TransportError):
        async for part in answer.aiter_raw():
            size += len(part)
            if size > ANSWER_BYTES_MAX:
                break
    return answer.status_code


def _word(error: Exception) -> str:
    """Say in a word why there was no answer."""
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return "timeout"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return "tls"
        cause = cause.__cause__ or cause.__context__
    return "no_connection" if isinstance(error, httpx.ConnectError) else "connection_broken"
