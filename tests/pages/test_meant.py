"""Terms, schools and labels on the pages: what is meant is told, and chosen by people."""

from __future__ import annotations

import asyncio
from copy import copy
from datetime import date, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from gpb.sandbox import Running
from gpb.workspace import Workspace
from tests.pages.conftest import opened, run_until, unescaped, words

MINI = 999


@pytest.mark.slow
def test_the_sidebar_tells_the_current_terms_and_asks_when_the_one_in_use_is_over(
    app: AppTest, live: Workspace, box: Running
) -> None:
    """Nothing switches by itself; whoever chooses is named, and the next snapshot is of that term."""
    used = box.world.terms[live.term.latest().facts.term_id]
    box.world.terms[MINI] = short = copy(used)
    short.id, short.name, short.sis_term_id = MINI, "Mini-mester", "MINI"
    asyncio.run(live.term.pull())
    told = f"2 terms are current: {used.name} (id {used.id}, 8 courses) and Mini-mester (id {MINI}, no courses)."
    assert f"{told} {used.name} is used, because it was used before." in words(app.run())
    assert "Use this term from now on" not in {button.label for button in app.button}

    used.end = date.today() - timedelta(days=2)  # the sandbox' terms are of days
    next(iter(course for course in box.world.courses.values() if course.term_id == used.id)).term_id = MINI
    next(button for button in app.button if button.label == "Refresh").click().run()
    run_until(app, lambda: any(button.label == "Use this term from now on" for button in app.button))
    errors = " ".join(unescaped(str(error.value)) for error in app.error)
    assert f"The term {used.name}, which was used until now, ended on" in errors
    assert live.term.latest().facts.term_id == used.id
    next(button for button in app.button if button.label == "Use this term from now on").click().run()
    run_until(app, lambda: live.term.latest().facts.term_id == MINI)
    chosen = live.term.choices.chosen()
    assert chosen is not None
    assert chosen.reason.endswith("chose it")


@pytest.mark.slow
def test_equal_titles_and_one_called_unassociated_can_be_chosen(app: AppTest, live: Workspace, box: Running) -> None:
    """By course and in bulk: the draft is of the very category, and no category is taken away."""
    rows = live.term.rows()
    row = rows.loc[rows["status"].eq("Synchronized")].iloc[0]
    first, second, third = list(live.term.latest().validity.options(row["class_id"]))[:3]
    box.world.categories[first].title = box.world.categories[second].title = "Twins"
    box.world.categories[third].title = "Unassociated"
    asyncio.run(live.term.pull())
    labels = live.term.latest().validity.labels(row["class_id"])
    twins = [label for label, known in labels.items() if known in (first, second)]
    assert len({*twins, "Twins"}) == 3
    app = opened(app, "associate")
    app.pills(key="filter_figure").set_value("all").run()
    for label, wanted in ((twins[1], second), ("“Unassociated” (category)", third), (twins[0], first)):
        app.button(key="bulk_menu").click().run()
        app.selectbox(key="bulk_title").set_value(label).run()
        for part in ("associated", "drafted"):
            if f"bulk_all_{part}" in [str(box.key) for box in app.checkbox]:
                app.checkbox(key=f"bulk_all_{part}").check().run()
        next(button for button in app.button if button.label.startswith("Set for")).click().run()
        found = live.term.rows().set_index(["group_id", "section_id"]).loc[(row["group_id"], row["section_id"])]
        assert found["category_id"] == wanted


def test_connections_previews_the_schools(app: AppTest, live: Workspace) -> None:
    """Each setting with the schools that it would give."""
    app = opened(app, "connections")
    next(button for button in app.button if button.label == "Preview schools").click().run()
    [table] = [one.value for one in app.dataframe if "setting" in one.value.columns]
    assert table["setting"].tolist() == ["(empty: accounts with a SIS ID)", "1", "leaf"]
    assert set(live.term.rows()["school"]) == {name.rpartition(" (")[0] for name in table["names"][0].split(", ")}
