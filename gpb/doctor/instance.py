"""Which Canvas this is: a test instance, or one that has gone back in time since it was read or written last."""

from __future__ import annotations

import re

import pandas as pd

from gpb.api.canvas import CanvasClient
from gpb.api.http.addresses import host, is_loopback
from gpb.doctor.check import Check
from gpb.errors import ApiError
from gpb.frames.codec import Codec
from gpb.frames.snapshot import Snapshot
from gpb.store.order import Settled
from gpb.term.backwards import FEWEST, is_back, newest_groups
from gpb.term.readings import ask_canvas
from gpb.term.written import Told

LOOKED_AT = 10
"""Groups of each kind that Canvas is asked for."""
NEARLY_ALL = 0.9
REFRESHED = {
    "test": "is overwritten with a copy of production about once a month",
    "beta": "is overwritten with a copy of production every week",
}
"""Canvas guides, "What is the Canvas test environment?" and "… beta environment?"."""
NOT_PRODUCTION = {"test", "tests", "testing", "beta", "stage", "staging", "uat", "qa", "dev", "sandbox", "preview"}


def of_address(canvas_url: str, account: str) -> Check | None:
    """What the name of the server says about it; None for this very machine, which says nothing."""
    name = host(canvas_url).partition(":")[0].lower()
    labels = name.split(".")
    if is_loopback(canvas_url) or not name:
        return None
    kind = labels[-3] if len(labels) > 3 and labels[-2:] == ["instructure", "com"] else ""
    if kind in REFRESHED:
        return Check(
            "Instance",
            True,
            f"{name} is the {kind} instance of Canvas, which {REFRESHED[kind]}: whatever is synced here is lost then. "
            "For real work, set GPB_CANVAS_URL to the production address.",
        )
    if "siteadmin" in labels or account.lower() in ("site_admin", "siteadmin"):
        return Check(
            "Instance",
            True,
            "This is the Site Admin account of a Canvas server, which has no courses of a district. Set "
            "GPB_CANVAS_URL and GPB_CANVAS_ACCOUNT to those of your district.",
        )
    if NOT_PRODUCTION & set(re.split(r"[.-]", name)):
        return Check(
            "Instance",
            True,
            f"The name {name} looks like that of a test instance. If it is refreshed from production now and then, "
            "whatever is synced here is lost then.",
        )
    return Check("Instance", True, f"{name} does not look like a test instance.")


def _is_as_told(found: Told | None, told: Told, codec: Codec) -> bool:
    """Whether a group has still the name, or the associations, that a run has seen."""
    present = found or {"name": None, "integration_data": {}}
    if "name" in told:
        return bool(present["name"] == told["name"])
    return codec.read(present["integration_data"]) == codec.read(told["integration_data"])


async def gone_back(canvas: CanvasClient, known: Snapshot, settled: list[Settled], codec: Codec) -> Check | None:
    """Whether Canvas still has the newest groups of the last snapshot, and what runs have written last.

    ``settled`` are the groups that runs have seen last, the newest at the end. None where Canvas does not answer.
    """
    groups = known.tables["groups"]
    newest = newest_groups(known.tables)
    oldest = groups.nsmallest(FEWEST, "group_id")
    known_groups = set(groups["group_id"])
    written = [one for one in settled if one.group_id in known_groups][-LOOKED_AT:]
    asked = pd.concat([newest, oldest, groups.loc[groups["group_id"].isin([one.group_id for one in written])]])
    try:
        found = await ask_canvas(canvas, dict(zip(asked["group_id"], asked["course_id"], strict=True)))
    except ApiError:
        return None
    changed = [one for one in written if not _is_as_told(found.get(one.group_id), one.told, codec)]
    told = []
    if is_back(newest, found, int(oldest["group_id"].isin(list(found)).sum())):
        told.append("the newest assignment groups of the last snapshot are gone")
    if len(written) >= FEWEST and len(changed) >= NEARLY_ALL * len(written):
        told.append(f"{len(changed)} of the {len(written)} groups that were synced last are no longer as synced")
    if not told:
        return Check("Same Canvas", True, "Canvas has what was read and synced last.")
    return Check(
        "Same Canvas",
        False,
        f"Canvas seems to have gone back in time: {', and '.join(told)}. It may be a test instance that was refreshed, "
        "or was restored from an older copy. Check GPB_CANVAS_URL, then run `pull` and `audit`.",
    )
