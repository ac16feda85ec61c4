"""A very small term as a server answers it, reply by reply, so that a test can change any of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import stamina

from gpb.api.http import concurrency
from gpb.settings import Settings
from gpb.workspace import Workspace
from tests.api.conftest import Canned, ScriptedServer

API, SIS = "/canvas/api/v1", "/focus/api/1.0"
GROUP = {
    "id": 31, "name": "Homework", "position": 1, "group_weight": 40.0, "sis_source_id": None,
    "integration_data": {"sistemic": {"categoryMapping": {"s-21": {"categoryId": "c-1"}}}},
    "assignments": [{"id": 41, "name": "Essay", "published": True, "post_to_sis": True, "due_at": None}],
}  # fmt: skip
SECTION = {"name": "Biology 1", "course_id": 11, "nonxlist_course_id": None, "integration_id": None}
COURSE = {
    "name": "Biology", "course_code": "B", "account_id": 2, "enrollment_term_id": 5, "workflow_state": "available",
    "apply_assignment_group_weights": True, "teachers": [{"id": 9, "display_name": "Zoë"}],
}  # fmt: skip
TERM = {"id": 5, "name": "Fall", "sis_term_id": "F", "start_at": "2026-08-10T05:00:00Z", "end_at": None,
        "workflow_state": "active"}  # fmt: skip
CATEGORY = {"uuid": "c-1", "title": "Homework", "active": True, "section_uuids": ["s-21"]}
REPLIES: dict[str, Any] = {
    f"{API}/accounts/self": {"id": 1, "name": "District", "parent_account_id": None},
    f"{API}/accounts/1/sub_accounts": [{"id": 2, "name": "Cedar", "parent_account_id": 1, "sis_account_id": "S"}],
    f"{API}/accounts/self/terms": {"enrollment_terms": [TERM]},
    f"{API}/accounts/1/courses": [{**COURSE, "id": 11}, {**COURSE, "id": 12}],
    f"{API}/courses/11/sections": [{**SECTION, "id": 21, "sis_section_id": "s-21"}],
    f"{API}/courses/12/sections": [{**SECTION, "id": 22, "sis_section_id": "s-22", "course_id": 12}],
    f"{API}/courses/11/assignment_groups": [GROUP],
    f"{API}/courses/12/assignment_groups": [{**GROUP, "id": 32}],
    f"{SIS}/sections": {"total": 1, "data": [{"uuid": "s-21", "title": "Biology 1", "active": True}]},
    f"{SIS}/assignment_categories": {"total": 1, "data": [CATEGORY]},
}


class Recorded:
    """A server that answers so, and the program on it."""

    def __init__(self, folder: Path, replies: Mapping[str, Any] = REPLIES, **changes: Any) -> None:
        self.server = ScriptedServer()
        self.server.on(f"POST {SIS}/token", Canned(body={"access_token": "t", "expires_in": 3600}))
        self.replies = replies
        given: dict[str, Any] = {
            "canvas_url": f"{self.server.url}/canvas",
            "sis_url": self.server.url + SIS,
            "canvas_token": "t",
        }
        given |= {"sis_client_id": "client", "sis_client_secret": "hush", "term": "5", **changes}
        self.workspace = Workspace(Settings(_env_file=None, data_dir=folder, **given))  # type: ignore[call-arg]  # pydantic-settings takes it

    def __enter__(self) -> Self:
        concurrency._SHARED.clear()
        return self

    def __exit__(self, *_: object) -> None:
        self.workspace.close()
        self.server.close()

    def answer(self, changed: Mapping[str, Any] | None = None) -> None:
        """Answer all calls well but these, which have another body, or are a whole reply."""
        self.server.seen.clear()
        for path, reply in {**self.replies, **(changed or {})}.items():
            headers = {"Link": f'<{self.server.url}{path}>; rel="first"'} if path.startswith(API) else {}
            whole = reply if isinstance(reply, Canned) else Canned(body=json.dumps(reply), headers=headers)
            self.server.on(f"GET {path}", whole)

    def pull(self, changed: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Pull while the server answers so; the summary."""
        self.answer(changed)
        with stamina.set_testing(True, attempts=3, cap=True):
            return asyncio.run(self.workspace.term.pull())
