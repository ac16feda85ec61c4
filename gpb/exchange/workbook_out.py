"""The associations as a workbook that people edit: what to do, the rows with a drop-down each, the lists behind these.

A row finds its list by a number in its own last column (``choices``): the limits of Excel are 255 characters for a list
that is written into a cell's rule, and rules do not move along where rows are sorted. The lists stand below each other
on a hidden sheet, each different one once: column A has the labels, column B the length beside the first of them.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import UTC

import pandas as pd
import xlsxwriter  # type: ignore[import-untyped]  # it ships no types
from xlsxwriter.utility import xl_col_to_name  # type: ignore[import-untyped]  # the same

from gpb.audit.reports.registry import REPORTS, Provenance
from gpb.audit.reports.workbook import FORMATS, MAX_ROWS, OPTIONS, Sheet, check_rows, style_of, width_of
from gpb.errors import InputError
from gpb.exchange.columns import EXPORTED, REFERENCE
from gpb.frames.validity import Validity
from gpb.matching.labels import UNASSOCIATED

TITLE = REPORTS["all_associations"].title
LISTS = "Choices"
LIST_COLUMN = "choices"
HIDDEN = (*EXPORTED.values(), REFERENCE, "snapshot", "read_at", LIST_COLUMN)
"""Columns that people have no use for."""
STYLES = {
    "literal": {"num_format": "@"},
    "editable": {"num_format": "@", "bg_color": "#FFF8DC"},
}


def write_to_edit(table: pd.DataFrame, class_ids: Iterable[object], validity: Validity, origin: Provenance) -> bytes:
    """The report ``all_associations`` as a workbook; ``class_ids`` are those of its rows, in order.

    Cells of text have Excel's format *Text*: what is typed over them stays what it is, also ``1-2`` or ``007``. Raises
    InputError when a sheet cannot hold the rows, or the lists of categories.
    """
    check_rows("all_associations", table)
    lists = _Lists(validity)
    read_at = f"{origin.read_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    table = table.assign(snapshot=origin.snapshot, read_at=read_at, **{LIST_COLUMN: lists.numbers(class_ids)})
    truths = [column for column in table.columns if pd.api.types.is_bool_dtype(table[column])]
    table = table.assign(**{column: table[column].map({True: "True", False: "False"}) for column in truths})
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, OPTIONS) as workbook:
        formats = {style: workbook.add_format(properties) for style, properties in (FORMATS | STYLES).items()}
        _read_me(Sheet(workbook, "Read me", formats), len(table), origin)
        _rows(Sheet(workbook, TITLE, formats), table)
        lists.write(Sheet(workbook, LISTS, formats))
    return content.getvalue()


def _read_me(sheet: Sheet, rows: int, origin: Provenance) -> None:
    sheet.line("Associations to edit", style="title")
    sheet.line()
    for text in (
        f"{rows:,} rows, one for each assignment group in each section, as Canvas and Focus were at "
        f"{origin.at(origin.read_at)}, drafts included.",
        f"1. On the sheet “{TITLE}”, choose in the yellow column “category”. The drop-down of a row lists the "
        "categories that are valid in its section.",
        f"2. To remove an association, choose “{UNASSOCIATED}” or empty the cell.",
        "3. Save the workbook. Then import it on the page Associate (Spreadsheet), or with “python -m gpb import "
        "FILE”.",
        "Edits become drafts. Nothing reaches Canvas before they are synced on the page Review and sync.",
        "You can sort, filter, delete rows and add columns of your own. Only the cells that you edited count, so the "
        "same file can be imported again.",
        "Do not change the ids, and keep the hidden columns: they say what each row showed when it was exported.",
    ):
        sheet.line(text, style="wrapped")
    sheet.sheet.set_column(0, 0, 100)


def _rows(sheet: Sheet, table: pd.DataFrame) -> None:
    names = [str(name) for name in table.columns]
    place = names.index("category")
    for number, name in enumerate(names):  # first: it is the format of cells that are not written
        literal = "literal" if style_of(name, table[name]) == "text" else "id"
        style = sheet.formats["editable" if name == "category" else literal]
        width = max(24, width_of(name, table[name])) if name == "category" else width_of(name, table[name])
        sheet.sheet.set_column(number, number, width, style, {"hidden": name in HIDDEN})
    sum(sheet.table(table))
    sheet.sheet.freeze_panes(1, 0)
    sheet.sheet.autofilter(0, 0, len(table), len(names) - 1)
    if len(table):
        own = f"${xl_col_to_name(names.index(LIST_COLUMN))}2"
        length = f"OFFSET({LISTS}!$B$1,{own},0,1,1)"
        sheet.sheet.data_validation(
            *(1, place, len(table), place),
            {
                "validate": "list",
                "source": f"=OFFSET({LISTS}!$A$1,{own},0,{length},1)",
                "error_title": "Not a category of this section",
                "error_message": "Choose a category from the list of this row, or empty the cell to remove it.",
            },
        )
    sheet.sheet.activate()


class _Lists:
    """Each different list of labels once; its number is the place of its first label, counted from 0."""

    def __init__(self, validity: Validity) -> None:
        self._validity = validity
        self._labels: list[str] = []
        self._lengths: dict[int, int] = {}
        self._known: dict[tuple[str, ...], int] = {}
        self._place(())

    def numbers(self, class_ids: Iterable[object]) -> list[int]:
        """The number of the list of each class; raises InputError when the sheet cannot hold them all."""
        by_class: dict[object, int] = {}
        found = []
        for class_id in class_ids:
            key = class_id if isinstance(class_id, str) else None
            if key not in by_class:
                by_class[key] = self._place(tuple(self._validity.labels(key)))
            found.append(by_class[key])
        if len(self._labels) > MAX_ROWS:
            raise InputError(
                f"The lists of categories have {len(self._labels):,} lines, but a sheet can hold only {MAX_ROWS:,}. "
                "Export fewer rows, or export as CSV."
            )
        return found

    def write(self, sheet: Sheet) -> None:
        """Fill the hidden sheet."""
        for place, label in enumerate(self._labels):
            sheet.sheet.write_string(place, 0, label)
            if place in self._lengths:
                sheet.sheet.write_number(place, 1, self._lengths[place])
        sheet.sheet.hide()

    def _place(self, labels: tuple[str, ...]) -> int:
        if labels not in self._known:
            number = self._known[labels] = len(self._labels)
            self._labels += (UNASSOCIATED, *labels)
            self._lengths[number] = 1 + len(labels)
        return self._known[labels]
