"""Accounts, terms, courses and sections, line by line of the contract."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from gpb.sandbox import Running
from gpb.sandbox.district.model import Account
from tests.sandbox.conftest import CURRENT, canvas, flat, token_without, walk

SIS_KEYS = {"sis_course_id", "sis_section_id", "sis_account_id", "sis_term_id", "integration_id"}


def test_default_district_has_the_promised_size(district: Running) -> None:
    """The current term has 250 courses, 600 sections and 4,000 rows of group and SIS section."""
    client = canvas(district)
    courses = flat(walk(client, f"accounts/self/courses?per_page=100&{CURRENT}"))
    sections = groups = rows = 0
    for course in courses:
        own = client.get(f"courses/{course['id']}/sections?all=1").json()
        count = len(flat(walk(client, f"courses/{course['id']}/assignment_groups?per_page=100")))
        sections += len(own)
        groups += count
        rows += count * sum(section["sis_section_id"] is not None for section in own)
    assert (len(courses), sections, rows) == (250, 600, 4000)


def test_page_length_defaults_to_ten_and_is_clamped_to_a_hundred(district: Running) -> None:
    """`per_page` is 10 unless told, and silently at most 100."""
    client = canvas(district)
    lengths = [len(client.get(f"accounts/self/courses{query}").json()) for query in ("", "?per_page=5000")]
    assert lengths == [10, 100]


def test_next_page_is_an_opaque_bookmark_and_no_last_page_is_told(district: Running) -> None:
    """The Link header has current, first and next, never last; its `page` is no number; its name is lower case."""
    reply = canvas(district).get(f"accounts/self/courses?per_page=100&{CURRENT}")
    assert set(reply.links) == {"current", "next", "first"}
    page = parse_qs(urlsplit(reply.links["next"]["url"]).query)["page"][0]
    assert page.startswith("bookmark:")
    assert all(name == name.lower() for name, _ in reply.headers.raw)


def test_links_keep_the_filters_and_lose_the_token(district: Running) -> None:
    """A link repeats every parameter but the token."""
    client = canvas(district)
    token = client.headers.pop("authorization").removeprefix("Bearer ")
    reply = client.get(f"accounts/self/courses?access_token={token}&include[]=term&{CURRENT}")
    query = parse_qs(urlsplit(reply.links["next"]["url"]).query)
    assert (query["include[]"], query["enrollment_term_id"], "access_token" in query) == (["term"], ["3"], False)


def test_page_walk_gives_every_course_once(district: Running) -> None:
    """Following the links gives each course of the term exactly once."""
    ids = [course["id"] for course in flat(walk(canvas(district), f"accounts/self/courses?per_page=33&{CURRENT}"))]
    wanted = [one.id for one in district.world.courses.values() if one.term_id == 3 and one.workflow_state != "deleted"]
    assert ids == wanted


@pytest.mark.parametrize(("page", "expected"), [("page=9999", 200), ("page=bookmark:nonsense", 404)])
def test_page_past_the_end_is_empty_and_a_false_bookmark_is_refused(
    district: Running, page: str, expected: int
) -> None:
    """A page past the end is `200 []`, not an error; a bookmark that is none is 404."""
    reply = canvas(district).get(f"accounts/self/courses?{page}")
    assert reply.status_code == expected
    assert reply.json() == [] or expected == 404


@pytest.mark.parametrize("account", ["self", "1", "sis_account_id:DISTRICT"])
def test_account_answers_to_its_three_ids(district: Running, account: str) -> None:
    """`self`, the number and `sis_account_id:X` mean the same account."""
    assert canvas(district).get(f"accounts/{account}").json()["id"] == 1


def test_sub_accounts_are_the_schools_and_recursive_goes_deeper(small: Running) -> None:
    """Without `recursive` only the children are listed, with it all accounts below."""
    school = next(iter(small.world.schools.values())).account_id
    small.world.accounts[900] = Account(900, "Evening programme", school, None)
    client = canvas(small)
    plain = client.get("accounts/self/sub_accounts").json()
    deep = client.get("accounts/self/sub_accounts?recursive=true").json()
    assert ([one["id"] for one in plain], [one["id"] for one in deep]) == ([10, 11], [10, 11, 900])
    assert {"id", "name", "parent_account_id", "sis_account_id"} <= deep[0].keys()


def test_courses_of_an_account_include_those_below_it(small: Running) -> None:
    """A school lists its own courses and those of its sub-accounts, the district lists all."""
    small.world.accounts[900] = Account(900, "Evening programme", 10, None)
    small.world.courses[1001].account_id = 900
    client = canvas(small)
    school = {course["id"] for course in flat(walk(client, "accounts/10/courses?per_page=100"))}
    other = {course["id"] for course in flat(walk(client, "accounts/11/courses?per_page=100"))}
    everything = {course["id"] for course in flat(walk(client, "accounts/self/courses?per_page=100"))}
    assert 1001 in school - other
    assert school | other == everything


def test_terms_are_wrapped_and_belong_to_the_root_account(district: Running) -> None:
    """The body is `{"enrollment_terms": [...]}`; only a root account has terms; one of them contains today."""
    client = canvas(district)
    terms = client.get("accounts/1/terms").json()["enrollment_terms"]
    assert [term["id"] for term in terms if term["start_at"] and term["start_at"] < "2020-10-01" < term["end_at"]] == [
        3
    ]
    assert [term["name"] for term in terms] == ["Default Term", "Spring 2020", "Fall 2020", "Spring 2021"]
    assert client.get("accounts/10/terms").status_code == 400


@pytest.mark.parametrize(
    ("query", "states"),
    [
        ("", {"available", "unpublished", "completed"}),
        ("state[]=all", {"available", "unpublished", "completed", "deleted"}),
        ("state[]=deleted", {"deleted"}),
        ("state[]=available&state[]=completed", {"available", "completed"}),
        ("published=true", {"available"}),
        ("published=false", {"unpublished", "completed"}),
        ("published=false&state[]=all", {"unpublished", "completed", "deleted"}),
    ],
)
def test_states_are_filtered(district: Running, query: str, states: set[str]) -> None:
    """`state[]` filters, `published` means available; deleted ones come only when asked; created is unpublished."""
    found = flat(walk(canvas(district), f"accounts/self/courses?per_page=100&{query}"))
    assert {course["workflow_state"] for course in found} == states


def test_term_filter_takes_a_number_or_a_sis_id_and_refuses_others(district: Running) -> None:
    """`enrollment_term_id` takes a number, `sis_term_id:X`, or several of them; an unknown term is 404."""
    client = canvas(district)
    by_number = client.get("accounts/self/courses?enrollment_term_id=3").json()
    by_sis_id = client.get("accounts/self/courses?enrollment_term_id=sis_term_id:2020-S1").json()
    assert by_number == by_sis_id
    assert client.get("accounts/self/courses?enrollment_term_id=77").status_code == 404
    both = flat(walk(client, "accounts/self/courses?per_page=100&enrollment_term_id[]=3&enrollment_term_id[]=4"))
    assert {course["enrollment_term_id"] for course in both} == {3, 4}


def test_search_needs_three_characters(district: Running) -> None:
    """`search_term` finds parts of names from three characters on; fewer are 400."""
    client = canvas(district)
    found = client.get(f"accounts/self/courses?search_term=biology&{CURRENT}").json()
    assert {"biology" in course["name"].lower() for course in found} == {True}
    assert client.get("accounts/self/courses?search_term=bi").status_code == 400


def test_sections_cannot_be_included_in_the_list(district: Running) -> None:
    """`include[]=sections` is stripped from the list of an account, while term, teachers and names are given."""
    includes = "&".join(f"include[]={word}" for word in ("sections", "term", "teachers", "account_name", "concluded"))
    course = canvas(district).get(f"accounts/self/courses?include[]=total_students&{includes}").json()[0]
    assert "sections" not in course
    assert {"term", "teachers", "account_name", "total_students", "concluded"} <= course.keys()
    assert course["teachers"][0]["display_name"] == "Zoë Ångström"


def test_many_teachers_are_counted_only_where_a_limit_is_set(small: Running) -> None:
    """Without `teacher_limit` every course has its teachers; with it, larger ones carry `teacher_count` instead."""
    small.world.courses[1001].teachers = list(small.world.teachers.values())[:3]
    client = canvas(small)
    shown = [
        client.get(f"accounts/self/courses?include[]=teachers{limit}").json()[0]
        for limit in ("", "&teacher_limit=3", "&teacher_limit=2")
    ]
    assert [(len(one.get("teachers", [])), one.get("teacher_count")) for one in shown] == [(3, None), (3, None), (0, 3)]


def test_token_without_include_parameters_gets_none_and_no_word_of_it(small: Running) -> None:
    """A scoped key whose box is not ticked: 200 as ever, no `assignments` in groups, no `teachers` in courses."""
    token = next(one.token for one in small.keyring.canvas.values() if not one.allows_include)
    client = canvas(small, token)
    groups = client.get("courses/1001/assignment_groups?include[]=assignments")
    courses = client.get("accounts/self/courses?include[]=teachers&include[]=term")
    assert (groups.status_code, courses.status_code) == (200, 200)
    assert {"assignments"}.isdisjoint(groups.json()[0])
    assert {"teachers", "term"}.isdisjoint(courses.json()[0])
    assert canvas(small).get("courses/1001/assignment_groups?include[]=assignments").json()[0]["assignments"]


def test_courses_with_and_without_enrollments_are_told_apart(small: Running) -> None:
    """`with_enrollments` keeps the courses that have students, or those that have none."""
    for section_id in small.world.courses[1001].section_ids:
        small.world.sections[section_id].students = 0
    client = canvas(small)
    full, empty = (
        {one["id"] for one in flat(walk(client, f"accounts/self/courses?per_page=100&with_enrollments={wish}"))}
        for wish in ("true", "false")
    )
    every = {one["id"] for one in flat(walk(client, "accounts/self/courses?per_page=100"))}
    assert (1001 in empty, 1002 in full, full | empty, full & empty) == (True, True, every, set())


def test_sections_come_by_name(small: Running) -> None:
    """Ordered by name whatever the case of its letters, not by id; `all=1` too."""
    first, second = small.world.courses[1001].section_ids
    small.world.sections[first].name, small.world.sections[second].name = "beta", "Alpha"
    client = canvas(small)
    for query in ("", "?all=1"):
        assert [one["name"] for one in client.get(f"courses/1001/sections{query}").json()] == ["Alpha", "beta"]


def test_terms_are_the_active_ones_unless_all_are_wanted(small: Running) -> None:
    """A deleted term is listed only with `workflow_state[]=all`, or when its state is named."""
    small.world.terms[2].workflow_state = "deleted"
    client = canvas(small)
    listed = [
        [one["id"] for one in client.get(f"accounts/1/terms{query}").json()["enrollment_terms"]]
        for query in ("", "?workflow_state[]=all", "?workflow_state[]=deleted")
    ]
    assert listed == [[1, 3, 4], [1, 2, 3, 4], [2]]


def test_sis_keys_are_left_out_without_the_right(district: Running) -> None:
    """Without read_sis the SIS keys are omitted, not null."""
    client = canvas(district, token_without(district, "read_sis"))
    paths = ("accounts/self/courses", "courses/1001/sections", "accounts/self/sub_accounts")
    shown = [client.get(path).json()[0].keys() & SIS_KEYS for path in paths]
    shown.append(client.get("accounts/1/terms").json()["enrollment_terms"][2].keys() & SIS_KEYS)
    assert shown == [set(), set(), set(), set()]


def test_cross_listed_section_names_both_courses(district: Running) -> None:
    """`course_id` is the course that took the section, `nonxlist_course_id` the one it came from."""
    world = district.world
    course = next(one for one in world.courses.values() if one.name == "Chemistry" and len(one.section_ids) == 2)
    sections = canvas(district).get(f"courses/{course.id}/sections").json()
    assert [section["course_id"] for section in sections] == [course.id, course.id]
    assert [section["nonxlist_course_id"] for section in sections] == [None, course.id + 1]


def test_default_section_of_a_manual_course_has_a_null_sis_id(district: Running) -> None:
    """With the right the key is there, and null for a section that no SIS made."""
    course = next(one for one in district.world.courses.values() if one.name == "Chess Club")
    assert [section["sis_section_id"] for section in canvas(district).get(f"courses/{course.id}/sections").json()] == [
        None,
        "PERIOD-9-CHESS",
    ]


def test_deleted_course_is_not_found(district: Running) -> None:
    """A deleted course answers 404 with Canvas' own body."""
    deleted = next(one for one in district.world.courses.values() if one.workflow_state == "deleted")
    reply = canvas(district).get(f"courses/{deleted.id}")
    assert (reply.status_code, reply.json()) == (
        404,
        {"errors": [{"message": "The specified resource does not exist."}]},
    )


def test_section_is_found_by_its_sis_id_and_only_in_its_own_course(district: Running) -> None:
    """`sis_section_id:X` leads to the section; asking another course for it is 404."""
    client = canvas(district)
    section = client.get("courses/1001/sections").json()[0]
    assert client.get(f"sections/sis_section_id:{section['sis_section_id']}").json() == section
    assert client.get(f"courses/1001/sections/{section['id']}").json() == section
    assert client.get(f"courses/1002/sections/{section['id']}").status_code == 404


def test_one_course_may_include_its_sections(district: Running) -> None:
    """Unlike in the list, a single course can include its sections; it answers to its SIS id too."""
    course = canvas(district).get("courses/sis_course_id:C001001?include[]=sections").json()
    assert (course["id"], len(course["sections"])) == (1001, 2)
