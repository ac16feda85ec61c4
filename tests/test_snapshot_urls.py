"""Which URLs may name the place of the snapshots."""

from __future__ import annotations

import pytest

from gpb.snapshot_urls import read_url, without_options


@pytest.mark.parametrize(
    "url",
    [
        "s3://bucket/folder",
        "s3://bucket?region=us-east-2",
        "gs://bucket/a/b",
        "abfs://container@account.dfs.core.windows.net/x",
        "hdfs://namenode:8020/snapshots",
        "file:///srv/snapshots",
    ],
)
def test_what_pyarrow_knows_may_be_written(url: str) -> None:
    """Blanks and a last slash are taken away."""
    assert read_url(f" {url}/ ") == url


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("/srv/snapshots", "must begin with one of"),
        ("https://bucket.s3.amazonaws.com/x", "must begin with one of"),
        ("file://server/share", "whole path"),
        ("file://relative", "whole path"),
        ("s3:///folder", "no bucket"),
        ("s3://key:secret@bucket/x", "must not hold a key"),
        ("s3://key@bucket/x", "must not hold a key"),
        ("s3://[bucket", "is not a URL"),
    ],
)
def test_what_cannot_be_used_is_told(url: str, told: str) -> None:
    """Never with the key that it holds."""
    with pytest.raises(ValueError, match=told) as caught:
        read_url(url)
    assert "secret" not in str(caught.value).replace("AWS_SECRET_ACCESS_KEY", "")


def test_people_see_it_without_options() -> None:
    """They may tell of a network."""
    assert without_options("s3://bucket/x?endpoint_override=10.0.0.7") == "s3://bucket/x"
