"""The one CSV writer: ids stay what they are, and no text becomes a formula, in whatever spreadsheet opens the file.

A spreadsheet guesses what a cell is, whether it is quoted or not. Text that it would run as a formula or turn into a
number, a date, a truth value or an error gets one apostrophe before it, and so does text that begins with an
apostrophe, and a number that it would round or shorten; ``unguarded`` takes exactly that one away, so that every text
comes back unchanged.
"""

from __future__ import annotations

from functools import lru_cache

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from gpb.audit.reports.registry import Provenance

# Letters are compared without regard to case; classes: Z separators, C invisible characters, Nd digits, Sc currencies.
_BLANK = r"[\pZ\pC]*"
_TIME_OF_DAY = rf"(?:[ap]m?)?{_BLANK}$"
_MONTH = (
    "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    "sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_NUMBERS = r"[\p{Nd}\pZ.,:/\-]*"
_RISKY = "|".join(
    (
        r"^[\pC']",
        rf"^{_BLANK}[=+\-@＝＋－＠]",
        rf"^{_BLANK}[\p{{Sc}}(.,]*\p{{Nd}}[\p{{Nd}}\pZ\pC\p{{Sc}}.,:/%()+\-]*{_TIME_OF_DAY}",
        rf"^{_BLANK}[\p{{Nd}}.,]+e[+\-]?\p{{Nd}}+{_BLANK}$",
        rf"^{_BLANK}\p{{Nd}}+-\p{{Nd}}+-\p{{Nd}}+t[\p{{Nd}}:.,+\-z]*{_BLANK}$",
        rf"^{_BLANK}\p{{Nd}}{_NUMBERS}{_MONTH}{_NUMBERS}{_TIME_OF_DAY}",
        rf"^{_BLANK}{_MONTH}[\pZ.,:/\-]*\p{{Nd}}{_NUMBERS}{_TIME_OF_DAY}",
        rf"^{_BLANK}(?:true|false|#n/a|#[a-z_/0]+[!?]){_BLANK}$",
    )
)
# Shown and saved as it is; Excel writes longer numbers as 1.23457E+11.
_WHOLE_NUMBER = "^(?:0|[1-9][0-9]{0,10})$"
LARGEST_SHOWN, LARGEST_EXACT = 10**11 - 1, 10**15 - 1  # the same for numbers, of which a spreadsheet keeps 15 digits
_BOOLEAN = {True: "True", False: "False"}


def safe_csv(table: pd.DataFrame, provenance: Provenance | None = None, *, bom: bool = True) -> bytes:
    """A table as UTF-8 CSV, with ``snapshot`` and ``read_at`` as its last columns where the provenance is given.

    Missing values are empty, times ISO 8601 in UTC, datetimes without a zone are days. Text is guarded, see above.
    """
    if provenance is not None:
        table = table.assign(snapshot=provenance.snapshot, read_at=pd.Timestamp(provenance.read_at))
    columns = {str(name): _written(str(name), table[name]) for name in table.columns}
    sink = pa.BufferOutputStream()
    if bom:
        sink.write("\ufeff".encode())
    options = arrow_csv.WriteOptions(quoting_header="none", eol="\r\n")
    arrow_csv.write_csv(pa.table(columns), sink, options)
    written: bytes = sink.getvalue().to_pybytes()
    return written


def _written(name: str, column: pd.Series) -> pa.Array:
    """A column as it stands in the file: numbers, or text that is quoted."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype("str")
    if pd.api.types.is_bool_dtype(column):
        return pa.array(column.map(_BOOLEAN), pa.string())
    if pd.api.types.is_datetime64_any_dtype(column):
        return _moments(column)
    if pd.api.types.is_string_dtype(column):
        return _guarded(pa.array(column, pa.large_string(), from_pandas=True))
    largest = LARGEST_SHOWN if name.endswith("_id") else LARGEST_EXACT
    if pd.api.types.is_integer_dtype(column) and column.abs().gt(largest).any():
        return _guarded(pa.array(column.astype("Int64").astype("str"), pa.large_string(), from_pandas=True))
    return pa.array(column, from_pandas=True)


def _moments(column: pd.Series) -> pa.Array:
    has_zone = isinstance(column.dtype, pd.DatetimeTZDtype)
    seconds = pa.array(column).cast(pa.timestamp("s", "UTC" if has_zone else None), safe=False)
    return pc.strftime(seconds, "%Y-%m-%dT%H:%M:%SZ" if has_zone else "%Y-%m-%d")


def _needs_guard(texts: pa.Array) -> pa.Array:
    risky = pc.match_substring_regex(texts, _RISKY, ignore_case=True)
    return pc.and_not(risky, pc.match_substring_regex(texts, _WHOLE_NUMBER))


def _guarded(texts: pa.Array) -> pa.Array:
    is_risky = _needs_guard(texts)
    if not pc.any(is_risky).as_py():
        return texts
    apostrophe, nothing = pa.scalar("'", texts.type), pa.scalar("", texts.type)
    return pc.if_else(is_risky, pc.binary_join_element_wise(apostrophe, texts, nothing), texts)


@lru_cache(maxsize=16_384)
def unguarded(text: str) -> str:
    """A cell of a file without the apostrophe that the writer put before it."""
    rest = text.removeprefix("'")
    is_guarded = rest != text and _needs_guard(pa.array([rest]))[0].as_py()
    return rest if is_guarded else text


@lru_cache(maxsize=16_384)
def guarded(text: str) -> str:
    """A cell as ``safe_csv`` writes it."""
    return f"'{text}" if _needs_guard(pa.array([text]))[0].as_py() else text
