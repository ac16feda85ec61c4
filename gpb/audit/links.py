"""Addresses of the Audit page, so that a line of a report leads back to its place."""

from __future__ import annotations

from urllib.parse import urlencode

import pandas as pd

from gpb.frames.rows.coded import taken


def audit_address(base: str, term_id: int, **filters: object) -> str:
    """The address of the Audit page of a term with these filters; empty ones are left out."""
    query = {name: value for name, value in filters.items() if value not in ("", None)}
    return f"{base}/audit?" + urlencode({"term": term_id, **query})


def dashboard_links(found: pd.DataFrame, base: str, term_id: int) -> pd.Series[str]:
    """For each finding the address that opens it: its section, else its course, else its school, and its kind."""
    start = audit_address(base, term_id)
    section, course = found["section_id"].astype("str"), found["course_id"].astype("str")
    known, names = pd.factorize(found["school"].fillna(""))
    school = "&school=" + taken([urlencode({"": name})[1:] for name in names], known, found.index)
    place = school.mask(found["course_id"].notna(), "&course=" + course)
    place = place.mask(found["section_id"].notna(), "&section=" + section)
    return start + place + "&finding=" + found["finding"]
