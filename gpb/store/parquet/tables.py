"""Tables of a snapshot, each decoded when it is asked for: pages need some of them, and few need all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow.parquet import ParquetFile, ParquetWriter

from gpb.store.parquet.manifest import BY_GROUP


class Files(Mapping[str, pd.DataFrame]):
    """The tables in the content of some Parquet files; ``told`` makes the error of one that cannot be read."""

    def __init__(self, contents: Mapping[str, bytes], told: Callable[[Exception], Exception]) -> None:
        self._contents = dict(contents)
        self._told = told
        self._read: dict[str, pd.DataFrame] = {}
        self._lock = threading.Lock()  # many sessions ask at once

    def __getitem__(self, name: str) -> pd.DataFrame:
        with self._lock:
            if name not in self._read:
                try:
                    self._read[name] = read(self._contents[name])
                except (OSError, ValueError, pa.ArrowException) as error:
                    raise self._told(error) from error
                self._contents[name] = b""  # a table is in memory once
            return self._read[name]

    def __contains__(self, name: object) -> bool:
        return name in self._contents  # Mapping's own would decode it

    def __iter__(self) -> Iterator[str]:
        return iter(self._contents)

    def __len__(self) -> int:
        return len(self._contents)


class Completed(Mapping[str, pd.DataFrame]):
    """The tables of a ``base`` in which the lines of some ``groups`` are ``own``."""

    def __init__(
        self, own: Mapping[str, pd.DataFrame], base: Mapping[str, pd.DataFrame], groups: Collection[int]
    ) -> None:
        self._own, self._base, self._groups = own, base, groups
        self._made: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in BY_GROUP:
            return self._base[name]
        if name not in self._made:
            self._made[name] = laid_over(self._base[name], self._own[name], self._groups)
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._base and (name not in BY_GROUP or name in self._own)

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._base if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def laid_over(base: pd.DataFrame, own: pd.DataFrame, groups: Collection[int]) -> pd.DataFrame:
    """A table with ``group_id`` in which the lines of these groups are ``own``, in the order of ``base``.

    Groups that it has no line of are put where their number belongs.
    """
    left = base.loc[~base["group_id"].isin(list(groups))]
    order = pd.Index(base["group_id"].unique())
    if not own["group_id"].isin(order).all():
        order = pd.Index(sorted({*order, *own["group_id"]}))
    whole = pd.concat([left, own], ignore_index=True)
    places = np.argsort(order.get_indexer(whole["group_id"]), kind="stable")
    return whole.take(places).reset_index(drop=True)


def read(content: bytes) -> pd.DataFrame:
    """The table in a Parquet file; column by column, which takes no more memory than the table itself.

    Texts come as pandas' ``str``.
    """
    with ParquetFile(pa.BufferReader(content)) as file:
        schema = file.schema_arrow
        columns = {one.name: _column(file, one.name, is_text=pa.types.is_large_string(one.type)) for one in schema}
    return pd.DataFrame(columns, copy=False) if columns else pd.DataFrame()


def _column(file: ParquetFile, name: str, *, is_text: bool) -> pd.Series[str]:
    table = file.read([name], use_threads=False)
    if not is_text:
        values: pd.Series[str] = table.to_pandas()[name]
        return values
    column = table.column(0)
    return pd.Series(pd.array(column.chunk(0) if column.num_chunks == 1 else column.combine_chunks(), dtype="str"))


def written(parts: Iterable[pd.DataFrame]) -> bytes:
    """A table, in one part or several, as a Parquet file."""
    buffer = pa.BufferOutputStream()
    with ExitStack() as stack:
        file: ParquetWriter | None = None
        for part in parts:
            table = pa.Table.from_pandas(part, preserve_index=False)
            if file is None:
                file = stack.enter_context(ParquetWriter(buffer, table.schema, compression="zstd"))
            file.write_table(table)
    content: bytes = buffer.getvalue().to_pybytes()
    return content
