"""Who asks, what they may do, and which record an id in the path means."""

from __future__ import annotations

from starlette.requests import Request

from gpb.sandbox.canvas import errors
from gpb.sandbox.district.model import Account, Course, Group, Section, Term
from gpb.sandbox.district.world import ROOT_ACCOUNT, World
from gpb.sandbox.numbers import whole
from gpb.sandbox.replies import bearer_of
from gpb.sandbox.tokens import EDIT_ASSIGNMENTS, READ_COURSES, READ_SIS, CanvasToken, Keyring


def token_text(request: Request) -> str | None:
    """Return the token of a request: in the header, or as the `access_token` parameter that Canvas also takes."""
    return bearer_of(request) or request.query_params.get("access_token")


def signed_in(request: Request, keyring: Keyring) -> CanvasToken:
    """Return the token of a request; refuse none, a bad or expired one, and every masquerade."""
    text = token_text(request)
    if text is None:
        raise errors.refuse(errors.no_token())
    token = keyring.canvas.get(text)
    if token is None or token.expired:
        raise errors.refuse(errors.bad_token())
    if "as_user_id" in request.query_params:
        raise errors.refuse(errors.masquerade_refused())
    return token


def demand(token: CanvasToken, right: str) -> None:
    """Refuse a token without the right."""
    if right not in token.rights:
        raise errors.refuse(errors.not_permitted())


def may_edit(token: CanvasToken, course: Course) -> bool:
    """Tell whether the token may change assignments and their groups in a course."""
    return not token.rights.isdisjoint({EDIT_ASSIGNMENTS, f"{EDIT_ASSIGNMENTS}@{course.account_id}"})


def _by_sis_id(text: str, prefix: str) -> str | None:
    return text.removeprefix(prefix) if text.startswith(prefix) else None


def _number(text: str) -> int:
    number = whole(text)
    return -1 if number is None else number


def account_of(world: World, token: CanvasToken, text: str) -> Account:
    """Return the account that `self`, a number or `sis_account_id:X` means."""
    demand(token, READ_COURSES)
    sis_id = _by_sis_id(text, "sis_account_id:")
    if sis_id is not None:
        found = next((account for account in world.accounts.values() if account.sis_account_id == sis_id), None)
    else:
        found = world.accounts.get(ROOT_ACCOUNT if text in ("self", "default") else _number(text))
    if found is None:
        raise errors.refuse(errors.not_found())
    return found


def term_of(world: World, text: str) -> Term:
    """Return the term that a number or `sis_term_id:X` means."""
    sis_id = _by_sis_id(text, "sis_term_id:")
    if sis_id is not None:
        found = next((term for term in world.terms.values() if term.sis_term_id == sis_id), None)
    else:
        found = world.terms.get(_number(text))
    if found is None:
        raise errors.refuse(errors.not_found())
    return found


def course_of(world: World, text: str) -> Course:
    """Return the course that a number or `sis_course_id:X` means; deleted ones are not there."""
    sis_id = _by_sis_id(text, "sis_course_id:")
    if sis_id is not None:
        found = next((course for course in world.courses.values() if course.sis_course_id == sis_id), None)
    else:
        found = world.courses.get(_number(text))
    if found is None or found.workflow_state == "deleted":
        raise errors.refuse(errors.not_found())
    return found


def section_of(world: World, text: str) -> Section:
    """Return the section that a number or `sis_section_id:X` means."""
    sis_id = _by_sis_id(text, "sis_section_id:")
    if sis_id is not None:
        found = next((section for section in world.sections.values() if section.sis_section_id == sis_id), None)
    else:
        found = world.sections.get(_number(text))
    if found is None:
        raise errors.refuse(errors.not_found())
    return found


def group_of(world: World, course: Course, text: str) -> Group:
    """Return the group of this course with that number; groups have no other kind of id."""
    found = world.groups.get(_number(text))
    if found is None or found.course_id != course.id:
        raise errors.refuse(errors.not_found())
    return found


def subtree(world: World, account: Account) -> set[int]:
    """Return the ids of an account and of all accounts below it."""
    ids = {account.id}
    waiting = True
    while waiting:
        below = {child.id for child in world.accounts.values() if child.parent_id in ids} - ids
        ids |= below
        waiting = bool(below)
    return ids


def sees_sis_ids(token: CanvasToken) -> bool:
    """Tell whether the token's replies carry the SIS keys."""
    return READ_SIS in token.rights
