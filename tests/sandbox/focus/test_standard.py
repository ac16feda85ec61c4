"""The rows of OneRoster's list of categories, made for one page at a time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gpb.sandbox import SandboxConfig, World
from gpb.sandbox.district.model import Category
from gpb.sandbox.focus.standard import CategoryRows

UUIDS = st.uuids().map(str)
CATEGORIES = st.builds(
    Category,
    uuid=UUIDS,
    title=st.text(max_size=3),
    section_uuids=st.lists(UUIDS, unique=True, max_size=4),
    deleted=st.booleans(),
    everywhere=st.booleans(),
)


@given(st.lists(CATEGORIES, max_size=12), st.integers(1, 9))
def test_pages_of_any_length_hold_every_category_of_every_class_once(made: list[Category], length: int) -> None:
    """Pages put together name each section of each category once; global ones have one row, deleted ones none."""
    world = World(SandboxConfig())
    world.categories = {one.uuid: one for one in made}
    rows = CategoryRows(world)
    pages = [rows[start : start + length] for start in range(0, len(rows) + length, length)]
    named = [
        (category.uuid, uuid)
        for page in pages
        for category, classes in page
        for uuid in (classes if isinstance(classes, list) else [classes])
    ]
    kept = [one for one in world.categories.values() if not one.deleted]
    assert named == [(one.uuid, uuid) for one in kept for uuid in ([None] if one.everywhere else one.section_uuids)]
    assert sum(len(page) for page in pages) == len(rows)
