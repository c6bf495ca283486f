"""Evidence packages (Art. 16; domain-rules 25): a zip whose receiver can check every part alone.

`manifest.json` names each part with its SHA-256; `referral.json` is a chain of steps; each entry
lies with its proof, which leads to a checkpoint signed by the deployment.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from services.alerts.domain.referrals import broken_at
from services.cli.client import Client, segment
from services.cli.errors import CliError, ExitCode
from services.cli.ledger_proofs import key_of, proved
from services.cli.places import Service

MANIFEST: Final = "manifest.json"
REFERRAL: Final = "referral.json"
PROOFS: Final = "proofs/"
PARTS_MAX: Final = 2_000
"""Most parts of a package that is read."""
PACKAGE_BYTES_MAX: Final = 1_000_000_000
"""Largest package that is read, unpacked."""
PROOF_SECONDS: Final = 300
"""Longest wait for a proof: a checkpoint may have to be made for it."""
_MOMENT: Final = (1980, 1, 1, 0, 0, 0)
"""What every part is dated, so that equal parts make equal packages."""
README: Final = """证据包 / Evidence package

manifest.json 列出每个文件及其 SHA-256。referral.json 为移送记录(哈希链)。
proofs/ 为台账条目及其证明,可追溯到已签名的检查点。验证命令:
manifest.json names each part with its SHA-256. referral.json is a chain of steps. proofs/ holds
ledger entries with proofs that lead to a signed checkpoint. To check everything:

    dualwatch referrals verify FILE --public-key KEY.pem
"""

Parts = dict[str, bytes]


def gather(client: Client, referral: Mapping[str, Any]) -> Parts:
    """Ask the services for everything that a referral names."""
    stream = f"{referral['jurisdiction']}/{referral['project']}"
    parts: Parts = {REFERRAL: _json(referral), "README.txt": README.encode()}
    for alert in referral["alerts"]:
        parts[f"alerts/{alert}.json"] = _json(
            client.get(Service.ALERTS, f"/v1/alerts/{segment(alert)}")
        )
        history = list(client.items(Service.ALERTS, f"/v1/alerts/{segment(alert)}/history"))
        parts[f"alerts/{alert}.history.json"] = _json(history)
    for entry in referral["entries"]:
        of = entry["stream"] or stream
        path = f"/v1/proofs/{segment(of)}/{entry['sequence']}"
        answer = client.send(Service.INTAKE, "GET", path, wait_seconds=PROOF_SECONDS)
        parts[f"{PROOFS}{segment(of)}.{entry['sequence']}.json"] = answer.content
    for file in referral["evidence"]:
        path = f"/v1/evidence/{segment(file['sha256'])}"
        answer = client.send(Service.INTAKE, "GET", path, wait_seconds=PROOF_SECONDS)
        parts[f"evidence/{file['sha256']}"] = answer.content
    return parts


def pack(parts: Parts) -> bytes:
    """Write a package; equal parts make equal bytes."""
    manifest = {name: hashlib.sha256(content).hexdigest() for name, content in parts.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in sorted({**parts, MANIFEST: _json(manifest)}.items()):
            package.writestr(zipfile.ZipInfo(name, _MOMENT), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def verify(file: Path, public_key: Path | None) -> dict[str, Any]:
    """Check a package; CliError with exit code 1 names the first part that was changed."""
    parts = _parts(file)
    manifest = json.loads(parts.pop(MANIFEST, b"{}"))
    if manifest.keys() != parts.keys():
        odd = sorted(manifest.keys() ^ parts.keys())
        raise _changed(what=f"the manifest and the parts differ: {', '.join(odd[:10])}")
    for name, content in parts.items():
        if hashlib.sha256(content).hexdigest() != manifest[name]:
            raise _changed(what=f"{name} is not what the manifest says")
    referral = json.loads(parts[REFERRAL])
    broken = broken_at(referral["steps"])
    if broken is not None:
        raise _changed(what=f"{REFERRAL}: step {broken} does not follow on the one before")
    proofs = sorted(name for name in parts if name.startswith(PROOFS))
    key = key_of(public_key) if proofs else b""
    entries = []
    for name in proofs:
        found = proved(parts[name], key)
        entries.append(f"{found.stream}#{found.sequence}")
    return {
        "referral_id": referral["referral_id"],
        "parts": len(parts),
        "steps": len(referral["steps"]),
        "entries_proved": entries,
    }


def _parts(file: Path) -> Parts:
    try:
        with zipfile.ZipFile(file) as package:
            names = package.infolist()
            whole = sum(info.file_size for info in names)
            if len(names) > PARTS_MAX or whole > PACKAGE_BYTES_MAX:
                message = f"{file} holds more than a package may"
                raise CliError(message, ExitCode.USAGE)
            return {info.filename: package.read(info) for info in names}
    except OSError as error:
        message = f"{file} cannot be read: {error.strerror}"
        raise CliError(message, ExitCode.USAGE) from error
    except zipfile.BadZipFile as error:
        raise _changed(what=f"{file} is no whole package: {error}") from error


def _changed(*, what: str) -> CliError:
    return CliError(what, ExitCode.FAILED_CHECK)


def _json(found: Any) -> bytes:
    return json.dumps(found, ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n"
