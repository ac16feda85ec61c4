"""Snapshots in a bucket, over HTTP, with a stand-in of S3 that the program does not know."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gpb.errors import StoreError
from gpb.sandbox import Running
from gpb.store.locations.object_storage import ObjectStorage
from gpb.store.snapshots import SnapshotStore
from gpb.workspace import Workspace
from tests.browser.driver import free_port
from tests.lent import confirm
from tests.processes import wait_until
from tests.store.test_snapshots import FACTS, SOURCE, TABLES, saved
from tests.sync.conftest import choose_first, free_rows, with_settings

MOTO = Path(__file__).parents[3] / ".moto/bin/moto_server"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not MOTO.exists() and "CI" not in os.environ, reason="tests/s3-requirements.txt is not installed"
    ),
]


def is_open(port: int) -> bool:
    """Whether something listens there."""
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The options of a URL that lead to it."""
    port = free_port()
    with subprocess.Popen([MOTO, "-H", "127.0.0.1", "-p", str(port)], stderr=open("/tmp/moto2.log", "wb")) as running:
        wait_until(lambda: is_open(port))
        with pytest.MonkeyPatch.context() as patched:
            for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_EC2_METADATA_DISABLED"):
                patched.setenv(name, "true")
            yield f"endpoint_override=127.0.0.1:{port}&scheme=http&region=us-east-1"
        running.terminate()


@pytest.fixture
def url(server: str, tmp_path: Path) -> str:
    """A folder of its own in a bucket that is there."""
    url = f"s3://bucket/{tmp_path.name}?{server}&allow_bucket_creation=true"
    files, _ = ObjectStorage(url)._opened
    files.create_dir("bucket")
    return url


def test_a_term_lives_in_a_bucket(box: Running, workspace: Workspace, url: str) -> None:
    """A second dashboard on the same store sees the reading, and what a run wrote over it, equal to the first."""
    first, second = (with_settings(workspace, snapshots_url=url) for _ in range(2))
    asyncio.run(first.term.pull())
    confirm(first)
    assert second.term.latest_id() == first.term.latest_id()
    choose_first(first, free_rows(first, 3))
    asyncio.run(first.runs.perform(asyncio.run(first.door.begin(first.plan(), (), "ann"))))
    assert second.term.snapshots.base_of(str(second.term.latest_id())) is not None
    assert second.term.rows().equals(first.term.rows())
    assert second.term.stand_in() is None
    assert second.term.problems() == []
    row = second.term.rows().iloc[0]
    assert second.term.snapshots.integration_data(str(second.term.latest_id()), int(row["group_id"])) is not None
    assert not (workspace.settings.data_dir / "snapshots").exists()
    for one in (first, second):
        one.close()


def test_a_snapshot_is_there_once_it_is_placed_and_gone_once_it_is_removed(url: str) -> None:
    """For another reader, whose list of what is there may be some seconds old but never lacks what it asks for."""
    store, reader = (SnapshotStore(ObjectStorage(url), SOURCE) for _ in range(2))
    first = store.write(FACTS, TABLES)
    assert reader.identifiers() == set()
    store.place(first)
    assert reader.identifiers(first) == {first}
    assert reader.load(first)[1]["terms"].equals(TABLES["terms"])
    reader.require_whole(first, TABLES)
    store.remove(first)
    reader.location.look_again()
    assert (reader.identifiers(), reader.has(first)) == (set(), False)
    assert reader.location.names() in ([], [f"canvas={SOURCE.rpartition('/')[2].replace('#', '_')}"])


def test_a_list_is_asked_for_again_after_some_seconds(url: str) -> None:
    """Not at every question: a page has dozens."""
    now = [0.0]
    store = SnapshotStore(ObjectStorage(url), SOURCE)
    reader = SnapshotStore(ObjectStorage(url, clock=lambda: now[0]), SOURCE)
    assert reader.identifiers() == set()
    made = saved(store)
    assert reader.identifiers() == set()
    now[0] = 6.0
    assert reader.identifiers() == {made}


def test_a_big_file_comes_back_as_it_was(url: str) -> None:
    """It is sent in parts."""
    place, content = ObjectStorage(url), bytes(range(256)) * 60_000
    place.write("canvas=x/big.parquet", content)
    assert place.read("canvas=x/big.parquet") == content
    assert place.sizes("canvas=x") == {"big.parquet": len(content)}


@pytest.mark.parametrize(
    "url_of", ["s3://no-such-bucket/x?{}", "s3://bucket/x?endpoint_override=127.0.0.1:9&scheme=http&region=us-east-1"]
)
def test_a_bucket_that_cannot_be_used_is_a_sentence(server: str, url_of: str) -> None:
    """It names the place without its options, and what to check."""
    store = SnapshotStore(ObjectStorage(url_of.format(server)), SOURCE)
    with pytest.raises(StoreError) as told:
        saved(store)
    assert "GPB_SNAPSHOTS_URL" in str(told.value)
    assert "endpoint_override" not in str(told.value)
