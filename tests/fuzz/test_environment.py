"""Whatever stands in the environment and in ``.env``: a way to the server and settings, or a sentence."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from gpb.api.http.credentials import BearerToken
from gpb.api.http.replies import canvas_reply
from gpb.api.http.transport import Transport
from gpb.errors import SettingsError
from gpb.setting_sources import read_env_file
from gpb.settings import load_settings

PIECES = st.sampled_from(
    [*"[]:/@,;*%#?\\ .\"é\u200b\udce9", "http", "https", "socks5", "://", "::1", "fd00::/8", "proxy.example", "8080",
     "99999", "canvas.district.example", "10.0.0.0/8", "user:word@"]
)  # fmt: skip
VALUES = st.lists(PIECES, max_size=8).map("".join)


@settings(deadline=None)
@given(proxy=VALUES, exceptions=VALUES)
@example(proxy="http://a..b", exceptions="[::1]:x,[,*:")
def test_any_proxy_variable_is_taken_or_refused_with_a_sentence(proxy: str, exceptions: str) -> None:
    """No other error, and no password in it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("https_proxy", proxy)
        patch.setenv("no_proxy", exceptions)
        try:
            Transport("Canvas", "https://canvas.district.example", canvas_reply, BearerToken(SecretStr("t")))
        except SettingsError as refused:
            assert "https_proxy" in str(refused)
            assert str(refused).endswith(".")


LINES = st.sampled_from(
    ["GPB_TERM=5", "GPB_TERM", "export GPB_TERM='5", "# GPB", "A: b", "\ufeff", "GPB_TERM=${A}", "="]
)


@settings(deadline=None)
@given(
    content=st.one_of(st.binary(max_size=40), st.lists(LINES, max_size=4).map(lambda lines: "\n".join(lines).encode()))
)
def test_any_file_of_settings_is_read_or_refused_with_a_sentence(content: bytes) -> None:
    """Nothing that it holds is quoted."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / ".env"
        place.write_bytes(content)
        try:
            assert all(isinstance(value, str) for value in read_env_file(place).values())
            load_settings(place)
        except SettingsError as refused:
            assert str(refused).endswith(".")


@pytest.mark.parametrize("name", ["GPB_DATA_DIR", "GPB_TERM", "GPB_CANVAS_TOKEN", "GPB_CODEC", "GPB_MAX_NEW"])
def test_bytes_that_are_no_text_are_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """They can be neither stored nor sent."""
    monkeypatch.setenv(name, os.fsdecode(b"/srv/\xe9"))
    with pytest.raises(SettingsError, match=f"{name} contains bytes that are not UTF-8 text"):
        load_settings(None)
