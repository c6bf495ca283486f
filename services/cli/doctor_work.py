"""What `dualwatch doctor` does; imported when it is called."""

import asyncio
import os
import shutil
import ssl
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from deploy.local.datadir import default_data_dir
from services.cli import doctor_kafka, doctor_lag, doctor_services, doctor_tls
from services.cli.client import Client
from services.cli.environment import OperatorSettings, operator_settings
from services.cli.errors import CliError
from services.cli.findings import Finding, disk, fault, unknown
from services.cli.places import Service, trusted
from services.cli.store import examining
from services.cli.store.client import connected
from services.cli.topic_ends import read_ends

HTTPS_PORT: Final = 443
MONGO_PORT: Final = 27_017


def findings(client: Client) -> list[Finding]:
    """Look at everything, whatever is away."""
    found = doctor_services.examine(client)
    try:
        settings = operator_settings(os.environ)
    except CliError as error:
        do = "run it where Kafka and MongoDB can be reached, with their settings"
        return [*found, *(unknown("connection", part, str(error), do) for part in PARTS)]
    looked = _mongo(settings)
    kafka = asyncio.run(doctor_kafka.examine(settings.kafka, looked.partitions))
    found += [*kafka, *looked.findings, *_lag(settings, looked)]
    found += asyncio.run(doctor_tls.examine(_spoken(client, settings)))
    return [*found, *_data_dir()]


PARTS: Final = ("kafka", "mongodb")


def _mongo(settings: OperatorSettings) -> examining.Looked:
    try:
        with connected(settings.mongo) as client:
            return examining.examine(client)
    except CliError as error:
        do = "start it; is DUALWATCH_MONGO__URL right (`dualwatch config show`)?"
        away = fault("connection", "mongodb", str(error), do, "dualwatchnotready")
        return examining.Looked([away])


def _lag(settings: OperatorSettings, looked: examining.Looked) -> list[Finding]:
    topics = {str(found["_id"]).rsplit(":", 2)[1] for _, found in looked.progress}
    if not topics:
        return []
    try:
        ends = asyncio.run(read_ends(settings.kafka, sorted(topics)))
    except CliError as error:
        return [unknown("lag", "kafka", str(error), "bring Kafka back")]
    return doctor_lag.judge(looked.progress, ends)


def _spoken(client: Client, settings: OperatorSettings) -> Iterator[doctor_tls.Spoken]:
    """Name everything that is spoken to with TLS."""
    kafka = settings.kafka
    if kafka.encrypted:
        for server in kafka.servers:
            host, _, port = server.rpartition(":")
            yield doctor_tls.Spoken("kafka", host, int(port), kafka.client["ssl_context"])
    mongo = settings.mongo
    if mongo.ca_file:
        context = ssl.create_default_context(cafile=mongo.ca_file)
        if mongo.certificate_file:
            context.load_cert_chain(mongo.certificate_file)
        for server in urlsplit(mongo.url).netloc.rpartition("@")[2].split(","):
            name, _, own = server.partition(":")
            yield doctor_tls.Spoken("mongodb", name, int(own or MONGO_PORT), context)
    trust = trusted(os.environ)
    trust = ssl.create_default_context() if isinstance(trust, bool) else trust
    for service in Service:
        place = urlsplit(client.places.urls.get(service, ""))
        if place.scheme == "https" and place.hostname:
            yield doctor_tls.Spoken(service, place.hostname, place.port or HTTPS_PORT, trust)


def _data_dir() -> Iterator[Finding]:
    folder = default_data_dir()
    if folder.is_dir():
        usage = shutil.disk_usage(folder)
        yield disk(f"data directory {folder}", usage.used, usage.total)
