"""What Focus' native API changes: assignment categories and assignments (contract: native dialect).

What the documentation leaves open is answered so: one that does not exist is 404, a wrong value 400, and what was
stored comes back in the envelope of a list.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response

from gpb.sandbox.district.model import Category, SisAssignment
from gpb.sandbox.district.world import World
from gpb.sandbox.focus import rows
from gpb.sandbox.focus.envelope import Row, envelope, listed, object_of
from gpb.sandbox.focus.errors import native

CATEGORY_FIELDS = {"title": str, "active": bool, "section_uuids": list}


class Gradebook:
    """The writes; who may carry one out is asked before."""

    def __init__(self, world: World) -> None:
        """Change a world."""
        self.world = world

    def _category_row(self, category: Category) -> Row:
        return rows.category(self.world, category)

    def _assignment_row(self, assignment: SisAssignment) -> Row:
        return rows.assignment(self.world, assignment)

    async def put_category(self, request: Request) -> Response:
        """Create a category, or change the fields sent of the one that path, query or body names."""
        sent = await object_of(request)
        found = self._existing(request) if "uuids" in request.path_params else None
        named = request.query_params.get("uuid") or sent.get("uuid")
        if found is None and isinstance(named, str):
            found = self.world.categories.get(named)
        category = found or Category(str(named or uuid4()), "", [])
        changes = self._category_changes(sent)
        if found is None and not changes.get("title"):
            raise native(400, "An assignment category needs a title.")
        before = set(category.section_uuids)
        self.world.write_category(category, deleted=False, **changes)
        after, added = set(category.section_uuids), self.world.added_by_api
        added |= {(class_id, category.uuid) for class_id in after - before}
        added -= {(class_id, category.uuid) for class_id in before - after}
        return envelope(request, [category], self._category_row)

    def _existing(self, request: Request) -> Category:
        category = self.world.categories.get(request.path_params["uuids"])
        if category is None or category.deleted:
            raise native(404, "No assignment category has this uuid.")
        return category

    def _category_changes(self, sent: Row) -> Row:
        for name, kind in CATEGORY_FIELDS.items():
            if name in sent and not isinstance(sent[name], kind):
                raise native(400, f"The field {name} has the wrong type.")
        self._check_sections(sent.get("section_uuids", []))
        return {name: sent[name] for name in CATEGORY_FIELDS if name in sent} | {"updated_at": rows.now()}

    def _check_sections(self, uuids: list[Any]) -> None:
        unknown = [one for one in uuids if not isinstance(one, str) or one not in self.world.sis_sections]
        if unknown:
            raise native(400, f"The section_uuids name {len(unknown)} sections that do not exist.")

    async def delete_category(self, request: Request) -> Response:
        """Delete a category."""
        self.world.delete_category(self._existing(request).uuid)
        return envelope(request, [], dict)

    async def put_assignment(self, request: Request) -> Response:
        """Create an assignment, or change the fields sent of the one that path, query or body names.

        The section comes from the path, from `section_uuid` (query or body) or from the body's `section_uuids`. An
        assignment that is put into one more section by its path keeps those that it has.
        """
        sent = await object_of(request)
        named = request.path_params.get("uuids") or request.query_params.get("uuid") or sent.get("uuid") or uuid4()
        old = self.world.sis_assignments.get(str(named))
        sections = self._wanted_sections(request, sent, rows.section_uuids(old) if old else [])
        changes = {name: sent[name] for name in rows.ASSIGNMENT_FIELDS if name in sent}
        fields = {"created_at": rows.now(), **(old.fields if old else {}), "updated_at": rows.now(), **changes}
        if not fields.get("title") or not sections:
            raise native(400, "An assignment needs a title and the section_uuid of an existing section.")
        self._check_sections(sections)
        fields |= {"section_uuid": sections[0], "section_uuids": sections}
        self.world.write_sis_assignment(str(named), fields)
        return envelope(request, [self.world.sis_assignments[str(named)]], self._assignment_row)

    def _wanted_sections(self, request: Request, sent: Row, before: list[str]) -> list[Any]:
        in_path = request.path_params.get("section_uuids")
        if in_path:
            return list(dict.fromkeys([*before, in_path]))
        one = request.query_params.get("section_uuid") or sent.get("section_uuid")
        several = sent.get("section_uuids")
        if isinstance(several, list) and several:
            return several
        return [one] if one else before

    async def delete_assignment(self, request: Request) -> Response:
        """Delete an assignment, or with sections in path or query take it out of these; none left, it is gone."""
        uuid = request.path_params["uuids"]
        found = self.world.sis_assignments.get(uuid)
        before = rows.section_uuids(found) if found else []
        in_path = request.path_params.get("section_uuids")
        leaving = {in_path} if in_path else set(listed(request, "section_uuids")) or set(before)
        if found is None or not (leaving & set(before) or not before):
            raise native(404, "No assignment has this uuid.")
        left = [one for one in before if one not in leaving]
        fields = found.fields | {"section_uuid": left[0], "section_uuids": left} if left else None
        self.world.write_sis_assignment(uuid, fields)
        return envelope(request, [], dict)
