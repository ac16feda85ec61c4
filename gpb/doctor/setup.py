"""Everything that is wrong with the settings, at once, before any server is asked: whoever corrects one after the other
has to start the program each time."""

from __future__ import annotations

import tempfile
from pathlib import Path

from gpb.api.connect import unusable
from gpb.errors import SettingsError, StoreError, WrongSetting
from gpb.private import make_folder
from gpb.settings import ENV_FILE, Settings, example_of, read_settings, sandbox_by_accident
from gpb.store.database import Database

PLACES = frozenset(("GPB_DATA_DIR", "GPB_STORE_URL"))


def wrong_settings(env_file: Path | None = ENV_FILE) -> tuple[Settings, list[WrongSetting]]:
    """The settings, in which whatever is wrong has its default, and all that is wrong with them.

    That is: what cannot be understood, what is missing beside what is set, addresses and secrets that cannot be used,
    a data directory that cannot be written to, a store that cannot be opened. Raises nothing.
    """
    settings, told = read_settings(env_file)
    wrong = [*told, *half_set(settings, told, env_file)]
    names = {one.name for one in wrong}
    folder = None if "GPB_DATA_DIR" in names else _about_folder(settings.data_dir)
    wrong += [folder] if folder else []
    has_place = settings.store_url or ("GPB_DATA_DIR" not in names and folder is None)
    if "GPB_STORE_URL" not in names and has_place:
        wrong += _about_store(settings)
    return settings, wrong


def half_set(
    settings: Settings, told: tuple[WrongSetting, ...], env_file: Path | None = ENV_FILE
) -> list[WrongSetting]:
    """What is missing or cannot be used to reach Canvas and Focus, beside what was ``told`` already."""
    known = {one.name for one in told} | {one.example.partition("=")[0] for one in told}
    if ENV_FILE.name in known:
        return []  # what is missing may stand in the file
    try:
        accident = sandbox_by_accident(settings, env_file)
    except SettingsError:
        return []  # the same
    found = unusable(settings) if settings.canvas_url or accident or "GPB_CANVAS_URL" in known else []
    found = [one for one in found if one.name != "GPB_CANVAS_URL"] if accident else found
    return [one for one in [*([accident] if accident else []), *found] if one.name not in known]


def _about_folder(place: Path) -> WrongSetting | None:
    try:
        make_folder(place)
        tempfile.TemporaryFile(dir=place).close()
    except OSError as error:
        told = (
            f"The data directory {place} cannot be written to ({error.strerror}). Fix its permissions, or set "
            "GPB_DATA_DIR to a folder that belongs to the user who runs this program."
        )
        return WrongSetting("GPB_DATA_DIR", told, example_of("data_dir"))
    return None


def _about_store(settings: Settings) -> list[WrongSetting]:
    try:
        Database(settings.effective_store_url, settings.store_setting).close()
    except StoreError as error:
        field = "store_url" if settings.store_url else "data_dir"
        return [WrongSetting(settings.store_setting, str(error), example_of(field))]
    return []
