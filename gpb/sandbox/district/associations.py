"""The two shapes in which a district's Canvas may store associations (contract: where the association lives)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

TO_JSON = json.JSONEncoder(ensure_ascii=False)
FLAG = "syncedWithSisCategory"


@dataclass(slots=True)
class Stored:
    """What one group's `integration_data` shall say: section SIS id to (category uuid, title), and the rest."""

    mapping: dict[str, tuple[str, str]] = field(default_factory=dict)
    elsewhere: bool = False
    """Aligned, but the vendor's own store knows with what: only the flag is here."""
    top: dict[str, Any] = field(default_factory=dict)
    """Top-level keys of other tools."""
    nested: dict[str, Any] = field(default_factory=dict)
    """Keys of other tools inside the vendor's object; the flat shape has no place for them."""

    def text(self, shape: str) -> str:
        """Return the JSON text in the given shape."""
        content = self._flat() if shape == "flat" else self._sistemic()
        return TO_JSON.encode(content) if content else "{}"

    def _flat(self) -> dict[str, Any]:
        content: dict[str, Any] = dict(self.top)
        content.update({key: category for key, (category, _) in self.mapping.items()})
        if self.mapping or self.elsewhere:
            content[FLAG] = True
        return content

    def _sistemic(self) -> dict[str, Any]:
        content: dict[str, Any] = dict(self.top)
        vendor: dict[str, Any] = dict(self.nested)
        if self.mapping:
            vendor["categoryMapping"] = {
                key: {"categoryId": category, "categoryTitle": title, "mappedBy": "teacher"}
                for key, (category, title) in self.mapping.items()
            }
        if vendor:
            content["sistemic"] = vendor
        if self.elsewhere:
            content[FLAG] = True
        return content
