"""Accounts, terms, courses and sections of Canvas (contract: reading)."""

from __future__ import annotations

from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gpb.sandbox.canvas import errors
from gpb.sandbox.canvas.access import (
    account_of,
    course_of,
    section_of,
    sees_sis_ids,
    signed_in,
    subtree,
    term_of,
)
from gpb.sandbox.canvas.paging import page_reply
from gpb.sandbox.district.model import Account, Course, Section, Teacher, Term
from gpb.sandbox.district.world import ROOT_ACCOUNT, World
from gpb.sandbox.numbers import whole
from gpb.sandbox.replies import charge, json_reply
from gpb.sandbox.tokens import CanvasToken, Keyring

TIME_ZONE = "America/New_York"
SHORTEST_SEARCH = 3
SHOWN_STATES = {"created": "unpublished", "claimed": "unpublished"}
DEFAULT_STATES = frozenset({"created", "claimed", "available", "completed"})
ALL_STATES = DEFAULT_STATES | {"deleted"}
PUBLISHED_STATES = frozenset({"available", "completed"})


def moment(day: date | None) -> str | None:
    """Return the instant at which a day begins, as Canvas writes it."""
    return f"{day.isoformat()}T05:00:00Z" if day else None


def flag_of(request: Request, name: str) -> bool | None:
    """Return a yes-or-no parameter, or None when it is absent."""
    text = request.query_params.get(name)
    return None if text is None else text.lower() in ("true", "1", "yes", "on")


def included(request: Request) -> set[str]:
    """Return the words of `include[]`."""
    return set(request.query_params.getlist("include[]"))


class CourseRoutes:
    """The routes of Canvas' structure above the assignment groups."""

    def __init__(self, world: World, keyring: Keyring) -> None:
        """Answer from a world, to the holders of a keyring's tokens."""
        self.world = world
        self.keyring = keyring
        self.routes = [
            Route("/users/self", self.user, methods=["GET"]),
            Route("/accounts", self.accounts, methods=["GET"]),
            Route("/accounts/{account}", self.account, methods=["GET"]),
            Route("/accounts/{account}/sub_accounts", self.sub_accounts, methods=["GET"]),
            Route("/accounts/{account}/terms", self.terms, methods=["GET"]),
            Route("/accounts/{account}/courses", self.account_courses, methods=["GET"]),
            Route("/courses/{course}", self.course, methods=["GET"]),
            Route("/courses/{course}/sections", self.course_sections, methods=["GET"]),
            Route("/courses/{course}/sections/{section}", self.section, methods=["GET"]),
            Route("/sections/{section}", self.section, methods=["GET"]),
        ]

    async def user(self, request: Request) -> Response:
        """Answer who the token belongs to."""
        signed_in(request, self.keyring)
        return json_reply({"id": 1, "name": "District Coordinator", "short_name": "Coordinator", "locale": None})

    async def accounts(self, request: Request) -> Response:
        """List the accounts that the user administers: the root alone, or none."""
        token = signed_in(request, self.keyring)
        own = [self.world.accounts[ROOT_ACCOUNT]] if token.rights - {"manage_assignments"} else []
        return page_reply(request, own, lambda account: self._account_json(account, token))

    async def account(self, request: Request) -> Response:
        """Return one account."""
        token = signed_in(request, self.keyring)
        return json_reply(self._account_json(account_of(self.world, token, request.path_params["account"]), token))

    async def sub_accounts(self, request: Request) -> Response:
        """List the accounts below one: its children, or with `recursive` all."""
        token = signed_in(request, self.keyring)
        parent = account_of(self.world, token, request.path_params["account"])
        if flag_of(request, "recursive"):
            ids = subtree(self.world, parent) - {parent.id}
        else:
            ids = {account.id for account in self.world.accounts.values() if account.parent_id == parent.id}
        found = [self.world.accounts[account_id] for account_id in sorted(ids)]
        return page_reply(request, found, lambda account: self._account_json(account, token))

    async def terms(self, request: Request) -> Response:
        """List the terms, which only a root account has."""
        token = signed_in(request, self.keyring)
        account = account_of(self.world, token, request.path_params["account"])
        if account.parent_id is not None:
            return json_reply({"message": "Terms only belong to root accounts."}, 400)
        terms = list(self.world.terms.values())
        return page_reply(request, terms, lambda term: term_json(term, token), wrapped_as="enrollment_terms")

    async def account_courses(self, request: Request) -> Response:
        """List the courses of an account and of those below it, filtered; ordered by id."""
        token = signed_in(request, self.keyring)
        account = account_of(self.world, token, request.path_params["account"])
        found = self._filtered(request, subtree(self.world, account))
        wanted = included(request)
        if wanted & {"teachers", "total_students"}:
            charge(request, 0.03)
        return page_reply(request, found, lambda course: self._course_json(course, token, wanted))

    def _filtered(self, request: Request, accounts: set[int]) -> list[Course]:
        query = request.query_params
        below = {whole(text) for text in query.getlist("by_subaccounts[]")} - {None}
        accounts = accounts & below if below else accounts
        states = set(query.getlist("state[]")) or DEFAULT_STATES
        states = ALL_STATES if "all" in states else states
        published = flag_of(request, "published")
        if published is not None:
            states = states & PUBLISHED_STATES if published else states - PUBLISHED_STATES
        search = query.get("search_term", "").lower()
        if 0 < len(search) < SHORTEST_SEARCH:
            body = {"field": "search_term", "code": "invalid", "message": "3 or more characters is required"}
            raise errors.refuse(json_reply({"errors": [body]}, 400))
        term = term_of(self.world, query["enrollment_term_id"]).id if query.get("enrollment_term_id") else None
        blueprint = flag_of(request, "blueprint")
        return [
            course
            for course in self.world.courses.values()
            if (term is None or course.term_id == term)
            and course.workflow_state in states
            and course.account_id in accounts
            and (blueprint is None or course.blueprint == blueprint)
            and (not search or search in f"{course.name}\n{course.course_code}\n{course.sis_course_id}".lower())
        ]

    async def course(self, request: Request) -> Response:
        """Return one course; here, unlike in the list, `sections` may be included."""
        token = signed_in(request, self.keyring)
        course = course_of(self.world, request.path_params["course"])
        wanted = included(request)
        body = self._course_json(course, token, wanted)
        if "sections" in wanted:
            sections = (self.world.sections[section_id] for section_id in course.section_ids)
            body["sections"] = [{"id": section.id, "name": section.name} for section in sections]
        return json_reply(body)

    async def course_sections(self, request: Request) -> Response:
        """List the sections of a course; the undocumented `all=1` lists them on one page."""
        token = signed_in(request, self.keyring)
        course = course_of(self.world, request.path_params["course"])
        wanted = included(request)
        sections = [self.world.sections[section_id] for section_id in course.section_ids]
        if flag_of(request, "all"):
            return json_reply([self._section_json(section, token, wanted) for section in sections])
        return page_reply(request, sections, lambda section: self._section_json(section, token, wanted))

    async def section(self, request: Request) -> Response:
        """Return one section."""
        token = signed_in(request, self.keyring)
        section = section_of(self.world, request.path_params["section"])
        if "course" in request.path_params and section.course_id != int(
            course_of(self.world, request.path_params["course"]).id
        ):
            raise errors.refuse(errors.not_found())
        return json_reply(self._section_json(section, token, included(request)))

    def _account_json(self, account: Account, token: CanvasToken) -> dict[str, Any]:
        body: dict[str, Any] = {
            "id": account.id,
            "name": account.name,
            "workflow_state": "active",
            "parent_account_id": account.parent_id,
            "root_account_id": None if account.parent_id is None else ROOT_ACCOUNT,
            "default_time_zone": TIME_ZONE,
        }
        if sees_sis_ids(token):
            body |= {"sis_account_id": account.sis_account_id, "integration_id": None}
        return body

    def _course_json(self, course: Course, token: CanvasToken, wanted: set[str]) -> dict[str, Any]:
        term = self.world.terms[course.term_id]
        body: dict[str, Any] = {
            "id": course.id,
            "name": course.name,
            "course_code": course.course_code,
            "account_id": course.account_id,
            "root_account_id": ROOT_ACCOUNT,
            "enrollment_term_id": course.term_id,
            "workflow_state": SHOWN_STATES.get(course.workflow_state, course.workflow_state),
            "start_at": None,
            "end_at": None,
            "is_public": False,
            "default_view": "modules",
            "time_zone": TIME_ZONE,
            "apply_assignment_group_weights": course.weighted,
            "blueprint": course.blueprint,
        }
        if sees_sis_ids(token):
            body |= {"sis_course_id": course.sis_course_id, "integration_id": None}
        if "term" in wanted:
            body["term"] = term_json(term, token)
        if "teachers" in wanted:
            body["teachers"] = [teacher_json(teacher) for teacher in course.teachers]
        if "account_name" in wanted:
            body["account_name"] = self.world.accounts[course.account_id].name
        if "total_students" in wanted:
            body["total_students"] = sum(self.world.sections[section].students for section in course.section_ids)
        if "concluded" in wanted:
            body["concluded"] = course.workflow_state == "completed"
        return body

    def _section_json(self, section: Section, token: CanvasToken, wanted: set[str]) -> dict[str, Any]:
        body: dict[str, Any] = {
            "id": section.id,
            "name": section.name,
            "course_id": section.course_id,
            "nonxlist_course_id": section.nonxlist_course_id,
            "start_at": None,
            "end_at": None,
            "restrict_enrollments_to_section_dates": False,
        }
        if sees_sis_ids(token):
            body |= {
                "sis_section_id": section.sis_section_id,
                "sis_course_id": self.world.courses[section.course_id].sis_course_id,
                "integration_id": section.integration_id,
            }
        if "total_students" in wanted:
            body["total_students"] = section.students
        return body


def term_json(term: Term, token: CanvasToken) -> dict[str, Any]:
    """Return a term as Canvas shows it."""
    body: dict[str, Any] = {
        "id": term.id,
        "name": term.name,
        "start_at": moment(term.start),
        "end_at": moment(term.end),
        "workflow_state": "active",
    }
    if sees_sis_ids(token):
        body["sis_term_id"] = term.sis_term_id
    return body


def teacher_json(teacher: Teacher) -> dict[str, Any]:
    """Return a teacher as Canvas shows one beside a course."""
    return {"id": teacher.id, "display_name": f"{teacher.first_name} {teacher.last_name}", "pronouns": None}
