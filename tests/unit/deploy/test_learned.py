"""What Kafka's JVM has learned of its classes is used where it is, and for what it was made."""

from pathlib import Path
from typing import Final

from deploy.local import kafka
from deploy.local.topology import KAFKA, Part

PART: Final = Part(KAFKA, KAFKA, 1, 20_000, 20_000)


def argv(jars: tuple[Path, ...]) -> tuple[str, ...]:
    """Give the command line of a broker with these jars."""
    folder = jars[0].parent.parent
    node = kafka.Node(PART, 20_001, folder / "1")
    return kafka.Cluster((node,), jars).command(node, KAFKA, folder / "log").argv


def test_a_broker_starts_by_what_was_learned_if_there_is_any(tmp_path: Path) -> None:
    """Without it, it starts as ever."""
    jars = (tmp_path / "jars" / "a.jar", tmp_path / "jars" / "b.jar")
    file = kafka.learned_file(jars)
    before = argv(jars)
    file.touch()
    option = f"-XX:AOTCache={file}"

    assert option not in before
    assert [*before].index("-cp") == [*argv(jars)].index(option)
    assert before == tuple(word for word in argv(jars) if word != option)


def test_other_jars_have_learned_nothing(tmp_path: Path) -> None:
    """Nor the same ones in another order: the JVM would not take it."""
    one, other = tmp_path / "jars" / "a.jar", tmp_path / "jars" / "b.jar"
    files = {kafka.learned_file(jars) for jars in ((one,), (one, other), (other, one))}

    assert 3 == len(files)
