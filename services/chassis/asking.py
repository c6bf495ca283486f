"""What every client of another service begins with; in whose name it asks, each question says."""

import ssl

import httpx


class ServiceClient:
    """A client of one service."""

    def __init__(
        self,
        url: str,
        timeout_seconds: float,
        transport: httpx.AsyncBaseTransport | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """Nothing is connected before the first question; `trust` is for https of our own."""
        self.client = httpx.AsyncClient(
            base_url=url,
            timeout=timeout_seconds,
            trust_env=False,
            transport=transport,
            verify=trust or True,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self.client.aclose()
