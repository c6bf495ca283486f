"""What others wrote is what they published, with its licence."""

import hashlib
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

VENDOR: Final = Path(str(files("services.console") / "static" / "vendor"))
MANIFEST: Final[list[dict[str, Any]]] = tomllib.loads((VENDOR / "manifest.toml").read_text())[
    "file"
]
SCRIPT_BYTES_MAX: Final = 1_100_000


def test_every_file_has_the_hash_of_its_package() -> None:
    """None is missing, changed, or there without being named."""
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.iterdir()
        if path.name != "manifest.toml"
    }

    assert found == {file["name"]: file["sha256"] for file in MANIFEST}


def test_every_script_names_version_and_licence() -> None:
    """The licence's text lies beside it; no script is larger than a page may cost."""
    scripts = [file for file in MANIFEST if file["name"].endswith(".js")]

    assert {"htmx.org", "echarts"} == {file["package"] for file in scripts}
    for script in scripts:
        assert script["version"]
        assert script["license"]
        assert all((VENDOR / name).stat().st_size > 100 for name in script["license_files"])
        assert (VENDOR / script["name"]).stat().st_size < SCRIPT_BYTES_MAX
