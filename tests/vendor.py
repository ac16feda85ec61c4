"""A person at Canvas' own screen: what the vendor's tool stores, sent over Canvas' own API."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from gpb.frames.codec import FLAG
from gpb.sandbox import Running
from gpb.store.shape.contacts import Contact, Place
from tests.conftest import look

SHAPES = ("mapping", "flat", "flag only", "nothing")


class Vendor:
    """Keeps associations in one of ``SHAPES``, under names of fields that this program has no default for."""

    def __init__(self, box: Running, shape: str, id_field: str = "ref", title_field: str = "shownAs") -> None:
        self.box, self.shape, self.id_field, self.title_field = box, shape, id_field, title_field

    def associates(self, contact: Contact) -> None:
        """The person picks in the row what she was asked to, and saves."""
        place = contact.theirs
        assert place is not None
        entry = {"by": "teacher", self.id_field: place.category_id, self.title_field: place.category}
        if self.shape == "mapping":
            self._save_mapping(place, {**self._mapping(place), place.sis_section_id: entry})
        elif self.shape == "flat":
            self._put(place, {place.sis_section_id: place.category_id, FLAG: True})
        elif self.shape == "flag only":
            self._put(place, {FLAG: True})

    def takes_away(self, place: Place) -> None:
        """The person sets the row to Unassociated there."""
        if self.shape == "flat":
            self._put(place, {place.sis_section_id: None})
            return
        mapping = self._mapping(place)
        mapping.pop(place.sis_section_id)
        self._save_mapping(place, mapping)

    def shows(self, place: Place | None) -> bool:
        """What the screen shows: by the vendor's own reader."""
        assert place is not None
        if self.shape == "mapping":
            found = self._mapping(place).get(place.sis_section_id, {})
            return found.get(self.id_field) == place.category_id and self.title_field in found
        return self.shape == "flat" and self.stored(place).get(place.sis_section_id) == place.category_id

    def stored(self, place: Place) -> dict[str, Any]:
        """What Canvas stores for the row's group."""
        data: dict[str, Any] = look(self.box, "state")["groups"][str(place.group_id)]
        return data

    def _mapping(self, place: Place) -> dict[str, Any]:
        return dict((self.stored(place).get("sistemic") or {}).get("categoryMapping") or {})

    def _save_mapping(self, place: Place, mapping: dict[str, Any]) -> None:
        self._put(place, {"sistemic": {"categoryMapping": mapping} if mapping else {}})

    def _put(self, place: Place, data: dict[str, Any]) -> None:
        address = f"{self.box.base_url}/canvas/api/v1/courses/{place.course_id}/assignment_groups/{place.group_id}"
        headers = {
            "Authorization": f"Bearer {self.box.settings['GPB_CANVAS_TOKEN']}",
            "Content-Type": "application/json",
            "User-Agent": "vendor",
        }
        body = json.dumps({"integration_data": data}).encode()
        urllib.request.urlopen(urllib.request.Request(address, body, headers, method="PUT"), timeout=60).close()
