"""Principals for trying things out: one of each kind, their keys in the data directory."""

import http.client
import json
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from deploy.local.datadir import write_private
from deploy.local.errors import NotReadyError

KEYS = "keys"
"""Folder of the data directory with one file per principal: its key, readable by its owner."""
FOLDER_MODE = 0o700
ANSWER_SECONDS = 30.0
ANSWER_BYTES_MAX = 100_000

CITY = "990100-7"
"""The synthetic city that `dualwatch up --demo` loads."""
DEPARTMENT = "101"
UNIT = "101001"
GUEST = "performance-division"
"""Whose key the page uses on this machine for who has not signed in."""


@dataclass(frozen=True)
class Demo:
    """One principal for trying things out."""

    name: str
    role: str
    title: str
    jurisdictions: tuple[str, ...] | None = None
    organisations: tuple[str, ...] = ()

    def scope(self) -> str:
        """Say what it may see or state."""
        if self.jurisdictions is None:
            return "everything"
        return "/".join((*self.jurisdictions, *self.organisations))

    def wanted(self) -> dict[str, Any]:
        """Write what intake is asked for."""
        return {
            "id": self.name,
            "name": self.title,
            "roles": [self.role],
            "jurisdictions": self.jurisdictions,
            "organisations": self.organisations,
            "expires": None,
        }


DEMOS = (
    Demo("city-finance", "publisher", "演示:市财政核算系统", (CITY,)),
    Demo("unit-filler", "unit_filler", "演示:单位填报人", (CITY,), (UNIT,)),
    Demo(
        "department-reviewer", "department_reviewer", "演示:主管部门审核人", (CITY,), (DEPARTMENT,)
    ),
    Demo(GUEST, "performance_division", "演示:预算绩效管理处"),
    Demo("auditor", "auditor", "演示:审计"),
    Demo("operator", "operator", "演示:运维"),
)


def key_file(data_dir: Path, name: str) -> Path:
    """Tell where a principal's key is kept."""
    return data_dir / KEYS / name


def give_out(intake: str, key: str, data_dir: Path) -> None:
    """Register those that have no key here yet, and keep their keys; again, nothing is changed."""
    folder = data_dir / KEYS
    folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
    for demo in DEMOS:
        file = key_file(data_dir, demo.name)
        if file.exists():
            continue
        status, given = _post(intake, key, "/v1/principals", demo.wanted())
        if status == HTTPStatus.CONFLICT:
            # In a store that outlived the data directory.
            path = f"/v1/principals/{demo.name}/keys"
            status, given = _post(intake, key, path, {"overlap_seconds": 0, "expires": None})
        if status == HTTPStatus.CREATED:
            write_private(file, given["key"])
        elif status != HTTPStatus.CONFLICT:
            message = f"intake gave out no key for {demo.name}: {status} {given.get('title')}"
            raise NotReadyError(message)


def _post(url: str, key: str, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.netloc, timeout=ANSWER_SECONDS)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    try:
        connection.request("POST", path, json.dumps(body), headers)
        answer = connection.getresponse()
        found: dict[str, Any] = json.loads(answer.read(ANSWER_BYTES_MAX))
    except (OSError, http.client.HTTPException, ValueError) as error:
        message = f"intake does not answer as it should: {error!r}"
        raise NotReadyError(message) from error
    finally:
        connection.close()
    return answer.status, found
