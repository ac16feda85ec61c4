"""Where settings come from, before anybody asks what they mean: the file ``.env``, the names that were used, examples.

What editors, shells and copying leave around a value is taken away; what cannot be read is a sentence.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from dotenv.main import resolve_variables
from dotenv.parser import Binding, parse_stream
from rapidfuzz.distance import DamerauLevenshtein

from gpb.errors import SettingsError

PREFIX = "GPB_"
EXAMPLES = {
    "canvas_url": "https://district.instructure.com",
    "canvas_token": "1234~AbCd (an access token created in Canvas)",
    "canvas_account": "self",
    "term": "sis_term_id:2026",
    "sis_dialect": "focus",
    "sis_url": "https://district.example/focus/api/1.0",
    "sis_client_id": "the id of the API client that Focus gave you",
    "sis_client_secret": "the secret of the API client that Focus gave you",
    "write_focus": "false",
    "section_key": "sis_section_id",
    "focus_section_link": "https://district.example/focus/Modules.php?section={class_id}",
    "dashboard_url": "https://gpb.district.example",
    "data_dir": "/srv/gpb",
    "store_url": "postgresql+psycopg://user:password@host/name",
    "snapshots_url": "s3://bucket/folder",
    "unencrypted_hosts": "canvas.internal",
    "time_zone": "America/Chicago",
    "school_level": "2",
    "sign_in": "required",
    "allowed_people": "ann@district.example",
    "allowed_domains": "district.example",
    "allowed_groups": "Coordinators",
}
"""Right values of settings; the others are told by their default."""
QUOTES = ('""', "''", "“”", "‘’")  # `set` of Windows and env files of containers keep them
_OUR_NAMES = re.compile(r"GPB|GBP", re.IGNORECASE)  # also as people mistype it
_OWN_SPARE = re.compile(r"_?\d+|_.+")
"""What a person puts behind a name to keep an older value: GPB_CANVAS_TOKEN_OLD, GPB_TERM2."""
_REAL = re.compile(r"G(PB|BP)_?(CANVAS|FOCUS|SIS|TOKEN|URL|CLIENT|ACCOUNT)", re.IGNORECASE)
_NOT_UTF_8 = "The file .env is not UTF-8 text. Save it again with the encoding UTF-8."


def cleaned(value: str) -> str:
    """A value without what copying brings along: blanks of any kind, line ends, invisible signs, a pair of quotes."""
    bare = _stripped(value)
    return _stripped(bare[1:-1]) if len(bare) > 1 and bare[0] + bare[-1] in QUOTES else bare


def read_env_file(place: Path) -> dict[str, str]:
    """The values of a file of settings by name; none where there is no such file.

    UTF-8, with or without a byte order mark, as Windows' editors write it. ``export`` before a name and quotes around a
    value are understood. Raises SettingsError where it is a folder, cannot be read, has another encoding, or has a line
    of this program that is no ``NAME=value``.
    """
    try:
        text = place.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        if place.is_symlink():
            raise SettingsError("The file .env is a link to a file that does not exist. Fix or remove it.") from error
        return {}
    except IsADirectoryError as error:
        raise SettingsError("A folder has the name .env. Remove it, and put a text file in its place.") from error
    except OSError as error:
        reason = "A folder has that name" if place.is_dir() else error.strerror  # Windows refuses to open folders
        raise SettingsError(f"The file .env cannot be read ({reason}). Fix its permissions, or remove it.") from error
    except UnicodeDecodeError as error:
        raise SettingsError(_NOT_UTF_8) from error
    if "\0" in text:  # UTF-16 without a mark
        raise SettingsError(_NOT_UTF_8)
    lines = list(parse_stream(io.StringIO(text)))
    if unread := [_number(line) for line in lines if _is_unread(line)]:
        which = f"Line {unread[0]}" if len(unread) == 1 else f"Lines {', '.join(map(str, unread))}"
        raise SettingsError(f"{which} of the file .env cannot be read. Write a line like GPB_TERM=sis_term_id:2026.")
    found = resolve_variables([(line.key, line.value) for line in lines if line.key is not None], override=True)
    return {_stripped(name): value for name, value in found.items() if value is not None}


def misspelt(names: Iterable[str], known: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Names that are no setting but very nearly one, each with the setting that is probably meant.

    One or two letters differ; a name that goes on behind a setting's own is somebody's spare value.
    """
    settings = sorted(known)
    for name in sorted({name.upper() for name in names if _OUR_NAMES.match(name)} - {*settings}):
        if _is_spare(name, settings):
            continue
        apart = {one: DamerauLevenshtein.distance(name, one, score_cutoff=2) for one in settings}
        nearest = min(settings, key=apart.__getitem__)
        if apart[nearest] <= (1 if len(nearest) <= len("GPB_CODEC") else 2):
            yield name, nearest


def like_a_district(names: Iterable[str], known: Iterable[str]) -> list[str]:
    """Names that are no setting, but can only have been meant for one of a real Canvas or Focus."""
    settings = set(known)
    unknown = {name.upper() for name in names if _REAL.match(name)} - settings
    return sorted(name for name in unknown if not _is_spare(name, settings))


def _is_spare(name: str, settings: Iterable[str]) -> bool:
    return any(name.startswith(one) and _OWN_SPARE.fullmatch(name.removeprefix(one)) for one in settings)


def _is_unread(line: Binding) -> bool:
    """Whether a line was meant to be a setting of ours and is none; comments and other programs' lines are not."""
    if line.key is None and not line.error:
        return False
    name = _stripped(line.key or line.original.string.partition("=")[0])
    return _OUR_NAMES.search(name) is not None and (line.value is None or not name.isidentifier())


def _number(line: Binding) -> int:
    text = line.original.string
    return line.original.line + text[: len(text) - len(text.lstrip())].count("\n")


def _stripped(value: str) -> str:
    begin, end = 0, len(value)
    while begin < end and _is_blank(value[begin]):
        begin += 1
    while end > begin and _is_blank(value[end - 1]):
        end -= 1
    return value[begin:end]


def _is_blank(sign: str) -> bool:
    """Blanks and what nobody sees: no-break and zero-width spaces, marks of direction and byte order, controls."""
    return sign.isspace() or unicodedata.category(sign) in ("Cc", "Cf")
