"""Names as nobody should write them, in every field of every record of a sandbox, and a beacon to stay silent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle

from gpb.sandbox import World

FORGED = "2026-11-25 12:00:00,000 INFO gpb.sync run forged"
EVIL = "evil.example"


def hostile_names(beacon: str) -> list[str]:
    """Image, link, HTML, colour, emoji, formula, arrows, direction, escape and control characters, new line, length."""
    return [
        f"![a]({beacon}/image.png)",
        f"<img src='{beacon}/html.png' onerror='alert(1)'>",
        f"</span><script src='{beacon}/script.js'></script>",
        f"[click](http://{EVIL}/link)",
        f"www.{EVIL}/www http://{EVIL}/bare ann@{EVIL}",
        ":red[colour] :smile: :material/home: :red-badge[x]",
        "$\\frac{a}{b}$ $$x^2$$",
        ":100: :8ball: a -- b -> c >= d",
        "\u202egnitset\u202c \u2066isolate\u2069",
        "\x1b[2J\x1b]0;title\x07\x1b[31mred\x08\x7f\x9b31m",
        f"one\n{FORGED}\r\ntwo\u2028three",
        "# heading\n\n- list\n\n| a | b |\n|---|---|\n| c | d |",
        "`code` **bold** _under_ ~~gone~~ \\back",
        "x" * 10_000,
    ]


def make_hostile(world: World, beacon: str) -> None:
    """Rename everything that has a name in Canvas and Focus; each name stays one of its own."""
    rename(world, (f"{name} {number}" for number, name in enumerate(cycle(hostile_names(beacon)))))


def rename(world: World, names: Iterator[str]) -> None:
    """Take a name after the other for everything in Canvas and Focus that has one."""
    for account in world.accounts.values():
        account.name = next(names)
    for term in world.terms.values():
        term.name = next(names)
    for school in world.schools.values():
        school.title = next(names)
    for teacher in world.teachers.values():
        teacher.first_name, teacher.last_name = next(names), next(names)
    for course in world.courses.values():
        course.name, course.course_code = next(names), next(names)
    for section in world.sections.values():
        section.name = next(names)
    for known in world.sis_sections.values():
        known.title, known.course_title = next(names), next(names)
    for group in world.groups.values():
        group.name = next(names)
    for category in world.categories.values():
        category.title = next(names)


class Beacon:
    """Counts who comes."""

    def __init__(self) -> None:
        self.visits: list[str] = []
        visits = self.visits

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                visits.append(self.path)
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def listening() -> Iterator[Beacon]:
    """A beacon until the end of the block."""
    beacon = Beacon()
    try:
        yield beacon
    finally:
        beacon.close()
