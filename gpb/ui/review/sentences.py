"""What a plan does, as people say it; all of it for Markdown."""

from __future__ import annotations

from gpb.sync.planning.room import Drafted
from gpb.ui.review.lines import CHANGED, KEPT, NEW, RENAMED, TAKEN, Headline
from gpb.ui.text import count, plain


def told(numbers: Headline) -> str:
    """``+2,230 · 40 changed · 3 taken away; 4,812 assignments will reach Focus``."""
    if not numbers.rows:
        return "Nothing is ticked, so nothing would be synced."
    parts = []
    if new := numbers.by_change.get(NEW):
        parts.append(f"+{new:,}")
    if changed := numbers.by_change.get(CHANGED):
        parts.append(f"{changed:,} changed")
    if taken := numbers.by_change.get(TAKEN):
        parts.append(f"{taken:,} taken away")
    if renamed := numbers.by_change.get(RENAMED):
        parts.append(f"{count(numbers.groups_renamed, 'assignment group')} renamed for {count(renamed, 'row')}")
    if kept := numbers.by_change.get(KEPT):
        parts.append(f"{count(kept, 'row has', 'rows have')} the name already")
    if numbers.sections:
        categories = count(numbers.categories, "category", "categories")
        parts.append(f"{count(numbers.sections, 'section')} added to {categories} in Focus")
    return f"{' · '.join(parts)}; {count(numbers.reaching, 'assignment')} will reach Focus"


def below(numbers: Headline, drafted: Drafted) -> str:
    """Where that is, what is kept back otherwise, what is left out; and what is written where."""
    parts = []
    if numbers.rows:
        rows, where = count(numbers.rows, "row"), f"{count(numbers.courses, 'course')} of "
        parts.append(f"{rows} in {where}{count(numbers.schools, 'school')}.")
    if numbers.asleep:
        which = "These assignments" if numbers.asleep == numbers.reaching else f"{numbers.asleep:,} of the assignments"
        told = f"{which} arrive once they, or their courses, are published."
        if numbers.asleep == 1:
            which = "This assignment" if numbers.reaching == 1 else "1 of the assignments"
            told = f"{which} arrives once it, or its course, is published."
        parts.append(told)
    kept_back = numbers.assignments - numbers.reaching
    if kept_back > 0:
        parts.append(
            f"{count(kept_back, 'more assignment')} behind these rows {'is' if kept_back == 1 else 'are'} kept from "
            "Focus by something else, such as a missing due date: Audit says what."
        )
    if drafted.held:
        people = plain(" and ".join(sorted(set(drafted.held.values()))))
        are = count(len(drafted.held), "row is", "rows are")
        parts.append(f"{are} left out by {people}, and {'stays a draft' if len(drafted.held) == 1 else 'stay drafts'}.")
    if numbers.by_change.get(RENAMED):
        parts.append(
            "Assignment groups are renamed to the category that you chose, since grade passback finds it by the name "
            "where there is no association. Teachers and students see the new names."
        )
    if numbers.sections:
        parts.append(
            "First, sections are added to categories in Focus, some of them perhaps new; what rests on that comes "
            "after it."
        )
    return " ".join(parts)
