"""The GPB_* settings, from the environment or a ``.env`` file in the working directory."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

import platformdirs
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from gpb.errors import SettingsError, WrongSetting
from gpb.matching.schools import read_level
from gpb.matching.section_key import read_rule
from gpb.matching.section_link import read_pattern
from gpb.setting_sources import EXAMPLES, PREFIX, cleaned, like_a_district, misspelt, read_env_file
from gpb.snapshot_urls import read_url

ROOT = Path(__file__).resolve().parent.parent
ENV_FILE = Path(".env")
OF_A_DISTRICT = (
    *("canvas_token", "canvas_account", "term", "sis_dialect", "sis_url", "sis_client_id", "sis_client_secret"),
    *("section_key", "school_level", "unencrypted_hosts", "focus_section_link"),
)
"""Whoever sets one of these has a real Canvas in mind, and no sandbox."""


def default_data_dir() -> Path:
    """``data/local`` of the checkout; the user's own data directory where the program is installed as a package."""
    return ROOT / "data" / "local" if (ROOT / "app.py").is_file() else platformdirs.user_data_path("gpb", False)


class Dialect(StrEnum):
    """How the SIS is spoken to."""

    FOCUS = "focus"
    ONEROSTER = "oneroster"


class CodecName(StrEnum):
    """The shape of ``integration_data``."""

    SISTEMIC = "sistemic"
    FLAT = "flat"


class Write(StrEnum):
    """What a sync writes to Canvas to bring the chosen categories about."""

    ASSOCIATIONS = "associations"
    NAMES = "names"


class WorkerKind(StrEnum):
    """Who carries out the runs that the pages begin."""

    APP = "app"
    PROCESS = "process"


class SignIn(StrEnum):
    """Whether people have to sign in before anything is shown."""

    BY_ADDRESS = ""
    """They do where others than the people of this machine can reach the dashboard."""
    REQUIRED = "required"


class Settings(BaseSettings):
    """All settings; every field is the environment variable of the same name in capitals with ``GPB_`` before it."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        extra="ignore",
        frozen=True,
    )

    canvas_url: str = ""
    canvas_token: SecretStr = SecretStr("")
    canvas_account: str = "self"
    term: str = ""
    sis_dialect: Dialect = Dialect.FOCUS
    sis_url: str = ""
    sis_client_id: str = ""
    sis_client_secret: SecretStr = SecretStr("")
    codec: CodecName = CodecName.SISTEMIC
    write: Write = Write.ASSOCIATIONS
    write_focus: bool = False
    section_key: str = "sis_section_id"
    school_level: str = ""
    store_url: str = ""
    snapshots_url: str = ""
    unencrypted_hosts: str = ""
    data_dir: Path = Field(default_factory=default_data_dir)
    dashboard_url: str = "http://127.0.0.1:8501"
    focus_section_link: str = ""
    max_reassociated_percent: float = Field(10, ge=0, le=100)
    max_unassociated_percent: float = Field(5, ge=0, le=100)
    max_overwritten: int = Field(500, ge=0)
    max_new: int = Field(2000, ge=0)
    max_shrunk_percent: float = Field(5, ge=0, le=100)
    max_snapshot_hours: float = Field(24, gt=0, le=87_600)
    full_refresh_hours: float = Field(24, ge=0, le=87_600)
    keep_days: int = Field(30, ge=1, le=36_500)
    time_zone: str = ""
    worker: WorkerKind = WorkerKind.APP
    sign_in: SignIn = SignIn.BY_ADDRESS
    allowed_people: str = ""
    allowed_domains: str = ""
    allowed_groups: str = ""
    started_sandbox: bool = False  # set by the app when it started the sandbox itself, never by a person

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, values: dict[str, object]) -> dict[str, object]:
        """What is left empty has its default."""
        bare = {name: cleaned(value) if isinstance(value, str) else value for name, value in values.items()}
        return {name: value for name, value in bare.items() if value != ""}

    @field_validator("*", mode="before")
    @classmethod
    def _is_text(cls, value: object) -> object:
        """The environment holds bytes; what is no UTF-8 can be neither stored nor sent."""
        if isinstance(value, str) and not value.isprintable() and any(0xD800 <= ord(sign) < 0xE000 for sign in value):
            raise ValueError("contains bytes that are not UTF-8 text; type it again")
        return value

    @field_validator("data_dir")
    @classmethod
    def _own_folder(cls, value: Path) -> Path:
        try:
            return value.expanduser()
        except RuntimeError as error:  # a person whom this machine does not know
            raise ValueError("starts with ~ and the name of somebody whom this machine does not know") from error

    @field_validator("term")
    @classmethod
    def _known_form_of_term(cls, value: str) -> str:
        number, sis_id = value.isdecimal() and value.isascii(), value.removeprefix("sis_term_id:")
        if value and not number and (sis_id == value or not sis_id):
            raise ValueError(
                "names no term by its id (terms may share a name): write the number of the term in Canvas, "
                "sis_term_id: with its SIS ID, or nothing for the current term. With nothing, `python -m gpb doctor` "
                "lists the terms"
            )
        return value

    @field_validator("canvas_url", "sis_url", "dashboard_url")
    @classmethod
    def _http_address(cls, value: str, info: ValidationInfo) -> str:
        if value and not _is_web_address(value):
            raise ValueError(f"is not a web address; write it like {EXAMPLES[str(info.field_name)]}")
        return value.rstrip("/")

    @field_validator("focus_section_link")
    @classmethod
    def _safe_pattern(cls, value: str) -> str:
        return read_pattern(value)

    @field_validator("sign_in", mode="before")
    @classmethod
    def _known_sign_in(cls, value: object) -> object:
        if value not in tuple(SignIn):
            raise ValueError(
                "must be required or empty; it cannot be switched off where others can reach the dashboard"
            )
        return value

    @field_validator("store_url")
    @classmethod
    def _lasting_store(cls, value: str) -> str:
        kind, _, rest = value.strip().partition("://")
        file, _, options = rest.partition("?")
        is_in_memory = not file.strip("/") or ":memory:" in file or "mode=memory" in options or "vfs=memdb" in options
        if kind.lower().partition("+")[0] == "sqlite" and is_in_memory:
            raise ValueError(
                "names a store in memory, so drafts and the journal would be lost when the program ends. Leave it "
                "empty for a file in GPB_DATA_DIR, or write it like sqlite:////folder/gpb.sqlite"
            )
        return value

    @field_validator("snapshots_url")
    @classmethod
    def _place_of_snapshots(cls, value: str) -> str:
        return read_url(value)

    @field_validator("time_zone")
    @classmethod
    def _known_time_zone(cls, value: str) -> str:
        try:
            return ZoneInfo(value).key if value else ""
        except (ValueError, OSError, KeyError) as error:  # unknown names, folders, paths that lead out
            raise ValueError("is not a time zone; write it like America/Chicago") from error

    @field_validator("section_key")
    @classmethod
    def _known_section_key(cls, value: str) -> str:
        read_rule(value)
        return value

    @field_validator("school_level")
    @classmethod
    def _known_school_level(cls, value: str) -> str:
        return read_level(value)

    def may_be_unencrypted(self, host: str) -> bool:
        """Whether GPB_UNENCRYPTED_HOSTS, names between commas, lets a token travel in the clear to this host."""
        return host.casefold() in (name.strip().casefold() for name in self.unencrypted_hosts.split(","))

    @property
    def zone(self) -> ZoneInfo | None:
        """The district's time zone, in which people type and read dates; None is this machine's own."""
        return ZoneInfo(self.time_zone) if self.time_zone else None

    @property
    def is_sandbox(self) -> bool:
        """True when no Canvas is configured, so that the app starts the sandbox by itself."""
        return not self.canvas_url

    @property
    def canvas(self) -> str:
        """Names this Canvas; the app's own sandbox stays the same one whatever port it gets."""
        return "sandbox" if self.started_sandbox else self.canvas_url

    @property
    def source(self) -> str:
        """Names this Canvas and account."""
        return f"{self.canvas}#{self.canvas_account}"

    @property
    def may_write_focus(self) -> bool:
        """Whether a sync may change grading categories; OneRoster has no way to."""
        return self.write_focus and self.sis_dialect is Dialect.FOCUS

    @property
    def queues_runs(self) -> bool:
        """Whether the pages leave runs to `python -m gpb worker`, which cannot know a sandbox that the app started."""
        return self.worker is WorkerKind.PROCESS and not self.started_sandbox

    @property
    def effective_store_url(self) -> str:
        """The SQLAlchemy URL of the store: the configured one, or SQLite below the data directory."""
        if self.store_url:
            return self.store_url
        return f"sqlite:///{quote(str(self.data_dir.resolve() / 'gpb.sqlite'), safe='/: ')}"  # a name may hold ? and %

    @property
    def snapshots_setting(self) -> str:
        """The setting that decides where the snapshots are, for sentences."""
        return "GPB_SNAPSHOTS_URL" if self.snapshots_url else "GPB_DATA_DIR"

    @property
    def store_setting(self) -> str:
        """The setting that decides where the store is, for sentences."""
        return "GPB_STORE_URL" if self.store_url else "GPB_DATA_DIR"


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:  # brackets that hold no IPv6 address
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def load_settings(env_file: Path | None = ENV_FILE, /, **overrides: object) -> Settings:
    """Read the settings: the overrides by field, then the environment, then ``env_file``.

    Raises SettingsError: all settings that are wrong at once, each with how to write it, or what is wrong with the
    file.
    """
    settings, wrong = read_settings(env_file, **overrides)
    if wrong:
        raise refusal(wrong)
    return settings


def read_settings(
    env_file: Path | None = ENV_FILE, /, **overrides: object
) -> tuple[Settings, tuple[WrongSetting, ...]]:
    """As ``load_settings``, but whatever is wrong has its default and is told; raises nothing.

    A page asks several times: while the environment and the file say the same, so does the answer.
    """
    written: dict[str, str] = {}
    wrong: tuple[WrongSetting, ...] = ()
    try:
        written = {} if env_file is None else read_env_file(env_file)
    except SettingsError as error:
        wrong = (WrongSetting(ENV_FILE.name, str(error), "GPB_TERM=sis_term_id:2026"),)
    settings, told = _understood(tuple(os.environ.items()), tuple(written.items()), tuple(overrides.items()))
    return settings, (*wrong, *told)


@lru_cache(16)
def _understood(
    environment: tuple[tuple[str, str], ...],
    written: tuple[tuple[str, str], ...],
    overrides: tuple[tuple[str, object], ...],
) -> tuple[Settings, tuple[WrongSetting, ...]]:
    """The settings of what was said where; ``environment`` is that of the process."""
    known = {f"{PREFIX}{field}".upper(): field for field in Settings.model_fields if field != "started_sandbox"}
    wrong: list[WrongSetting] = []
    present = {name.upper() for name, _ in environment}
    fallback = {known[name.upper()]: text for name, text in written if name.upper() in known.keys() - present}
    values: dict[str, object] = {**fallback, **dict(overrides)}
    while True:
        try:
            settings = Settings(**values)  # type: ignore[arg-type]  # pydantic checks the types
            break
        except ValidationError as error:
            found = {str(one["loc"][0]): one["msg"].removeprefix("Value error, ") for one in error.errors()}
            wrong += [_told(field, reason) for field, reason in found.items()]
            values |= dict.fromkeys(found, "")
    wrong += [
        WrongSetting(name, f"The setting {name} does not exist; {meant} is probably meant.",
                     f"{meant}={example_of(known[meant])}")
        for name, meant in misspelt([name for name, _ in (*written, *environment)], known)
    ]  # fmt: skip
    return settings, tuple(wrong)


def sandbox_by_accident(settings: Settings, env_file: Path | None = ENV_FILE) -> WrongSetting | None:
    """Why no sandbox must be started though no Canvas is set: a setting of a real district is; None where none is."""
    if settings.canvas_url:
        return None
    known = {f"{PREFIX}{field}".upper() for field in Settings.model_fields}
    written = {} if env_file is None else read_env_file(env_file)
    defaults = Settings.model_fields
    given = [f"{PREFIX}{one.upper()}" for one in OF_A_DISTRICT if getattr(settings, one) != defaults[one].default]
    given += like_a_district([*written, *os.environ], known)
    if not given:
        return None
    which = given[0] if len(given) == 1 else f"{', '.join(given[:-1])} and {given[-1]}"
    are = "is" if len(given) == 1 else "are"
    return WrongSetting(
        f"{PREFIX}CANVAS_URL",
        f"The setting GPB_CANVAS_URL is not set, but {which} {are}. Set it to an address like "
        f"{EXAMPLES['canvas_url']}; only without any of these settings is the sandbox started.",
        EXAMPLES["canvas_url"],
    )


def refusal(wrong: Sequence[WrongSetting]) -> SettingsError:
    """The error that tells all that is wrong."""
    them = "it" if len(wrong) == 1 else "them"
    told = " ".join(one.sentence for one in wrong)
    is_file = [one.name for one in wrong] == [ENV_FILE.name]  # its sentence says what to do
    return SettingsError(told if is_file else f"{told} Correct {them} in the environment or in .env.", tuple(wrong))


def example_of(field: str) -> str:
    """A right value of a setting, as it is written."""
    default = Settings.model_fields[field].default
    return EXAMPLES.get(field) or str(default.value if isinstance(default, StrEnum) else default)


def _told(field: str, reason: str) -> WrongSetting:
    name, example = f"{PREFIX}{field.upper()}", example_of(field)
    if reason[0].isupper():  # pydantic's own words
        reason = f"cannot be used: {reason[0].lower()}{reason[1:].rstrip('.')}"
        reason += f"; write it like {example}" if example else ""
    return WrongSetting(name, f"The setting {name} {reason}.", example)


def operating_system_user() -> str:
    """The person in whose name drafts and runs are kept where no sign-in is configured.

    LOGNAME and the like come first, since an account may be shared; where the system does not have that name for the
    process, its real user id stands beside it.
    """
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in some containers
        name = "unknown"
    if sys.platform == "win32":
        return name
    import pwd  # noqa: PLC0415  # there is none on Windows

    uid = os.getuid()
    try:
        known = pwd.getpwuid(uid).pw_name
    except KeyError:
        known = None
    return name if name == known else f"{name} (uid {uid})"
