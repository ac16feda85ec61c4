"""What stands between here and the server: one page of a firewall costs a retry, and no sentence blames the token."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from gpb.api.http.credentials import BearerToken
from gpb.api.http.replies import ForeignReply, Judge, canvas_reply
from gpb.api.http.retries import ATTEMPTS
from gpb.api.http.transport import Transport
from gpb.api.sis_replies import focus_reply, oneroster_reply, token_reply
from gpb.errors import Blocked, TokenRejected, WrongServer
from tests.api.conftest import Canned, ScriptedServer

HTML = {"Content-Type": "text/html"}
FIREWALL = Canned(403, "<!DOCTYPE html><h1>Sorry, you have been blocked</h1>", HTML)
FILTER = Canned(401, "", {**HTML, "WWW-Authenticate": 'Basic realm="filter"'})
PROXY = Canned(407, "", {**HTML, "Proxy-Authenticate": "Basic"})
PORTAL = Canned(302, "", {"Location": "http://portal.example/login"})
POLICY = Canned(403, "Access denied by policy", {"Content-Type": "text/plain"})
PAGES = [POLICY, FIREWALL, FILTER, PROXY, PORTAL, Canned(200, "<html>Please log in</html>", HTML)]
NAMES = ["a policy", "a firewall", "a filter", "a proxy", "a portal", "a page for a reply"]


@pytest.fixture
async def transport(server: ScriptedServer) -> AsyncIterator[Transport]:
    """A transport to a server that has answered as Canvas."""
    made = Transport("Canvas", server.url, canvas_reply, BearerToken(SecretStr("t")))
    server.on("GET /first", Canned(body=[]))
    await made.get("/first", about="account 1")
    yield made
    await made.aclose()


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
async def test_one_page_in_the_middle_is_asked_for_again(
    server: ScriptedServer, transport: Transport, page: Canned
) -> None:
    """The next one is right."""
    server.on("GET /x", page, Canned(body={"id": 1}))
    assert (await transport.get("/x", about="course 7")).data == {"id": 1}


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
async def test_what_stays_in_the_way_is_named_for_what_it_is(
    server: ScriptedServer, transport: Transport, page: Canned
) -> None:
    """Neither the address nor the token is wrong; tried a few times, not for ever."""
    server.on("GET /x", page)
    with pytest.raises(Blocked, match=r"(?i)ask your network team") as caught:
        await transport.get("/x", about="course 7")
    assert "GPB_CANVAS_TOKEN" not in str(caught.value)
    assert "GPB_CANVAS_URL" not in str(caught.value)
    assert len(server.calls("GET /x")) == ATTEMPTS


async def test_a_write_that_met_a_page_may_have_been_carried_out(server: ScriptedServer, transport: Transport) -> None:
    """It is not sent again blindly: whoever sent it looks."""
    server.on("PUT /x", FIREWALL)
    with pytest.raises(ForeignReply):
        await transport.put("/x", {}, about="assignment group 5")
    assert len(server.calls("PUT /x")) == 1


async def test_before_any_answer_an_address_may_be_wrong_all_the_same(server: ScriptedServer) -> None:
    """A web page then says so, and names what else it may be."""
    server.on("GET /x", FIREWALL)
    transport = Transport("Canvas", server.url, canvas_reply, BearerToken(SecretStr("t")))
    with pytest.raises(WrongServer, match=r"Correct GPB_CANVAS_URL\. If it is right, a firewall or web filter"):
        await transport.get("/x", about="account 1")
    await transport.aclose()
    assert len(server.seen) == 1


@pytest.mark.parametrize("judge", [canvas_reply, focus_reply, oneroster_reply, token_reply])
def test_a_challenge_of_something_else_is_told_from_a_refused_token(judge: Judge) -> None:
    """Canvas and OAuth ask with Bearer; a filter and a proxy ask for a login of their own."""
    with pytest.raises(Blocked, match="asks for a login of its own"):
        judge(401, {"www-authenticate": 'Basic realm="filter"'}, b"", "a token")
    with pytest.raises(Blocked, match=r"A proxy between this machine and .* NO_PROXY"):
        judge(407, {}, b"", "a token")
    own = {"www-authenticate": 'Bearer realm="canvas-lms"', "content-type": "application/json"}
    with pytest.raises(TokenRejected):
        judge(401, own, b'{"errors":[{"message":"Invalid access token."}]}', "a token")
