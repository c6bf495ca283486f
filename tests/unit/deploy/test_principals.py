"""Demo principals get their keys once, for their owner's eyes alone."""

import re
from pathlib import Path
from typing import Any

import pytest

from contracts.vocabulary import Role
from deploy.local import principals
from deploy.local.errors import NotReadyError
from deploy.local.principals import (
    DEMOS,
    give_out,
    give_passwords,
    key_file,
    password_of,
)
from services.intake.domain.accounts import weakness


class Intake:
    """Answers in turn, and remembers what it was asked."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def send(
        self, _url: str, _key: str, method: str, path: str, body: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        """Give out a key or set a password, unless it was said otherwise."""
        self.asked.append((path, body))
        status = self.statuses.pop(0) if self.statuses else 201 if method == "POST" else 200
        return status, {"key": f"dw_{len(self.asked)}", "title": "why not"}


def given(monkeypatch: pytest.MonkeyPatch, folder: Path, *statuses: int) -> Intake:
    """Give out keys once."""
    intake = Intake(*statuses)
    monkeypatch.setattr(principals, "_send", intake.send)
    give_out("http://intake", "key", folder)
    return intake


def test_each_gets_a_key_and_keeps_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A restart on the same directory asks for nothing."""
    first = given(monkeypatch, tmp_path)
    kept = {demo.name: key_file(tmp_path, demo.name).read_text("utf-8") for demo in DEMOS}
    again = given(monkeypatch, tmp_path)

    assert [demo.name for demo in DEMOS] == [body["id"] for _, body in first.asked]
    assert len(set(kept.values())) == len(DEMOS)
    assert [] == again.asked
    assert 0o700 == (tmp_path / "keys").stat().st_mode & 0o777
    assert {0o600} == {file.stat().st_mode & 0o777 for file in (tmp_path / "keys").iterdir()}


def test_in_a_store_that_knows_them_they_get_new_keys(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The old ones end: nobody has them any more."""
    intake = given(monkeypatch, tmp_path, 409)

    assert (f"/v1/principals/{DEMOS[0].name}/keys", 0) == (
        intake.asked[1][0],
        intake.asked[1][1]["overlap_seconds"],
    )
    assert key_file(tmp_path, DEMOS[0].name).exists()


def test_one_that_was_revoked_stays_without(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Somebody wanted it so."""
    given(monkeypatch, tmp_path, 409, 409)

    assert not key_file(tmp_path, DEMOS[0].name).exists()
    assert key_file(tmp_path, DEMOS[1].name).exists()


def test_an_intake_that_gives_none_is_not_ready(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In its own words."""
    with pytest.raises(NotReadyError, match="why not"):
        given(monkeypatch, tmp_path, 403)


def test_each_gets_a_password_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Drawn, kept for its owner alone, and set once."""
    intake = Intake()
    monkeypatch.setattr(principals, "_send", intake.send)
    for _ in range(2):
        give_passwords("http://intake", "key", tmp_path)
    files = list((tmp_path / "passwords").iterdir())
    first = password_of(tmp_path, DEMOS[0].name)

    assert [f"/v1/principals/{demo.name}/password" for demo in DEMOS] == [
        path for path, _ in intake.asked
    ]
    assert {"password": first} == intake.asked[0][1]
    assert len(DEMOS) == len({body["password"] for _, body in intake.asked})
    assert first
    assert re.fullmatch(r"[a-z2-9]{4}(-[a-z2-9]{4}){3}", first)
    assert weakness(first, DEMOS[0].name) is None
    assert {0o600} == {file.stat().st_mode & 0o777 for file in files}
    assert password_of(tmp_path, "nobody") is None


def test_an_intake_that_sets_none_is_not_ready(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """But one that was revoked stays without."""
    monkeypatch.setattr(principals, "_send", Intake(409).send)
    give_passwords("http://intake", "key", tmp_path)
    monkeypatch.setattr(principals, "_send", Intake(422).send)

    with pytest.raises(NotReadyError, match="why not"):
        give_passwords("http://intake", "key", tmp_path)


def test_there_is_one_for_each_role() -> None:
    """Whoever tries it out can be anybody."""
    assert sorted(Role) == sorted(demo.role for demo in DEMOS)
