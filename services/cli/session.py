"""What every command shares: the client, made when the first request needs it."""

import os
from dataclasses import dataclass

import httpx
import typer

from services.cli.client import Client
from services.cli.places import Places, find_places


@dataclass
class Session:
    """One run of the command; tests give it places and a transport of their own."""

    places: Places | None = None
    transport: httpx.BaseTransport | None = None

    def client(self) -> Client:
        """Return a client of the services; close it by `with`."""
        return Client(self.places or find_places(os.environ), self.transport)


def client_of(context: typer.Context) -> Client:
    """Return the client of a command's session."""
    session = context.find_object(Session) or Session()
    return session.client()
