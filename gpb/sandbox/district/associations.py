"""What one assignment group's `integration_data` says when a district begins: associations, and other tools' keys."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from gpb.sandbox.layout import FLAG, FLAT, SISTEMIC, Layout

TO_JSON = json.JSONEncoder(ensure_ascii=False)


@dataclass(slots=True)
class Stored:
    """One group's associations, section SIS id to (category uuid, title), and the rest of its `integration_data`."""

    mapping: dict[str, tuple[str, str]] = field(default_factory=dict)
    elsewhere: bool = False
    """Aligned, but the vendor's own store knows with what: only the flag is in Canvas."""
    top: dict[str, Any] = field(default_factory=dict)
    """Top-level keys of other tools."""
    nested: dict[str, Any] = field(default_factory=dict)
    """Keys of other tools inside the vendor's object; the flat shape has no place for them."""

    def text(self, layout: Layout, group: str) -> str:
        """Return the JSON text that Canvas holds for a group of that name."""
        content: dict[str, Any] = dict(self.top)
        made = layout.sent(group, self.mapping) if self.mapping and not self.elsewhere else {}
        vendor = {} if layout.shape == FLAT else self.nested | made.pop(SISTEMIC, {})
        if vendor:
            content[SISTEMIC] = vendor
        content |= made
        if self.elsewhere:
            content[FLAG] = True
        return TO_JSON.encode(content) if content else "{}"
