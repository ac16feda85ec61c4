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
from gpb.sandbox.numbers import leading, whole
from gpb.sandbox.replies import charge, json_reply
from gpb.sandbox.tokens import CanvasToken, Keyring

TIME_ZONE = "America/New_York"
SHORTEST_SEARCH = 3
SHOWN_STATES = {"created": "unpublished", "claimed": "unpublished"}
DEFAULT_STATES = frozenset({"created", "claimed", "available", "completed"})
ALL_STATES = DEFAULT_STATES | {"deleted"}
PUBLISHED_STATES = frozenset({"available", "completed"})


SAME_FOR_ALL_COURSES: dict[str, Any] = {
    "course_color": None,
    "default_view": "modules",
    "end_at": None,
    "friendly_name": None,
    "grade_passback_setting": None,
    "grading_standard_id": None,
    "hide_final_grades": False,
    "homeroom_course": False,
    "is_public": False,
    "license": None,
    "restrict_enrollments_to_course_dates": False,
    "start_at": None,
    "storage_quota_mb": 500,
    "template": False,
    "time_zone": TIME_ZONE,
}


def moment(day: date | None) -> str | None:
    """Return the instant at which a day begins, as Canvas writes it."""
    return f"{day.isoformat()}T05:00:00Z" if day else None


def flag_of(request: Request, name: str) -> bool | None:
    """Return a yes-or-no parameter, or None when it is absent."""
    text = request.query_params.get(name)
    return None if text is None else text.lower() in ("true", "1", "yes", "on")


def included(request: Request, token: CanvasToken) -> set[str]:
    """Return the words of `include[]`, none of them for a token that does not allow it."""
    return set(request.query_params.getlist("include[]")) if token.allows_include else set()


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
        """List the terms, which only a root account has: the active ones, or those in the `workflow_state[]` sent."""
        token = signed_in(request, self.keyring)
        account = account_of(self.world, token, request.path_params["account"])
        if account.parent_id is not None:
            return json_reply({"message": "Terms only belong to root accounts."}, 400)
        states = {*request.query_params.getlist("workflow_state[]"), *request.query_params.getlist("workflow_state")}
        states = {"active", "deleted"} if "all" in states else states or {"active"}
        terms = [term for term in self.world.terms.values() if term.workflow_state in states]
        return page_reply(request, terms, lambda term: term_json(term, token), "enrollment_terms", numbered=True)

    async def account_courses(self, request: Request) -> Response:
        """List the courses of an account and of those below it, filtered; ordered by id.

        With `teacher_limit` those with more teachers tell their `teacher_count` in place of the teachers.
        """
        token = signed_in(request, self.keyring)
        account = account_of(self.world, token, request.path_params["account"])
        found = self._filtered(request, subtree(self.world, account))
        wanted = included(request, token)
        if wanted & {"teachers", "total_students"}:
            charge(request, 0.03)
        limit = leading(request.query_params["teacher_limit"]) if "teacher_limit" in request.query_params else None
        return page_reply(request, found, lambda course: self._course_json(course, token, wanted, limit))

    def _filtered(self, request: Request, accounts: set[int]) -> list[Course]:
        query = request.query_params
        below = {whole(text) for text in query.getlist("by_subaccounts[]")} - {None}
        accounts = accounts & below if below else accounts
        states = set(query.getlist("state[]")) or DEFAULT_STATES
        states = ALL_STATES if "all" in states else states
        published = flag_of(request, "published")
        if published is not None:
            states = states & {"available"} if published else states - {"available"}
        search = query.get("search_term", "").lower()
        if 0 < len(search) < SHORTEST_SEARCH:
            body = {"field": "search_term", "code": "invalid", "message": "3 or more characters is required"}
            raise errors.refuse(json_reply({"errors": [body]}, 400))
        terms = {term_of(self.world, text).id for text in self._wanted_terms(request)}
        blueprint, enrolled = flag_of(request, "blueprint"), flag_of(request, "with_enrollments")
        return [
            course
            for course in self.world.courses.values()
            if (not terms or course.term_id in terms)
            and course.workflow_state in states
            and course.account_id in accounts
            and (blueprint is None or course.blueprint == blueprint)
            and (enrolled is None or (self._students(course) > 0) == enrolled)
            and (not search or search in f"{course.name}\n{course.course_code}\n{course.sis_course_id}".lower())
        ]

    @staticmethod
    def _wanted_terms(request: Request) -> list[str]:
        query = request.query_params
        found = [*query.getlist("enrollment_term_id"), *query.getlist("enrollment_term_id[]")]
        return [text for text in found if text]

    async def course(self, request: Request) -> Response:
        """Return one course; here, unlike in the list, `sections` may be included."""
        token = signed_in(request, self.keyring)
        course = course_of(self.world, request.path_params["course"])
        wanted = included(request, token)
        body = self._course_json(course, token, wanted)
        if "sections" in wanted:
            sections = (self.world.sections[section_id] for section_id in course.section_ids)
            body["sections"] = [{"id": section.id, "name": section.name} for section in sections]
        return json_reply(body)

    async def course_sections(self, request: Request) -> Response:
        """List the sections of a course by name; the undocumented `all=1` lists them on one page."""
        token = signed_in(request, self.keyring)
        course = course_of(self.world, request.path_params["course"])
        wanted = included(request, token)
        sections = sorted(map(self.world.sections.__getitem__, course.section_ids), key=by_name)
        if flag_of(request, "all"):
            return json_reply([self._section_json(section, token, wanted) for section in sections])
        return page_reply(request, sections, lambda section: self._section_json(section, token, wanted), numbered=True)

    async def section(self, request: Request) -> Response:
        """Return one section."""
        token = signed_in(request, self.keyring)
        section = section_of(self.world, request.path_params["section"])
        if "course" in request.path_params and section.course_id != int(
            course_of(self.world, request.path_params["course"]).id
        ):
            raise errors.refuse(errors.not_found())
        return json_reply(self._section_json(section, token, included(request, token)))

    def _students(self, course: Course) -> int:
        return sum(self.world.sections[section].students for section in course.section_ids)

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

    def _course_json(
        self, course: Course, token: CanvasToken, wanted: set[str], teacher_limit: int | None = None
    ) -> dict[str, Any]:
        term = self.world.terms[course.term_id]
        body: dict[str, Any] = {
            "id": course.id,
            "name": course.name,
            "course_code": course.course_code,
            "account_id": course.account_id,
            "root_account_id": ROOT_ACCOUNT,
            "enrollment_term_id": course.term_id,
            "workflow_state": SHOWN_STATES.get(course.workflow_state, course.workflow_state),
            "apply_assignment_group_weights": course.weighted,
            "blueprint": course.blueprint,
            **SAME_FOR_ALL_COURSES,
        }
        if sees_sis_ids(token):
            body |= {"sis_course_id": course.sis_course_id, "integration_id": None}
        if "term" in wanted:
            body["term"] = term_json(term, token)
        if "teachers" in wanted and (teacher_limit is None or len(course.teachers) <= teacher_limit):
            body["teachers"] = [teacher_json(teacher) for teacher in course.teachers]
        elif "teachers" in wanted:
            body["teacher_count"] = len(course.teachers)
        if "account_name" in wanted:
            body["account_name"] = self.world.accounts[course.account_id].name
        if "total_students" in wanted:
            body["total_students"] = self._students(course)
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


def by_name(section: Section) -> tuple[str, int]:
    """Return what sections are sorted by, in REST as in GraphQL."""
    return section.name.casefold(), section.id


def term_json(term: Term, token: CanvasToken) -> dict[str, Any]:
    """Return a term as Canvas shows it."""
    body: dict[str, Any] = {
        "id": term.id,
        "name": term.name,
        "start_at": moment(term.start),
        "end_at": moment(term.end),
        "workflow_state": term.workflow_state,
    }
    if sees_sis_ids(token):
        body["sis_term_id"] = term.sis_term_id
    return body


def teacher_json(teacher: Teacher) -> dict[str, Any]:
    """Return a teacher as Canvas shows one beside a course."""
    return {"id": teacher.id, "display_name": f"{teacher.first_name} {teacher.last_name}", "pronouns": None}
