"""Filters that stand in the address, so that a link opens the same rows for somebody else.

Session-state keys, for each page: ``<page>_filters`` (the filters; set from the URL and by the widgets) and
``<page>_filters_url`` (dict, what stood in the URL last).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, fields
from typing import Any, ClassVar, Protocol, Self, TypeVar

import streamlit as st


class UrlFilters(Protocol):
    """A dataclass of filters, whose fields are the names of query parameters."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @classmethod
    def from_url(cls, parameters: Mapping[str, str]) -> Self:
        """From query parameters; what makes no sense is left out."""

    def to_url(self) -> dict[str, str]:
        """As query parameters, without the empty ones."""


Kind = TypeVar("Kind", bound=UrlFilters)


def current(page: str, kind: type[Kind]) -> Kind:
    """The filters of this run: the URL's when it was opened, followed or gone back to, else the session's.

    The URL is brought up to date.
    """
    state, in_url = st.session_state, _in_url(kind)
    came_here = state.get("page_before") != page
    if in_url != state.get(f"{page}_filters_url") and (in_url or not came_here):
        state[f"{page}_filters"] = kind.from_url(in_url)
    filters: Kind = state.get(f"{page}_filters") or kind.from_url({})
    state[f"{page}_filters_url"] = filters.to_url()
    if in_url != filters.to_url():
        others = {name: value for name, value in st.query_params.items() if name not in _names(kind)}
        st.query_params.from_dict({**others, **filters.to_url()})
    return filters


def choose(page: str, filters: UrlFilters) -> None:
    """From a widget: what stands in the URL now is older, whether or not the browser has seen our last address."""
    st.session_state[f"{page}_filters"] = filters
    st.session_state[f"{page}_filters_url"] = _in_url(type(filters))


def _names(kind: type[UrlFilters]) -> list[str]:
    return [field.name for field in fields(kind)]


def _in_url(kind: type[UrlFilters]) -> dict[str, str]:
    return {name: st.query_params[name] for name in _names(kind) if name in st.query_params}
