"""Telling a running Kafka who its users are and what each may: what aiokafka's admin cannot."""

import asyncio
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code
from aiokafka.protocol.admin import CreateAclsRequest_v1
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    CompactArray,
    CompactBytes,
    CompactString,
    Int8,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

from deploy.local.access import Rule

SCRAM_SHA_512 = 2
ITERATIONS = 4_096  # the least that Kafka takes; the passwords are random and long
SALT_BYTES = 32
ALLOW = 3
ANY_HOST = "*"
REQUEST_MS = 10_000


class _ScramAnswer(Response):  # type: ignore[misc]
    API_KEY = 51
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "results",
            CompactArray(
                ("user", CompactString("utf-8")),
                ("error_code", Int16),
                ("error_message", CompactString("utf-8")),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _ScramStruct(RequestStruct):  # type: ignore[misc]
    API_KEY = 51
    API_VERSION = 0
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _ScramAnswer
    SCHEMA = Schema(
        (
            "deletions",
            CompactArray(
                ("name", CompactString("utf-8")), ("mechanism", Int8), ("tags", TaggedFields)
            ),
        ),
        (
            "upsertions",
            CompactArray(
                ("name", CompactString("utf-8")),
                ("mechanism", Int8),
                ("iterations", Int32),
                ("salt", CompactBytes),
                ("salted_password", CompactBytes),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _AlterScram(Request[_ScramStruct]):  # type: ignore[misc]
    """AlterUserScramCredentials: sets users' passwords, which themselves are not sent."""

    API_KEY = 51

    def __init__(self, passwords: Mapping[str, str]) -> None:
        self.passwords = passwords

    def build(self, request_struct_class: type[_ScramStruct]) -> _ScramStruct:
        upsertions: list[tuple[Any, ...]] = []
        for user, password in self.passwords.items():
            salt = secrets.token_bytes(SALT_BYTES)
            salted = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS)
            upsertions.append((user, SCRAM_SHA_512, ITERATIONS, salt, salted, {}))
        return request_struct_class([], upsertions, {})


class _CreateAcls(Request[CreateAclsRequest_v1]):  # type: ignore[misc]
    """CreateAcls with all rules at once; those that exist stay."""

    API_KEY = 30

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = rules

    def build(self, request_struct_class: type[CreateAclsRequest_v1]) -> CreateAclsRequest_v1:
        return request_struct_class(
            [
                (
                    int(rule.resource),
                    rule.name,
                    int(rule.pattern),
                    f"User:{rule.user}",
                    ANY_HOST,
                    int(rule.operation),
                    ALLOW,
                )
                for rule in self.rules
            ]
        )


def grant(client: Mapping[str, Any], passwords: Mapping[str, str], rules: Sequence[Rule]) -> None:
    """Make the users with their passwords, and their rules; `client` is who may do so."""
    asyncio.run(_grant(client, passwords, rules))


async def _grant(
    client: Mapping[str, Any], passwords: Mapping[str, str], rules: Sequence[Rule]
) -> None:
    admin = AIOKafkaAdminClient(**client, request_timeout_ms=REQUEST_MS)
    await admin.start()
    try:
        made = await admin._send_request(_AlterScram(passwords))  # noqa: SLF001 - no public way
        for user, code, told, _ in made.results:
            _require_done(code, f"user {user}: {told}")
        ruled = await admin._send_request(_CreateAcls(rules))  # noqa: SLF001 - the same
        for rule, (code, told) in zip(rules, ruled.creation_responses, strict=True):
            _require_done(code, f"{rule}: {told}")
    finally:
        await admin.close()


def _require_done(code: int, what: str) -> None:
    if code:
        raise for_code(code)(what)
