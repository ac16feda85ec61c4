"""Where there are several tokens, what each of them can do: a reading takes whichever has room."""

from __future__ import annotations

from gpb.api.canvas import CanvasClient
from gpb.api.types import Course
from gpb.doctor.check import Check
from gpb.doctor.rights import edit_rights
from gpb.errors import ApiError


async def token_checks(canvas: CanvasClient, account: str, courses: list[Course]) -> list[Check]:
    """One check for each token of several, by its place in GPB_CANVAS_TOKEN; none for a single one."""
    clients = canvas.each()
    if len(clients) == 1:
        return []
    found = []
    for place, client in enumerate(clients, 1):
        name = f"Token {place} of {len(clients)}"
        try:
            problem = await _problem(client, account, courses)
        except ApiError as error:
            problem = str(error)
        told = f"Canvas accepts token {place} in GPB_CANVAS_TOKEN, which can read and edit what a reading needs."
        found.append(Check(name, problem is None, told if problem is None else f"About {name.lower()}: {problem}"))
    return found


async def _problem(client: CanvasClient, account: str, courses: list[Course]) -> str | None:
    await client.account(account)
    sections = [section for course in courses[:3] for section in await client.sections(course["id"])]
    if sections and not any("sis_section_id" in section for section in sections):
        return "Canvas does not show it the SIS ids of sections; its user needs the permission “SIS Data – read”."
    may_edit = await edit_rights(client, courses)
    return None if may_edit.ok else may_edit.sentence
