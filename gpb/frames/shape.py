"""The shape: how a Canvas keeps associations, or why that is not known; ``judge`` finds it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from gpb.frames.codec import BARE, Codec, FlatCodec, Layout, SistemicCodec

PLAIN, SURE = 20, 0.99
"""At least so many entries, and more than this share of all, must have one form before a person may confirm it."""

NONE = (
    "No association made in Canvas itself has been found yet, so we don't know how your Canvas stores them. Refresh "
    "a term that has some, or go through First contact on the Connections page."
)
ONLY_FLAG = (
    "Your Canvas says which groups are aligned, not with what: {entries:,} assignment group{s} Canvas' icon, and the "
    "associations are kept in the vendor's own system. So associations cannot be synced from here: make them in "
    "Canvas' own screen. What has none is passed back by its name: with GPB_WRITE=names, a sync renames assignment "
    "groups to the category that you choose."
)
OLD_READING = (
    "The snapshot was taken by an older version, which guessed how your Canvas stores associations. Press Refresh."
)


@dataclass(frozen=True)
class Shape:
    """How a Canvas keeps associations, resting on so many ``entries``.

    ``unknown`` is the sentence that says why it is not known and what to do, None where it is; ``layout`` then is what
    can be read all the same, and ``contradicts`` says that more evidence of the same kind would not help.
    ``writes_flag``: Canvas' own screen sets the flag beside its associations. ``fitting`` of ``seen`` entries have this
    form. ``is_flag_only``: of ``entries`` groups it can be seen that they are aligned, and not with what.
    """

    codec: str
    layout: Layout
    entries: int = 0
    writes_flag: bool = False
    unknown: str | None = None
    contradicts: bool = False
    is_flag_only: bool = False
    fitting: int = 0
    seen: int = 0

    @property
    def closed(self) -> str | None:
        """The sentence that says why nothing can be written here, None where it can."""
        flagged = ONLY_FLAG.format(entries=self.entries, s=" bears" if self.entries == 1 else "s bear")
        return self.unknown or (flagged if self.is_flag_only else None)

    @property
    def is_plain(self) -> bool:
        """Whether the stored entries alone show it so clearly that one person's word on it is enough."""
        return self.closed is None and self.entries >= PLAIN and self.fitting > SURE * self.seen

    @property
    def coder(self) -> Codec:
        """What reads, and where the shape is known writes, in this shape."""
        if self.codec == "sistemic":
            return SistemicCodec(self.layout, self.writes_flag)
        return FlatCodec(self.layout, self.writes_flag)

    @property
    def sentence(self) -> str:
        """What is known, for people."""
        if self.closed:
            return self.closed
        rests = f"{self.entries:,} stored association{' shows' if self.entries == 1 else 's show'} it"
        flag = "; Canvas' flag is set with it" if self.writes_flag else ""
        return f"A new association is written as {self.written}{flag} ({self.codec}; {rests})."

    @property
    def written(self) -> str:
        """What a new entry consists of."""
        layout = self.layout
        if BARE in (layout.id_field, layout.title_field):
            return "the id of the category alone" if layout.id_field == BARE else "the title of the category alone"
        parts = [f"id in “{layout.id_field}”"] if layout.id_field is not None else []
        has_title = layout.title_field is not None and layout.title_in_new
        return " and ".join([*parts, f"title in “{layout.title_field}”"] if has_title else parts)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Shape:
        """The inverse of ``to_json``."""
        return cls(**{**content, "layout": Layout(**content["layout"])})


def unread(codec: str) -> Shape:
    """The shape before anything was read."""
    return Shape(codec, Layout(None, None), unknown=NONE)
