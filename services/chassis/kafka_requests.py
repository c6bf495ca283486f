"""Requests of Kafka that aiokafka has no words for: ids of topics, and brokers' disks."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from aiokafka.errors import IncompatibleBrokerVersion, NodeNotReadyError, for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Int64,
    Schema,
    TaggedFields,
)

TOO_OLD: Final = (IncompatibleBrokerVersion, NotImplementedError)
"""What aiokafka raises where a broker does not know a request."""
_TEXT: Final = CompactString("utf-8")
_TAGS: Final = ("tags", TaggedFields)
# A UUID in two halves: aiokafka has no type of its own for it.
_ID: Final = (("id_high", Int64), ("id_low", Int64))
_HALF: Final = 0xFFFF_FFFF_FFFF_FFFF


class MetadataResponse(Response):  # type: ignore[misc]
    """Brokers, and topics with their ids and the state of their partitions."""

    API_KEY = 3
    API_VERSION = 10
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32), ("host", _TEXT), ("port", Int32), ("rack", _TEXT), _TAGS
            ),
        ),
        ("cluster_id", _TEXT),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("topic", _TEXT),
                *_ID,
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", CompactArray(Int32)),
                        ("isr", CompactArray(Int32)),
                        ("offline_replicas", CompactArray(Int32)),
                        _TAGS,
                    ),
                ),
                ("operations", Int32),
                _TAGS,
            ),
        ),
        ("operations", Int32),
        _TAGS,
    )


class MetadataStruct(RequestStruct):  # type: ignore[misc]
    """Version 10, which brokers know since Kafka 2.8: the first with ids of topics."""

    FLEXIBLE_VERSION = True
    API_KEY = 3
    API_VERSION = 10
    RESPONSE_TYPE = MetadataResponse
    SCHEMA = Schema(
        ("topics", CompactArray(*_ID, ("name", _TEXT), _TAGS)),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_authorized_operations", Boolean),
        ("include_topic_authorized_operations", Boolean),
        _TAGS,
    )


class Metadata(Request[MetadataStruct]):  # type: ignore[misc]
    """Asks for the cluster, and for these topics; None: for all that one may see."""

    API_KEY = 3

    def __init__(self, topics: list[str] | None) -> None:
        """Name the topics."""
        self.topics = topics

    def build(self, request_struct_class: type[MetadataStruct]) -> MetadataStruct:
        """Write it; no topic is made by being asked for."""
        named: list[Any] | None = (
            None if self.topics is None else [(0, 0, name, {}) for name in self.topics]
        )
        return request_struct_class(named, False, False, False, {})  # noqa: FBT003 - Kafka's order


class LogDirsResponse(Response):  # type: ignore[misc]
    """Where a broker keeps its partitions, and how much room there is."""

    API_KEY = 35
    API_VERSION = 4
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("error_code", Int16),
        (
            "results",
            CompactArray(
                ("error_code", Int16),
                ("log_dir", _TEXT),
                (
                    "topics",
                    CompactArray(
                        ("topic", _TEXT),
                        (
                            "partitions",
                            CompactArray(
                                ("partition", Int32),
                                ("size", Int64),
                                ("offset_lag", Int64),
                                ("is_future", Boolean),
                                _TAGS,
                            ),
                        ),
                        _TAGS,
                    ),
                ),
                ("total_bytes", Int64),
                ("usable_bytes", Int64),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class LogDirsStruct(RequestStruct):  # type: ignore[misc]
    """Version 4, which brokers know since Kafka 3.3: the first that tells of room (KIP-827)."""

    FLEXIBLE_VERSION = True
    API_KEY = 35
    API_VERSION = 4
    RESPONSE_TYPE = LogDirsResponse
    SCHEMA = Schema(
        ("topics", CompactArray(("topic", _TEXT), ("partitions", CompactArray(Int32)), _TAGS)),
        _TAGS,
    )


class LogDirs(Request[LogDirsStruct]):  # type: ignore[misc]
    """Asks one broker for its disks, and for no partition on them."""

    API_KEY = 35

    def build(self, request_struct_class: type[LogDirsStruct]) -> LogDirsStruct:
        """Write it."""
        return request_struct_class([], {})


async def metadata(client: Any, topics: list[str] | None) -> dict[str, Any]:
    """Ask any broker; `client` is aiokafka's, of a consumer or an administrator."""
    node = client.get_random_node()
    if node is None:
        msg = "no broker is known yet"
        raise NodeNotReadyError(msg)
    answer = await client.send(node, Metadata(topics))
    found: dict[str, Any] = answer.to_object()
    return found


async def topic_id(client: Any, topic: str) -> str | None:
    """Return the id that a topic was given when it was made; another topic has another.

    None: it has none, or the broker is too old to know. Raises KafkaError, also where there is no
    such topic.
    """
    try:
        (found,) = (await metadata(client, [topic]))["topics"]
    except TOO_OLD:
        return None
    if found["error_code"]:
        raise for_code(found["error_code"])(topic)
    return _id_of(found)


async def topic_ids(client: Any, topics: Collection[str]) -> dict[str, str]:
    """Return the ids of topics; those that are not there now, or have none, are left out."""
    try:
        found = (await metadata(client, sorted(topics)))["topics"]
    except TOO_OLD:
        return {}
    known = ((each["topic"], _id_of(each)) for each in found if not each["error_code"])
    return {topic: told for topic, told in known if told is not None}


def _id_of(topic: Mapping[str, Any]) -> str | None:
    """Read an id; a cluster whose topics were made before there were ids says zero."""
    high, low = topic["id_high"] & _HALF, topic["id_low"] & _HALF
    return f"{high:016x}{low:016x}" if high or low else None


async def disks(client: Any, node: int) -> list[tuple[int, int]]:
    """Return size and used bytes of each disk of a broker; a broker too old tells of none.

    Raises KafkaError where this user may not know.
    """
    answer = (await client.send(node, LogDirs())).to_object()
    if answer["error_code"]:
        msg = f"disks of broker {node}"
        raise for_code(answer["error_code"])(msg)
    return [
        (each["total_bytes"], each["total_bytes"] - each["usable_bytes"])
        for each in answer["results"]
        if not each["error_code"] and each["total_bytes"] > 0
    ]
