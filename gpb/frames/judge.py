"""Judging by what entries testify how a Canvas keeps associations; never a guess.

Without evidence, with contradictory evidence, or where two fields fit about equally well, the shape is *unknown*: then
everything can be read as far as it is understood, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from gpb.frames.codec import Layout
from gpb.frames.shape import NONE, Shape
from gpb.frames.tally import ALIKE, DIGITS, FLAG_ALONE, GROUP, ID, NUMBER, SCALAR, SMALL, TELLING, TITLE, Form, Tally

CLEAR = 20
"""How many entries must speak for something per one that speaks against it."""
STALE = 3
"""The same for titles, which go stale where a category is renamed, and then may equal the name of their group."""
SEVERAL = 5
"""So many different names of groups in one field do not all happen to be titles that are out of date."""
MANY = 10
"""So many different numbers hit categories of their sections by more than chance."""
LONGEST = 40
Test = Callable[[Form], bool]

BY_HAND = (
    "Go through First contact on the Connections page. Or associate, in Canvas itself, two groups with two different "
    "categories that are not named like the groups, and press Refresh."
)
FOREIGN = (
    "None of the {entries:,} stored associations that were found names a category of its own section, so we don't "
    "know how your Canvas stores them. Refresh a term whose associations are valid, or go through First contact on "
    "the Connections page."
)
OPEN_ID = (
    "The stored associations do not show clearly which field holds the id of the category: {fields} fit about "
    "equally well. " + BY_HAND
)
OPEN_TITLE = (
    "The stored associations do not show clearly which field holds the title of the category: it could be {fields}. "
    + BY_HAND
)
MIXED = (
    "The stored associations contradict each other: {fields} both look as if Canvas itself had written them. In "
    "Canvas, correct those that another program wrote, then press Refresh."
)
OTHER_CODEC = (
    "GPB_CODEC is {codec}, but {entries:,} associations are stored in the other shape. Set GPB_CODEC={other}, then "
    "press Refresh."
)
MIGRATED = (
    "In this term, Canvas only says that groups are aligned, not with what, although associations of other terms can "
    "be read. So we don't know how your Canvas stores them now. Go through First contact on the Connections page."
)


def judge(latest: Sequence[Tally], settled: Sequence[Tally], codec: str, here: Sequence[Tally] = ()) -> Shape:
    """The shape of a Canvas; ``codec`` (GPB_CODEC) says which one is looked for, and replaces no evidence.

    ``latest`` is what the last reading of each term testifies, ``here`` that of the term which is asked about,
    ``settled`` what had been read when the shape was known last: when all ids of this year are dead, or all categories
    have been renamed, last year's entries still tell where ids and titles are kept.
    """
    now, before = _judge(latest, codec), _judge(settled, codec)
    if now.contradicts or now.is_flag_only or before.closed is not None:
        found = now
    else:
        has_lost_id = now.layout.id_field is None and before.layout.id_field is not None
        is_lost = has_lost_id or _has_lost_title(_Forms(latest), now, before)
        found = before if now.unknown is not None or is_lost else now
    is_only_flagged = bool(here) and all(one.form.codec == FLAG_ALONE for one in here)
    return replace(found, unknown=MIGRATED) if is_only_flagged and found.closed is None else found


def _has_lost_title(latest: _Forms, now: Shape, before: Shape) -> bool:
    """Whether all titles have gone stale: the field that held them is filled as before, and fits no category now."""
    name = before.layout.title_field
    if name is None or now.layout != replace(before.layout, title_field=None, title_in_new=now.layout.title_in_new):
        return False
    entries = latest.that(lambda form: form.codec == now.codec)
    return entries.count(_has(name, SCALAR)) * 10 >= entries.count(_any) * 9


def _judge(found: Sequence[Tally], codec: str) -> Shape:
    forms, flagged = (_Forms(one for one in found if one.form.codec == kind) for kind in (codec, FLAG_ALONE))
    entries, speaking = forms.count(_any), forms.count(_speaks)
    others = _Forms(one for one in found if one.form.codec not in (codec, FLAG_ALONE))
    foreign, other = others.count(_speaks), "flat" if codec == "sistemic" else "sistemic"
    if foreign > speaking * CLEAR:
        shape = _unknown(codec, entries, OTHER_CODEC.format(codec=codec, entries=foreign, other=other))
        return replace(shape, contradicts=True)
    if foreign * CLEAR > speaking:
        return _mixed(_unknown(codec, entries, ""), f"entries in the shape {codec}", f"entries in the shape {other}")
    if not entries and flagged.found:
        return Shape(codec, Layout(None, None), flagged.count(_any), is_flag_only=True)
    if not entries:
        return _unknown(codec, 0, NONE)
    shape = _by_id(forms, codec) if forms.fields(ID) else _by_title(forms, codec)
    return replace(shape, fitting=forms.count(_fits(shape.layout)), seen=entries + foreign)


def _fits(layout: Layout) -> Test:
    """Whether an entry has the fields of a layout, each filled as the others fill it; its id may have died."""

    def fits(form: Form) -> bool:
        named = layout.id_field, layout.title_field if layout.title_in_new else None
        has_all = all(name is None or SCALAR in form.marks(name) for name in named)
        marks = form.marks(layout.id_field) if layout.id_field is not None else frozenset({ID})
        return has_all and bool(marks & {ID, ALIKE, DIGITS}) and (NUMBER in marks) is layout.as_number

    return fits


def _any(_: Form) -> bool:
    return True


def _speaks(form: Form) -> bool:
    return any(ID in marks or TITLE in marks for marks in form.fields.values())


def _unknown(codec: str, entries: int, sentence: str, layout: Layout | None = None) -> Shape:
    return Shape(codec, layout or Layout(None, None), entries, unknown=sentence)


def _mixed(shape: Shape, *what: str) -> Shape:
    return replace(shape, unknown=MIXED.format(fields=" and ".join(what)), contradicts=True)


def _open(why: str, names: Iterable[str]) -> str:
    return why.format(fields=" and ".join(map(_quoted, names)))


def _quoted(name: str) -> str:
    """A field's name, which may be anything, for a sentence."""
    return f"“{''.join(sign if sign.isprintable() else ' ' for sign in name[:LONGEST])}”"


class _Forms:
    """Tallies of one codec, to be counted."""

    def __init__(self, found: Iterable[Tally]) -> None:
        self.found = list(found)

    def count(self, test: Test) -> int:
        """Entries whose form passes a test."""
        return sum(one.entries for one in self.found if test(one.form))

    def that(self, test: Test) -> _Forms:
        """Those that pass a test."""
        return _Forms(one for one in self.found if test(one.form))

    def fields(self, *marks: str) -> list[str]:
        """Fields that bear all these marks somewhere, sorted."""
        return sorted({name for one in self.found for name, here in one.form.fields.items() if here >= set(marks)})

    def different(self, name: str) -> int:
        """How many different values a field has, as far as they were counted."""
        return len({value for one in self.found for value in one.values.get(name, ())})


def _has(name: str, *marks: str) -> Test:
    return lambda form: form.marks(name) >= set(marks)


def _lacks(name: str, mark: str) -> Test:
    return lambda form: mark not in form.marks(name)


def _both(first: Test, second: Test) -> Test:
    return lambda form: first(form) and second(form)


def _by_id(forms: _Forms, codec: str) -> Shape:
    """The shape of a Canvas in which some field holds ids of categories."""
    supports = {name: _support(forms, name) for name in forms.fields(ID)}
    best = max(supports, key=lambda name: (_is_telling(forms, name), forms.count(supports[name]), name))
    hits = forms.that(_has(best, ID))
    entries, numbers = hits.count(_any), hits.count(_has(best, NUMBER))
    is_telling = _is_telling(forms, best)
    readable = _unknown(codec, entries, "", Layout(best, None) if is_telling else None)
    rivals = [name for name in supports if name != best and not _beats(forms, best, name, supports)]
    if any(forms.count(_both(_has(name, ID, TELLING), _lacks(best, ID))) for name in rivals):
        return _mixed(readable, *map(_quoted, [best, *rivals]))
    doubt = rivals or (_perhaps_dead(forms, best) if is_telling else _doubt(forms, best, supports[best]))
    if doubt:
        return replace(readable, unknown=_open(OPEN_ID, dict.fromkeys([best, *doubt])))
    without = forms.count(lambda form: not form.marks(best) & ({ID, ALIKE} if is_telling else {SCALAR}))
    if without * CLEAR > entries:
        return _mixed(readable, f"entries with {_quoted(best)}", f"entries without {_quoted(best)}")
    titles = forms.count(_both(_has(best, TITLE), _lacks(best, ID)))
    if titles * CLEAR > entries:
        return _mixed(readable, f"ids in {_quoted(best)}", f"titles in {_quoted(best)}")
    if numbers * CLEAR > entries and (entries - numbers) * CLEAR > entries:
        return _mixed(readable, f"ids as text in {_quoted(best)}", f"ids as numbers in {_quoted(best)}")
    layout = Layout(best, None, as_number=numbers * 2 > entries)
    return _with_title(hits, Shape(codec, layout, entries, _is_flagged(hits)), best)


def _is_flagged(forms: _Forms) -> bool:
    return forms.count(lambda form: form.has_flag) * 10 >= forms.count(_any) * 9


def _support(forms: _Forms, name: str) -> Test:
    """What speaks for a field as the id's: it holds one, and where any titles are stored, its category's title too."""
    with_title = f"{TITLE}:{name}"
    if not forms.count(lambda form: any(mark.startswith(f"{TITLE}:") for mark in set().union(*form.fields.values()))):
        return _has(name, ID)
    return lambda form: ID in form.marks(name) and any(with_title in marks for marks in form.fields.values())


def _is_telling(forms: _Forms, name: str) -> bool:
    """Whether a field's ids are no numbers, so that they cannot be those of a category by chance."""
    return forms.count(_has(name, ID, TELLING)) > forms.count(_both(_has(name, ID), _lacks(name, TELLING)))


def _beats(forms: _Forms, best: str, other: str, supports: Mapping[str, Test]) -> bool:
    """Whether one field holds ids, and the other at most by chance.

    How often both fit says little: the ids of the right field may have died, while another one holds those of some
    category that lives.
    """
    if _is_telling(forms, best) and not _is_telling(forms, other):
        return True
    return forms.count(supports[best]) >= CLEAR * forms.count(supports[other])


def _perhaps_dead(forms: _Forms, name: str) -> list[str]:
    """The fields that may hold ids which have died, where those of the field itself are not clearly alive."""
    if forms.count(_has(name, ID)) * 10 >= forms.count(_has(name, SCALAR)) * 9:
        return []
    return [one for one in forms.fields(ALIKE) if one != name and forms.different(one) > 1]


def _doubt(forms: _Forms, name: str, support: Test) -> list[str]:
    """The fields that keep it open whether numbers in a field are ids of categories; [name] where it is the field."""
    hits, present = forms.count(support), forms.count(lambda form: name in form.fields)
    if hits * 10 < present * 9:
        return [name]
    others = [one for one in forms.fields(DIGITS) if one != name]
    is_small = 2 * forms.count(_has(name, ID, SMALL)) >= forms.count(_has(name, ID))
    needed = MANY if others or is_small else 2
    return [] if forms.that(support).different(name) >= needed else (others or [name])


def _with_title(hits: _Forms, shape: Shape, id_field: str) -> Shape:
    """The shape with its title field; ``hits`` are the entries whose id is that of a category."""
    mark = f"{TITLE}:{id_field}"
    of_groups = {name for name in hits.fields(GROUP) if _is_name_of_group(hits, name, mark)}
    fitting = [name for name in hits.fields(mark) if name not in of_groups]
    if not fitting:
        others = [name for name in hits.fields(SCALAR) if name != id_field and name not in of_groups]
        maybe = [name for name in others if _may_be_old_title(hits, name)]
        return replace(shape, unknown=_open(OPEN_TITLE, maybe)) if maybe else shape

    def free(name: str) -> int:
        return hits.count(_both(_has(name, mark), _lacks(name, GROUP)))

    best = max(fitting, key=lambda name: (free(name), hits.count(_has(name, mark)), name))
    layout = replace(shape.layout, title_field=best)
    present = hits.count(lambda form: best in form.fields)
    rivals = [name for name in fitting if name != best and not _is_title_rather(hits, best, name, mark)]
    if rivals or not _is_title(hits, best, mark, free(best)):
        names = [best, *(rivals or (name for name in fitting if name != best))]
        return replace(shape, layout=layout, unknown=_open(OPEN_TITLE, names))
    return replace(shape, layout=replace(layout, title_in_new=present * 10 >= shape.entries * 9))


def _is_name_of_group(hits: _Forms, name: str, mark: str) -> bool:
    """Whether a field holds the name of the group: in every entry, and often enough where that is not the title.

    Of several groups, since the titles of one that was renamed may all have been its name.
    """
    apart = hits.that(_both(_has(name, GROUP), _lacks(name, mark)))
    is_always = hits.count(_has(name, GROUP)) == hits.count(lambda form: name in form.fields)
    return is_always and apart.count(_any) >= MANY and apart.different(name) >= SEVERAL


def _may_be_old_title(hits: _Forms, name: str) -> bool:
    """Whether a field that holds no category's title may do so all the same: all that were seen may be out of date."""
    of_others, texts = hits.count(_has(name, TITLE)), hits.count(_both(_has(name, SCALAR), _lacks(name, DIGITS)))
    return of_others * CLEAR > hits.count(_any) or (texts > 0 and hits.count(_any) < MANY)


def _is_title(hits: _Forms, name: str, mark: str, free: int) -> bool:
    """Whether a field holds the category's title and not, say, the group's name, which often equals it."""
    right = hits.count(_has(name, mark))
    of_group = hits.count(_both(_has(name, GROUP), _lacks(name, mark)))
    is_mostly = right * 10 >= hits.count(lambda form: name in form.fields) * 9
    return free > 0 and free >= STALE * of_group and is_mostly and not _may_be_another(hits, name, mark)


def _may_be_another(hits: _Forms, name: str, mark: str) -> bool:
    """Whether a field holds titles of other categories of the section so often that it may be about another one."""
    others = hits.count(lambda form: TITLE in form.marks(name) and not {mark, GROUP} & form.marks(name))
    return others * CLEAR > hits.count(_any)


def _is_title_rather(hits: _Forms, best: str, other: str, mark: str) -> bool:
    """Whether one field holds the title, and the other only where its own content happens to equal it."""
    alone = hits.count(_both(_has(best, mark), _lacks(other, mark)))
    against = hits.count(_both(_has(other, mark), _lacks(best, mark)))
    of_group = hits.count(_both(_has(other, GROUP), _lacks(other, mark)))
    free = hits.count(_both(_has(other, mark), _lacks(other, GROUP)))
    is_clear = alone > 0 and alone >= CLEAR * against
    return is_clear and (of_group > CLEAR * free or free * CLEAR <= hits.count(_any))


def _by_title(forms: _Forms, codec: str) -> Shape:
    """The shape of a Canvas that stores titles alone: nothing else in its entries may be an id that is dead now."""
    entries, fitting = forms.count(_any), forms.fields(TITLE)
    others = [name for name in forms.fields(SCALAR) if name not in fitting and forms.different(name) > 1]
    if not fitting or others:
        return _unknown(codec, entries, FOREIGN.format(entries=entries))
    best = fitting[0]
    right, free = forms.count(_has(best, TITLE)), forms.count(_both(_has(best, TITLE), _lacks(best, GROUP)))
    of_group = forms.count(_both(_has(best, GROUP), _lacks(best, TITLE)))
    is_clear = free > 0 and free >= CLEAR * of_group and right * 10 >= entries * 9 and forms.different(best) > 1
    if len(fitting) > 1 or not is_clear:
        return _unknown(codec, entries, _open(OPEN_TITLE, fitting))
    return Shape(codec, Layout(None, best), entries, _is_flagged(forms))
