"""Sign-in keeps the door shut in every broken way, and admits whom the lists name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit import config
from streamlit.runtime.secrets import Secrets
from streamlit.testing.v1 import AppTest

from gpb.errors import SettingsError
from gpb.ui.entrance.admission import _secrets
from gpb.workspace import Workspace
from tests.pages.conftest import ROOT, unescaped
from tests.variants import first_quick

PROVIDER = {
    "redirect_uri": "http://localhost/oauth2callback",
    "cookie_secret": "c" * 40,
    "client_id": "id",
    "client_secret": "secret",
    "server_metadata_url": "http://localhost:1/.well-known/openid-configuration",
}
ANN = {
    "is_logged_in": True,
    "sub": "248289761001",
    "name": "Ann",
    "email": "ann@district.example",
    "email_verified": True,
    "groups": ["Coordinators"],
}
ENTRA = {**ANN, "iss": "https://login.microsoftonline.com/72f988bf/v2.0", "email_verified": False}


def visited(secrets: dict[str, Any] | None = None, user: dict[str, Any] | None = None) -> AppTest:
    """The dashboard as somebody finds it."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for name, section in (secrets or {}).items():
        app.secrets[name] = section
    if user is not None:
        app.user = user
    return app.run()


def sees_rows(app: AppTest) -> bool:
    """Whether anything of the district is on the page, its sidebar included."""
    return len(app.metric) > 0 or len(app.dataframe) > 0 or len(app.selectbox) > 0


def test_nobody_has_to_sign_in_on_the_own_machine(live: Workspace) -> None:
    """As long as nothing asks for it."""
    assert sees_rows(visited())


@pytest.mark.parametrize(
    ("secrets", "reason"),
    [
        ({}, "Sign-in is required here but is not configured"),
        ({"Auth": PROVIDER}, "has a section [Auth]"),
        ({" auth": PROVIDER}, "has a section [ auth]"),
        ({"auth": {**PROVIDER, "cookie_secret": " "}}, "is missing cookie_secret"),
        ({"auth": {"client_id": "id"}}, "is missing redirect_uri, cookie_secret, client_secret, server_metadata_url"),
        ({"auth": "yes"}, "is missing redirect_uri"),
        (
            {"auth": {**PROVIDER, "cookie_secret": "c" * 31}},
            "secrets.toml has fewer than 32 characters",
        ),
        ({"auth": {**PROVIDER, "redirect_uri": "https://d.example/callback"}}, "must start with https:// and end with"),
        ({"auth": {**PROVIDER, "redirect_uri": "https://d.example/oauth2callback/"}}, "and end with /oauth2callback"),
        ({"auth": {**PROVIDER, "redirect_uri": "http://d.example/oauth2callback"}}, "must start with https://"),
        ({"auth": {**PROVIDER, "redirect_uri": "https:///oauth2callback"}}, "must start with https://"),
        ({"auth": PROVIDER}, "Nobody is allowed to sign in yet"),
    ],
)
def test_a_wrong_configuration_shows_nothing(
    live: Workspace, monkeypatch: pytest.MonkeyPatch, secrets: dict[str, Any], reason: str
) -> None:
    """One sentence says what to correct, in which file; also to somebody who claims to have signed in."""
    monkeypatch.setenv("GPB_SIGN_IN", "required")
    for user in (None, ANN):
        app = visited(secrets, user)
        assert reason in unescaped(app.error[0].value)
        assert not sees_rows(app)
        assert [error.value for error in app.exception] == []


@pytest.mark.parametrize("secrets", [{"Auth": PROVIDER}, {"auth": {"client_id": "id"}}])
def test_a_misspelt_section_shuts_the_door_also_where_nothing_else_asks_for_sign_in(
    live: Workspace, secrets: dict[str, Any]
) -> None:
    """Somebody wanted it."""
    assert not sees_rows(visited(secrets))


@pytest.mark.parametrize(("content", "is_in"), [("[auth\nclient_id = ", False), ("\xff", False), (None, True)])
def test_a_file_that_cannot_be_read_is_not_taken_for_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None, is_in: bool
) -> None:
    """Whatever is wrong with it; a missing one is none."""
    file = tmp_path / "secrets.toml"
    if content is not None:
        file.write_bytes(content.encode("latin-1"))
    secrets = Secrets()
    monkeypatch.setattr(st, "secrets", secrets)
    option = st.get_option("secrets.files")
    config._set_option("secrets.files", [str(file)], "this test")
    try:
        if is_in:
            assert _secrets() == {}
        else:
            with pytest.raises(SettingsError, match=r"secrets\.toml cannot be read .* nothing is shown"):
                _secrets()
    finally:
        config._set_option("secrets.files", option, "this test")


@pytest.mark.parametrize("address", ["0.0.0.0", "", "192.168.1.7", "dashboard.district.example", "unix:///run/gpb"])
def test_an_address_that_others_reach_asks_for_sign_in(
    live: Workspace, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """Whatever interface the server is bound to, but loopback; no setting opens it to them."""
    _with_option(monkeypatch, "server.address", address)
    for setting in ("", "off", "none", "0", "false"):
        monkeypatch.setenv("GPB_SIGN_IN", setting)
        assert not sees_rows(visited())
        assert not sees_rows(visited(user=ANN))


@pytest.mark.parametrize(
    "url", first_quick(["https://gpb.district.example", "http://192.168.1.7:8501", "https://localhost.d.example"])
)
def test_a_name_by_which_others_open_it_asks_for_sign_in(
    live: Workspace, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    """Behind a proxy the server itself listens to its own machine only."""
    monkeypatch.setenv("GPB_DASHBOARD_URL", url)
    app = visited()
    assert "Sign-in is required here" in unescaped(app.error[0].value)
    assert not sees_rows(app)
    for own in ("http://localhost:8501", "http://127.0.0.1:9000", ""):
        monkeypatch.setenv("GPB_DASHBOARD_URL", own)
        assert sees_rows(visited())


def test_no_request_says_by_itself_from_whom_it_comes(live: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Headers that Streamlit is told to trust would stand above the signed cookie."""
    monkeypatch.setenv("GPB_ALLOWED_PEOPLE", "*")
    _with_option(monkeypatch, "server.trustedUserHeaders", {"X-User": "email"})
    app = visited({"auth": PROVIDER}, ANN)
    assert "trustedUserHeaders" in unescaped(app.error[0].value)
    assert not sees_rows(app)


def _with_option(monkeypatch: pytest.MonkeyPatch, option: str, value: object) -> None:
    real = st.get_option
    monkeypatch.setattr(st, "get_option", lambda name: value if name == option else real(name))


def test_whoever_has_not_signed_in_finds_a_button(live: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing else."""
    monkeypatch.setenv("GPB_ALLOWED_PEOPLE", "*")
    app = visited({"auth": PROVIDER}, {"is_logged_in": False})
    assert [button.label for button in app.button] == ["Sign in"]
    assert not sees_rows(app)


@pytest.mark.parametrize(
    ("lists", "person", "is_in"),
    [
        ({"PEOPLE": "*"}, ANN, True),
        ({"PEOPLE": "*"}, {"is_logged_in": True, "sub": "1"}, True),
        ({"DOMAINS": "*"}, ANN, False),
        ({"DOMAINS": "district.example"}, ENTRA, False),
        ({"DOMAINS": "district.example"}, {**ENTRA, "xms_edov": True}, True),
        ({"DOMAINS": "district.example"}, {**ENTRA, "xms_edov": "1"}, True),
        ({"DOMAINS": "district.example"}, {**ENTRA, "xms_edov": False}, False),
        ({"DOMAINS": "district.example"}, {**ANN, "email_verified": False, "xms_edov": True}, False),
        ({"PEOPLE": "bob@district.example, Ann@District.example"}, ANN, True),
        ({"PEOPLE": "bob@district.example"}, ANN, False),
        ({"DOMAINS": "district.example"}, ANN, True),
        ({"DOMAINS": "district.example"}, {**ANN, "email_verified": False}, False),
        ({"DOMAINS": "district.example"}, {name: ANN[name] for name in ("is_logged_in", "email")}, False),
        ({"DOMAINS": "example"}, ANN, False),
        ({"DOMAINS": "district.example"}, {**ANN, "email": "ann@district.example.evil.example"}, False),
        ({"GROUPS": "coordinators"}, ANN, True),
        ({"GROUPS": "teachers"}, ANN, False),
        ({"GROUPS": "coordinators"}, {**ANN, "groups": "coordinators"}, False),
        ({"PEOPLE": "ann"}, {"is_logged_in": True, "name": "ann"}, False),
    ],
)
def test_the_lists_admit_whom_they_name(
    live: Workspace, monkeypatch: pytest.MonkeyPatch, lists: dict[str, str], person: dict[str, Any], is_in: bool
) -> None:
    """By verified address, its domain, or group; others read who they are, and can sign out."""
    for name, value in lists.items():
        monkeypatch.setenv(f"GPB_ALLOWED_{name}", value)
    app = visited({"auth": PROVIDER}, person)
    assert sees_rows(app) is is_in
    assert "Sign out" in [button.label for button in app.button]


def test_a_list_without_a_name_admits_nobody(live: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody is asked for by name, too."""
    monkeypatch.setenv("GPB_ALLOWED_PEOPLE", " , ")
    app = visited({"auth": PROVIDER}, ANN)
    assert "GPB_ALLOWED_PEOPLE=*" in unescaped(app.error[0].value)
    assert not sees_rows(app)


@pytest.mark.parametrize("claim", [None, False, "True", 1])
def test_only_streamlit_s_own_word_means_signed_in(
    live: Workspace, monkeypatch: pytest.MonkeyPatch, claim: object
) -> None:
    """Nothing that looks like it."""
    monkeypatch.setenv("GPB_ALLOWED_PEOPLE", "*")
    assert not sees_rows(visited({"auth": PROVIDER}, {**ANN, "is_logged_in": claim}))
