"""The check of a frame: what is as it shall be passes as it is, everything else is mended by pandera or refused."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest
from pandera.errors import SchemaError, SchemaErrors

from gpb.frames import schemas
from tests.builders import group, snapshot

TABLES = snapshot([group(1, "Homework"), group(2, "Tests")]).tables
GROUPS = TABLES["groups"]


def test_a_frame_that_is_as_it_shall_be_passes_and_stays_the_callers() -> None:
    """What is done to the one is not done to the other."""
    checked = schemas.GROUPS.validate(GROUPS)
    pd.testing.assert_frame_equal(checked, GROUPS)
    checked["group"] = "Changed"
    assert list(GROUPS["group"]) == ["Homework", "Tests"]


@pytest.mark.parametrize(
    "otherwise",
    [
        lambda frame: frame.astype({"group_id": "object", "group": "object", "assignments": "float64"}),
        lambda frame: frame.drop(columns="assignments").assign(assignments=3)[[*GROUPS]],
    ],
)
def test_other_dtypes_are_brought_to_the_declared_ones(otherwise: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """As files of older releases and replies have them."""
    pd.testing.assert_frame_equal(schemas.GROUPS.validate(otherwise(GROUPS)), GROUPS)


@pytest.mark.parametrize(
    "damaged",
    [
        lambda frame: frame.assign(group_id=1),
        lambda frame: frame.assign(group=pd.Series(["Homework", None], dtype="str")),
        lambda frame: frame[[*reversed([*frame])]],
        lambda frame: frame.assign(more=1),
        lambda frame: frame.assign(weight="much"),
    ],
    ids=["twice", "missing", "order", "more", "dtype"],
)
def test_what_contradicts_the_schema_is_refused(damaged: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """A value twice or missing, columns in another order or unknown, what is no number."""
    with pytest.raises((SchemaError, SchemaErrors)):
        schemas.GROUPS.validate(damaged(GROUPS))


def test_rows_are_told_apart_by_group_and_section() -> None:
    """Of the association frame."""
    rows = snapshot([group(1, "Homework")]).associations()
    with pytest.raises((SchemaError, SchemaErrors)):
        schemas.ASSOCIATIONS.validate(pd.concat([rows, rows], ignore_index=True))


def outcome(validate: Callable[[pd.DataFrame], pd.DataFrame], frame: pd.DataFrame) -> pd.DataFrame | None:
    """What becomes of a frame; None where it is refused."""
    try:
        return validate(frame)
    except (SchemaError, SchemaErrors):
        return None


@pytest.mark.parametrize("odd", [None, float("nan"), pd.NA, True, 1, 1.5, 2**63, "x", "", "1", b"x"])
def test_what_is_cast_without_pandera_is_what_pandera_makes_of_it(odd: object) -> None:
    """Of any value in any column: the same frame, or a refusal by both."""
    for table, schema in (("groups", schemas.GROUPS), ("classes", schemas.CLASSES), ("terms", schemas.TERMS)):
        plain = TABLES[table].head(1)
        for name in plain:
            frame = plain.astype("object").assign(**{str(name): pd.Series([odd], dtype="object")})
            found, expected = (outcome(one, frame) for one in (schema.validate, schema._pandera.validate))
            assert (found is None) == (expected is None), name
            if found is not None and expected is not None:
                pd.testing.assert_frame_equal(found, expected)
