"""The secrets of a deployment: whose they are, that they fit together, and that they stay."""

import datetime as dt
import logging
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

import pytest
from aiokafka.errors import KafkaConnectionError
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pymongo.errors import ServerSelectionTimeoutError
from typer.testing import CliRunner

from deploy.local import access, mongo_access
from deploy.local.errors import NotReadyError, UsageError
from deploy.setup import layout, making, stores
from deploy.setup.layout import Shape
from deploy.setup.making import Maker
from services.cli.app import app
from services.cli.errors import CliError

NOW: Final = dt.datetime(2026, 11, 29, tzinfo=dt.UTC)
SHAPE: Final = Shape(
    site="dualwatch.example.org", publishers=("finance",), addresses={"kafka-1": ("10.0.0.1",)}
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make everything once."""
    folder = tmp_path_factory.mktemp("secrets")
    Maker(folder, SHAPE, NOW).make()
    return folder


def names(file: Path) -> set[str]:
    """Read whom a certificate speaks for."""
    certificate = x509.load_pem_x509_certificate(file.read_bytes())
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    hosts = found.get_values_for_type(x509.DNSName)
    return {*hosts, *map(str, found.get_values_for_type(x509.IPAddress))}


def test_each_part_has_its_own_and_no_others(made: Path) -> None:
    """A folder for each, in it what it needs."""
    found = {
        folder.name: {file.name for file in folder.iterdir() if file.is_file()}
        for folder in made.iterdir()
        if folder.name not in {"authority", "setup"}
    }
    tls, stored = {"ca.pem", "tls.pem", "tls.key"}, {"kafka-password", "mongo-password"}

    assert found == {
        **{name: {"ca.pem", "node.pem"} for name in SHAPE.nodes("kafka")},
        **{name: {"ca.pem", "node.pem", "mongo.key"} for name in SHAPE.nodes("mongo")},
        "mongo-1": {"ca.pem", "node.pem", "mongo.key", "root-password"},
        **{name: {*tls, *stored, "key"} for name in layout.STORES},
        "intake": {*tls, *stored, "key", "people-key", "checkpoint.key"},
        "console": {*tls, "key"},
        "proxy": tls,
        "prometheus": {"ca.pem"},
        "grafana": {"admin-password"},
        "operator": {"ca.pem", *stored, "key"},
    }


def test_nobody_else_reads_them(made: Path) -> None:
    """Files of mode 400 in folders of mode 700."""
    files = [path for path in made.rglob("*") if path.is_file()]
    folders = [path for path in made.rglob("*") if path.is_dir()]

    assert {0o400} == {path.stat().st_mode & 0o777 for path in files}
    assert {0o700} == {path.stat().st_mode & 0o777 for path in folders}


def test_what_is_the_same_at_two_places_agrees(made: Path) -> None:
    """A service's password is the one that its store is told."""
    for user in (*layout.STORES, "operator"):
        for store in ("kafka", "mongo"):
            told = (made / "setup" / "users" / store / user).read_text("utf-8")
            assert told == (made / user / f"{store}-password").read_text("utf-8")
    keys = {(made / name / "key").read_text("utf-8") for name in (*layout.SERVICES, "operator")}
    assert len(keys) == 1
    passwords = [file.read_text("utf-8") for file in (made / "setup" / "users").rglob("*/*")]
    assert len(passwords) == len(set(passwords))
    users = making.passwords(made / "setup" / "users" / "kafka")
    assert set(users) == {*access.users(("finance",))}
    assert {*mongo_access.users(), mongo_access.ADMIN} == set(
        making.passwords(made / "setup" / "users" / "mongo")
    )


def test_certificates_speak_for_the_names_that_are_asked_for(made: Path) -> None:
    """Of a service all its processes and the name they share; the page's of the site."""
    both = {"intake-1", "intake-2"}
    assert {"intake", *both, "dualwatch-intake", "localhost", "127.0.0.1"} == names(
        made / "intake" / "tls.pem"
    )
    assert "dualwatch.example.org" in names(made / "proxy" / "tls.pem")
    assert {"kafka-1", "10.0.0.1"} <= names(made / "authority" / "kafka-1.pem")


def test_certificates_and_keys_belong_together(made: Path) -> None:
    """A server can be made of each, and a client trusts it."""
    for service in (*layout.SERVICES, "proxy", "setup"):
        context = ssl.create_default_context(cafile=made / service / "ca.pem")
        context.load_cert_chain(made / service / "tls.pem", made / service / "tls.key")
    for node in (*SHAPE.nodes("kafka"), *SHAPE.nodes("mongo")):
        ssl.create_default_context().load_cert_chain(made / node / "node.pem")
    key = load_pem_private_key((made / "intake" / "checkpoint.key").read_bytes(), None)
    assert isinstance(key, Ed25519PrivateKey)


def test_an_operator_loses_the_certificate_of_who_may_do_everything(tmp_path: Path) -> None:
    """A former release gave it to him; one of another name or authority stays."""
    shape = Shape(brokers=1, members=1)
    Maker(tmp_path, shape, NOW).make()
    operator = tmp_path / "operator"
    for given, stays in (("setup", False), ("intake", True)):
        for kind in ("tls.pem", "tls.key"):
            (operator / kind).write_bytes((tmp_path / given / kind).read_bytes())
        Maker(tmp_path, shape, NOW).make()

        assert [stays] * 2 == [(operator / kind).exists() for kind in ("tls.pem", "tls.key")]


def test_made_again_nothing_changes_and_what_is_missing_comes(tmp_path: Path) -> None:
    """A publisher that comes later gets a password; the others keep theirs."""
    Maker(tmp_path, Shape(brokers=1, members=1), NOW).make()
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    Maker(tmp_path, Shape(brokers=1, members=1, publishers=("late",)), NOW).make()

    assert before == {file: file.read_bytes() for file in before}
    assert (tmp_path / "setup" / "users" / "kafka" / "publish.late").is_file()


def test_a_name_that_comes_later_gets_into_the_certificate(tmp_path: Path) -> None:
    """A third process, another name of the page; who has all names keeps what he has."""
    Maker(tmp_path, Shape(), NOW).make()
    node = (tmp_path / "kafka-1" / "node.pem").read_bytes()
    Maker(tmp_path, Shape(instances=3, site="dualwatch.example.org"), NOW).make()

    assert "intake-3" in names(tmp_path / "intake" / "tls.pem")
    assert "dualwatch.example.org" in names(tmp_path / "proxy" / "tls.pem")
    assert node == (tmp_path / "kafka-1" / "node.pem").read_bytes()
    context = ssl.create_default_context(cafile=tmp_path / "intake" / "ca.pem")
    context.load_cert_chain(tmp_path / "intake" / "tls.pem", tmp_path / "intake" / "tls.key")


def test_certificates_of_another_authority_stay(tmp_path: Path) -> None:
    """The page's, those of nodes, and whom a part trusts beside our authority."""
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    Maker(ours, SHAPE, NOW).make()
    Maker(theirs, SHAPE, NOW).make()
    put = ("proxy/tls.pem", "proxy/tls.key", "kafka-1/node.pem", "intake/ca.pem")
    for file in put:
        (ours / file).unlink()
        (ours / file).write_bytes((theirs / file).read_bytes())
    Maker(ours, SHAPE, NOW).make()

    assert [
        file for file in put if (ours / file).read_bytes() != (theirs / file).read_bytes()
    ] == []


def test_a_key_of_the_authority_that_was_taken_away_is_asked_for(tmp_path: Path) -> None:
    """Without it all stays as it is, until a certificate is needed."""
    Maker(tmp_path, Shape(), NOW).make()
    (tmp_path / "authority" / "ca.key").unlink()
    Maker(tmp_path, Shape(), NOW).make()

    with pytest.raises(UsageError, match=r"ca\.key is not there, and intake needs a certificate"):
        Maker(tmp_path, Shape(instances=3), NOW).make()


def test_folders_belong_to_the_users_of_their_containers() -> None:
    """As the images have them; the authority's key is root's."""
    assert making.owner_of("authority") == 0
    assert making.owner_of("kafka-2") == layout.KAFKA
    assert making.owner_of("mongo-3") == layout.MONGO
    assert {making.owner_of(name) for name in (*layout.SERVICES, "setup", "proxy")} == {layout.OURS}


def test_what_cannot_run_is_refused() -> None:
    """Counts and addresses have limits."""
    with pytest.raises(UsageError, match="--brokers 0"):
        Shape(brokers=0)
    with pytest.raises(UsageError, match="addresses"):
        Shape(addresses={"kafka-1": ("a",) * 101})


def test_a_store_that_is_away_is_asked_again_until_the_deadline() -> None:
    """What kept it is told then."""
    tries: list[int] = []

    def second() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise KafkaConnectionError

    stores.insist(second, "Kafka", 5)
    assert len(tries) == 2

    def never() -> None:
        message = "no route"
        raise OSError(message)

    with pytest.raises(NotReadyError, match="no route"):
        stores.insist(never, "Kafka", 0)


@pytest.mark.parametrize(
    ("sets", "founded"),
    [
        ({"a:1": None, "b:1": None}, ["a:1"]),
        ({"a:1": None, "b:1": "rs0"}, []),
        # The first is lost, the others serve: there is nothing to found.
        ({"b:1": "rs0"}, []),
        ({"b:1": None}, ["a:1"]),
    ],
)
def test_a_set_that_is_there_is_not_founded_again(
    sets: dict[str, str | None], founded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever member says so, and whoever is away."""
    asked: list[str] = []

    class Member:
        def __init__(self, host: str, given: Mapping[str, object]) -> None:
            self.host, self.given, self.admin = host, given, self

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            """Close."""

        def command(self, name: str) -> dict[str, str | None]:
            assert name == "hello"
            assert "password" not in self.given
            if self.host not in sets:
                message = "nobody is there"
                raise ServerSelectionTimeoutError(message)
            return {"setName": sets[self.host]}

    def initiate(member: Member, hosts: list[str]) -> None:
        assert "password" in member.given
        assert ["a:1", "b:1"] == hosts
        asked.append(member.host)

    monkeypatch.setattr(stores, "_direct", Member)
    monkeypatch.setattr("deploy.local.mongo_admin.initiate", initiate)
    stores.found_set({"host": "mongodb://a", "username": "u", "password": "p"}, ["a:1", "b:1"])

    assert founded == asked


def test_while_it_waits_nobody_is_told_again_and_again(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Kafka's client says on every try is held back; and it tries once a second."""
    monkeypatch.setattr(stores, "TRY_SECONDS", 0.01)
    tries: list[int] = []

    def step() -> None:
        tries.append(1)
        logging.getLogger("aiokafka").error("Unable connect")  # noqa: TID251 - as it does
        if len(tries) < 3:
            raise KafkaConnectionError

    stores.insist(step, "Kafka", 5)

    assert 3 == len(tries)
    assert "Unable connect" not in caplog.text


def test_the_command_makes_them(tmp_path: Path) -> None:
    """`dualwatch setup secrets`; a slip of the pen is told."""
    options = ["--brokers", "1", "--mongo-members", "1", "--address", "intake=10.0.0.2"]
    result = CliRunner().invoke(app, ["setup", "secrets", str(tmp_path), *options])

    assert result.exit_code == 0, result.output
    assert "10.0.0.2" in names(tmp_path / "intake" / "tls.pem")
    (tmp_path / "a-file").touch()
    for arguments, words in (
        (["secrets", str(tmp_path), "--address", "intake"], "PART=NAME"),
        (["secrets", str(tmp_path / "a-file")], "a-file"),
        (["mongo", "--found", "mongo-1"], "HOST:PORT"),
    ):
        wrong = CliRunner().invoke(app, ["setup", *arguments])
        assert isinstance(wrong.exception, CliError), arguments
        assert words in str(wrong.exception)
