"""Scripts of pages run without a browser: by the Node.js that Playwright brings along."""

import json
import subprocess
from pathlib import Path
from typing import Any, Final

from playwright._impl._driver import compute_driver_executable

SECONDS: Final = 60.0
STATIC: Final = Path(__file__).parents[2] / "services" / "console" / "static"
_RUN: Final = """
const vm = require("node:vm");
const { files, code, given } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const heard = {};
const document = {
  addEventListener: (name, does) => { (heard[name] = heard[name] || []).push(does); },
  documentElement: { lang: "zh-CN" },
  getElementById: () => null,
  querySelectorAll: () => [],
};
const context = vm.createContext({ window: {}, document, heard, given, console });
files.forEach((text) => vm.runInContext(text, context));
const said = (found) => process.stdout.write(JSON.stringify(found));
Promise.resolve(vm.runInContext(`(async () => { ${code} })()`, context)).then(said);
"""


def told_by(names: list[str], code: str, given: Any) -> Any:
    """Load scripts by their names, run the body of a function, and give what it returns.

    It finds `given`, the scripts' `window`, and `heard`: what they listen to on the document.
    """
    files = [(STATIC / name).read_text("utf-8") for name in names]
    asked = json.dumps({"files": files, "code": code, "given": given})
    node, _ = compute_driver_executable()
    done = subprocess.run(  # noqa: S603 - Playwright's own program
        (str(node), "-e", _RUN), input=asked.encode(), capture_output=True, check=True,
        timeout=SECONDS,
    )  # fmt: skip
    return json.loads(done.stdout)
