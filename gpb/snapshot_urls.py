"""Which URLs name a place for snapshots."""

from __future__ import annotations

from urllib.parse import urlsplit

SCHEMES = ("file", "s3", "gs", "abfs", "abfss", "hdfs")
"""Those that pyarrow knows: https://arrow.apache.org/docs/python/generated/pyarrow.fs.FileSystem.html."""


def read_url(value: str) -> str:
    """The URL without blanks; raises ValueError, with the rest of a sentence, for one that cannot be used."""
    value = value.strip().rstrip("/")
    if not value:
        return ""
    try:
        parts = urlsplit(value)
    except ValueError as error:
        raise ValueError("is not a URL; write it like s3://bucket/folder") from error
    if parts.scheme not in SCHEMES:
        raise ValueError(f"must begin with one of {', '.join(f'{one}://' for one in SCHEMES)}, like s3://bucket/folder")
    if parts.scheme == "file" and (parts.netloc or not parts.path.startswith("/")):
        raise ValueError("must name a whole path, like file:///srv/snapshots")
    if parts.scheme != "file" and not parts.netloc:
        raise ValueError("names no bucket; write it like s3://bucket/folder")
    if parts.password is not None or (parts.username and not parts.scheme.startswith("abfs")):
        raise ValueError(
            "must not hold a key; leave it out and set the keys in the environment (for S3 AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY)"
        )
    return value


def without_options(url: str) -> str:
    """The URL as people may see it."""
    return url.partition("?")[0]


def at_once(url: str) -> str:
    """The URL of an S3 bucket in which a small object is sent by one request instead of three."""
    if not url.startswith("s3://") or "allow_delayed_open" in url:
        return url
    return f"{url}{'&' if '?' in url else '?'}allow_delayed_open=true"
