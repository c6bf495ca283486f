"""Principals for trying things out: one of each role; keys and passwords in the data directory.

Passwords are drawn: no two deployments have the same, and nobody can know one from the manual.
"""

import http.client
import json
import secrets
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from deploy.local.datadir import write_private
from deploy.local.errors import NotReadyError

KEYS = "keys"
"""Folder of the data directory with one file per principal: its key, readable by its owner."""
PASSWORDS = "passwords"
"""The same for passwords, as they were first given: whoever changes his, knows it."""
FOLDER_MODE = 0o700
SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Signs of passwords that are drawn: none is taken for another."""
GROUPS = 4
GROUP_SIGNS = 4
"""Four groups of four: 79 random bits."""
ANSWER_SECONDS = 30.0
ANSWER_BYTES_MAX = 100_000

CITY = "990100-7"
"""The synthetic city that `dualwatch up --demo` loads."""
DEPARTMENT = "101"
UNIT = "101001"
DIVISION = "000005"
"""Reviews the department in every city that the seed makes."""
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
    Demo("unit-approver", "unit_approver", "演示:单位负责人", (CITY,), (UNIT,)),
    Demo(
        "department-reviewer", "department_reviewer", "演示:主管部门审核人", (CITY,), (DEPARTMENT,)
    ),
    Demo(
        "counterpart-division",
        "counterpart_division",
        "演示:业务处室",
        (CITY,),
        (DIVISION,),
    ),
    Demo(GUEST, "performance_division", "演示:预算绩效管理处"),
    Demo("bureau-leader", "bureau_leader", "演示:局领导", (CITY,)),
    Demo("data-desk", "data_desk", "演示:数据管理岗", (CITY,)),
    Demo("auditor", "auditor", "演示:审计"),
    Demo("operator", "operator", "演示:运维"),
)


def key_file(data_dir: Path, name: str) -> Path:
    """Tell where a principal's key is kept."""
    return data_dir / KEYS / name


def password_file(data_dir: Path, name: str) -> Path:
    """Tell where a principal's first password is kept."""
    return data_dir / PASSWORDS / name


def password_of(data_dir: Path, name: str) -> str | None:
    """Read a principal's first password; None if it was given none."""
    try:
        return password_file(data_dir, name).read_text("utf-8").strip()
    except OSError:
        return None


def give_passwords(intake: str, key: str, data_dir: Path) -> None:
    """Give a password to those that have none here yet; again, nothing is changed."""
    folder = data_dir / PASSWORDS
    folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
    for demo in DEMOS:
        file = password_file(data_dir, demo.name)
        if file.exists():
            continue
        password = draw_password()
        path = f"/v1/principals/{demo.name}/password"
        status, told = _send(intake, key, "PUT", path, {"password": password})
        if status == HTTPStatus.OK:
            write_private(file, password)
        elif status not in {HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND}:
            message = f"intake set no password for {demo.name}: {status} {told.get('title')}"
            raise NotReadyError(message)


def draw_password() -> str:
    """Draw a password that can be typed from a screen."""
    groups = ("".join(secrets.choice(SIGNS) for _ in range(GROUP_SIGNS)) for _ in range(GROUPS))
    return "-".join(groups)


def give_out(intake: str, key: str, data_dir: Path) -> None:
    """Register those that have no key here yet, and keep their keys; again, nothing is changed."""
    folder = data_dir / KEYS
    folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
    for demo in DEMOS:
        file = key_file(data_dir, demo.name)
        if file.exists():
            continue
        status, given = _send(intake, key, "POST", "/v1/principals", demo.wanted())
        if status == HTTPStatus.CONFLICT:
            # In a store that outlived the data directory.
            path = f"/v1/principals/{demo.name}/keys"
            wanted = {"overlap_seconds": 0, "expires": None}
            status, given = _send(intake, key, "POST", path, wanted)
        if status == HTTPStatus.CREATED:
            write_private(file, given["key"])
        elif status != HTTPStatus.CONFLICT:
            message = f"intake gave out no key for {demo.name}: {status} {given.get('title')}"
            raise NotReadyError(message)


def _send(
    url: str, key: str, method: str, path: str, body: dict[str, Any]
) -> tuple[int, dict[str, Any]]:
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.netloc, timeout=ANSWER_SECONDS)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    try:
        connection.request(method, path, json.dumps(body), headers)
        answer = connection.getresponse()
        found: dict[str, Any] = json.loads(answer.read(ANSWER_BYTES_MAX))
    except (OSError, http.client.HTTPException, ValueError) as error:
        message = f"intake does not answer as it should: {error!r}"
        raise NotReadyError(message) from error
    finally:
        connection.close()
    return answer.status, found
