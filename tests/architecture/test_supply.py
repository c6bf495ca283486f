"""What we rest on: listed as it is locked, and asked about without being fooled by a silence."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Final

from tests.architecture.repository import ROOT
from tests.support import sbom

KNOWN: Final = {
    "dependencies": [
        {"name": "sound", "version": "1.0", "vulns": []},
        {"name": "bad", "version": "2.0", "vulns": [{"id": "CVE-1", "fix_versions": ["2.1"]}]},
    ]
}


def test_the_list_of_what_we_rest_on_is_the_lock() -> None:
    """CycloneDX: every package with its version and address, and the same bytes again."""
    made = sbom.written()
    found = json.loads(made)
    parts = found["components"]

    assert ("CycloneDX", "dualwatch") == (
        found["bomFormat"],
        found["metadata"]["component"]["name"],
    )
    assert set(sbom.locked()) == {(one["name"], one["version"]) for one in parts}
    assert all(one["purl"].startswith(f"pkg:pypi/{one['name']}@") for one in parts)
    assert made == sbom.written()


def audited(folder: Path, says: str, code: int) -> tuple[int, str]:
    """Run the audit with a stand-in for pip-audit that says this and ends with that."""
    stand_in = folder / "pip-audit"
    stand_in.write_text(f"#!/bin/sh\n{says}\nexit {code}\n")
    stand_in.chmod(0o755)
    done = subprocess.run(  # noqa: S603 - a script of ours
        [ROOT / ".ci" / "audit"],
        capture_output=True,
        check=False,
        env={**os.environ, "PIP_AUDIT": str(stand_in)},
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout


def test_an_audit_that_could_not_ask_says_so(tmp_path: Path) -> None:
    """A service that is away is neither a pass nor a finding."""
    code, said = audited(tmp_path, "echo 'ConnectionError: no way there' >&2", 1)

    assert 2 == code
    assert "could not ask" in said
    assert "no way there" in said


def test_an_audit_names_what_is_known(tmp_path: Path) -> None:
    """And nothing else; without a finding it says of how many packages."""
    code, said = audited(tmp_path, f"echo '{json.dumps(KNOWN)}'", 1)
    sound, none = audited(tmp_path, "echo '{}'", 0)

    assert (1, "audit: bad 2.0: CVE-1, fixed in 2.1\n") == (code, said)
    assert (0, f"audit: nothing is known of any of {len(sbom.locked())} packages\n") == (
        sound,
        none,
    )


def test_ci_asks_and_lists() -> None:
    """Both stand in what CI runs."""
    said = (ROOT / ".ci" / "run").read_text("utf-8")

    assert {"make audit", "make sbom"} <= set(re.findall(r"make [a-z]+", said))
