"""What the browser says a person did in the grid. Nothing of it is trusted: what makes no sense is left out.

An action has a number, and the outbox of one mounted grid a name. Whatever was not acknowledged is sent again, so that
an action may come several times, and is done once.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

log = logging.getLogger(__name__)

RowName = Annotated[str, Field(pattern=r"^\d{1,18}:\d{1,18}$")]
Text = Annotated[str, Field(max_length=2_000)]


class Kind(StrEnum):
    """What was done."""

    EDIT = "edit"
    UNDO = "undo"
    DETAILS = "details"
    SORT = "sort"
    SHOW = "show"


class Action(BaseModel):
    """One thing that was done while ``snapshot`` was on the screen.

    ``cells`` are row names with the label that was chosen and the one that was shown; ``unplaced`` is how many lines of
    a pasted text found no row.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    n: int = Field(ge=1)
    kind: Kind
    snapshot: Text
    cells: tuple[tuple[RowName, Text, Text], ...] = Field(default=(), max_length=10_000)
    unplaced: int = Field(default=0, ge=0)
    key: RowName | None = None
    column: Text = ""
    ascending: bool = True


class Outbox(BaseModel):
    """The actions of one mounted grid that it does not know to be taken."""

    client: Annotated[str, Field(max_length=100)]
    actions: list[object]


_ACTION = TypeAdapter(Action)


def new_actions(sent: object, taken: Mapping[str, int]) -> tuple[str, list[Action]]:
    """Whose outbox it is, and the actions in it that come after the number ``taken``, in their order."""
    if sent is None:
        return "", []
    try:
        outbox = Outbox.model_validate(sent)
    except ValidationError as error:
        log.warning("an outbox of the grid makes no sense: %s", error.errors(include_input=False, include_url=False))
        return "", []
    found = [action for one in outbox.actions if (action := _read(one)) is not None]
    return outbox.client, sorted(
        (action for action in found if action.n > taken.get(outbox.client, 0)), key=lambda action: action.n
    )


def _read(sent: object) -> Action | None:
    try:
        return _ACTION.validate_python(sent)
    except ValidationError as error:
        log.warning("an action of the grid makes no sense: %s", error.errors(include_input=False, include_url=False))
        return None
