"""The committed JSON Schema of pack files: `python -m services.alerts.packs.schema` writes it."""

import json
from pathlib import Path
from typing import Final

from services.alerts.packs.model import PackForm

SCHEMA_FILE: Final = Path(__file__).with_name("pack.schema.json")


def schema_text() -> str:
    """Generate the schema from the model."""
    schema = PackForm.model_json_schema(mode="validation")
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
