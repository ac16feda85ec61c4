"""A spreadsheet out of the page and back into it: what was edited there, and what is asked first."""

from __future__ import annotations

import csv
import io

import pytest
from streamlit.testing.v1 import AppTest

from gpb.audit.reports.registry import Provenance
from gpb.exchange import export_csv
from gpb.exchange.reading import MAX_MEGABYTES
from gpb.sandbox import Running
from gpb.ui.text import sentence
from gpb.workspace import Workspace
from tests.conftest import tell
from tests.pages.conftest import opened, run_until, words
from tests.sync.conftest import apply, free_rows


def uploaded(app: AppTest, content: bytes, number: int = 0) -> AppTest:
    """The panel with its n-th file in it."""
    if not app.file_uploader:
        app.button(key="bulk_spreadsheet").click().run()
    return app.file_uploader(key=f"csv_file_{number}").upload("a.csv", content).run()


def button(app: AppTest, label: str) -> None:
    """Press it."""
    next(one for one in app.button if one.label.startswith(label)).click().run()
    assert [error.value for error in [*app.exception, *app.error]] == []


def exported(live: Workspace) -> list[dict[str, str]]:
    """The download of the page."""
    snapshot = live.term.latest()
    content = export_csv(live.term.rows(), Provenance(snapshot.id, snapshot.facts))
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def saved(rows: list[dict[str, str]]) -> bytes:
    """As a spreadsheet saves it."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


@pytest.mark.slow
def test_the_same_list_comes_back_after_a_sync_and_moves_only_what_is_new(app: AppTest, live: Workspace) -> None:
    """Also at once, before there was another sync."""
    rows, free = exported(live), free_rows(live, 2)
    first, second = (
        next(row for row in rows if (row["group_id"], row["section_id"]) == (str(one.group_id), str(one.section_id)))
        for one in free.itertuples()
    )
    titles = [next(iter(live.term.latest().validity.options(one.class_id).values())) for one in free.itertuples()]
    first["category"] = titles[0]
    opened(app, "associate")
    uploaded(app, saved(rows))
    button(app, "Take 1 edit")
    assert apply(live)["confirmed"] == 1
    app.run()
    second["category"] = titles[1]
    uploaded(app, saved(rows), 1)
    button(app, "Take 1 edit")
    frame = live.term.drafts().frame()
    assert frame[["group_id", "category"]].values.tolist() == [[int(second["group_id"]), titles[1]]]
    uploaded(app, saved(rows), 2)
    assert [info.value for info in app.info if "Nothing" in info.value] == [
        sentence("Nothing to import: 2 edited rows are already as this file says.")
    ]


@pytest.mark.slow
def test_a_row_that_changed_in_canvas_since_the_file_is_told_before_it_is_taken(
    app: AppTest, live: Workspace, box: Running
) -> None:
    """Its draft waits for a decision; nothing of it is in the plan."""
    rows, free = exported(live), free_rows(live, 1).iloc[0]
    tell(box, f"integration_data/{free['group_id']}", {"sistemic": {"categoryMapping": {
        free["sis_section_id"]: {"categoryId": "theirs"}}}})  # fmt: skip
    button(opened(app, "associate"), "Refresh")
    run_until(app, lambda: bool(live.term.rows()["stored_reference"].eq("theirs").any()))
    row = next(r for r in rows if (r["group_id"], r["section_id"]) == (str(free["group_id"]), str(free["section_id"])))
    row["category"] = next(iter(live.term.latest().validity.options(free["class_id"]).values()))
    uploaded(app.run(), saved(rows))
    assert "changed in Canvas since the file was exported" in words(app)
    button(app, "Take 1 edit")
    assert live.term.rows()["moved"].sum() == 1
    assert live.plan().changes == ()


def test_what_a_file_by_hand_would_take_away_or_replace_needs_a_tick(app: AppTest, live: Workspace) -> None:
    """Each by itself; the rows are listed, and without the ticks only the rest is taken."""
    rows = live.term.rows()
    associated = rows.loc[rows["status"].eq("Synchronized")].iloc[0]
    free = free_rows(live, 2)
    drafted, open_row = free.iloc[0], free.iloc[1]
    titles = [list(live.term.latest().validity.options(row["class_id"]).values()) for row in (drafted, open_row)]
    key = int(drafted["group_id"]), int(drafted["section_id"])
    live.edit({key: titles[0][1]}, seen={key: None}, person="a colleague", label="test")
    lines = [
        "group_id,section_id,category",
        f"{associated['group_id']},{associated['section_id']},",
        f"{drafted['group_id']},{drafted['section_id']},{titles[0][0]}",
        f"{open_row['group_id']},{open_row['section_id']},{titles[1][0]}",
    ]
    opened(app, "associate")
    uploaded(app, "\n".join([*lines, ""]).encode())
    assert "would remove the category of 1 row" in words(app)
    assert "drafted by someone else" in words(app)
    assert "**1 edit** in this file" in words(app)
    app.checkbox(key="csv_take_away_0").check().run()
    assert "**2 edits** in this file" in words(app)
    app.checkbox(key="csv_replace_0").check().run()
    button(app, "Take 3 edits")
    frame = live.term.drafts().frame().set_index(["group_id", "section_id"])
    assert frame["category"].dropna().sort_values().tolist() == sorted([titles[0][0], titles[1][0]])
    assert frame.loc[(associated["group_id"], associated["section_id"])].isna()["category_id"]


def test_where_no_category_is_near_what_is_wrong_is_in_sight(app: AppTest, live: Workspace) -> None:
    """Nothing could be taken: those columns have no room; and a file may be as large as one that is read."""
    opened(app, "associate")
    uploaded(app, b"group_id,section_id,category\n1,2,Homework\n")
    assert app.dataframe[0].value.columns.tolist() == ["line", "group", "section", "your_text", "problem"]
    assert app.file_uploader[0].proto.max_upload_size_mb == MAX_MEGABYTES


@pytest.mark.slow
def test_ten_thousand_bad_lines_are_one_short_table(app: AppTest, live: Workspace) -> None:
    """A page of it at a time; the nearest category is used in all of them at once, and can be taken back."""
    row = free_rows(live, 1).iloc[0]
    title = next(iter(live.term.latest().validity.options(row["class_id"]).values()))
    bad = f"{row['group_id']},{row['section_id']},{title}x"
    lines = ["group_id,section_id,category", bad, *("1,2,Homework" for _ in range(9_999)), ""]
    opened(app, "associate")
    uploaded(app, "\n".join(lines).encode())
    table = app.dataframe[0].value
    assert table[["line", "group", "section", "your_text", "nearest", "use"]].head(1).values.tolist() == [
        [2, row["group"], row["section"], f"{title}x", title, "Use it"]
    ]
    assert len(table) == 8
    assert "**10,000 lines** cannot be imported" in words(app)
    button(app, "Use it")
    assert "**9,999 lines** cannot be imported" in words(app)
    assert "**1 edit** in this file" in words(app)
    button(app, "Take back")
    assert "**0 edits** in this file" in words(app)
