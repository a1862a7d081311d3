"""How two states of a record of a pack differ, and who changed what since it was imported.

Values are normalised ones (`pack_record.normalise`). This module knows nothing of Odoo.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .pack_record import SOURCE_LANGUAGE, Attribute, identity_of

NEW = "new"
CHANGED = "changed"
UNCHANGED = "unchanged"
KEPT = "kept"
CONFLICT = "conflict"


@dataclass(frozen=True)
class Change:
    """One value that differs.

    :param path: names of attributes from the record down, of nested records also their identity
    :param language: of a translated value
    """

    path: tuple[str, ...]
    old: object
    new: object
    language: str = ""


def compare(old: Mapping | None, new: Mapping, attributes: Iterable[Attribute]) -> list[Change]:
    """Return how `new` differs from `old` in what `new` speaks of; everything when old is None."""
    return list(_compare_record(old or {}, new, tuple(attributes), ()))


def judge(
    old: Mapping | None,
    new: Mapping,
    attributes: Iterable[Attribute],
    base: Mapping | None = None,
    given: Mapping | None = None,
) -> tuple[str, list[Change]]:
    """Return what importing `new` would do to a record that says `old`, and in which points.

    :param old: what is there now, None when there is nothing
    :param base: what the last import of the pack left there, None when there was none
    :param given: what the pack said then; it may differ from `base` in how things are written
    :return: `new`; `unchanged`; `changed`; `kept`: the points in which they differ were changed
        here and not by the pack; `conflict`: changed here and by the pack
    """
    attributes = tuple(attributes)
    changes = compare(old, new, attributes)
    if old is None:
        return NEW, changes
    if base is not None:
        by_us = _points(compare(base, old, attributes))
        by_pack = _points(compare(base if given is None else given, new, attributes))
        changes = [change for change in changes if _point(change) in by_us | by_pack]
    if not changes:
        return UNCHANGED, []
    if base is None:
        return CHANGED, changes
    differing = _points(changes)
    if not differing & by_pack:
        return KEPT, changes
    return (CONFLICT if differing & by_us & by_pack else CHANGED), changes


def merge(
    new: Mapping,
    attributes: Iterable[Attribute],
    base: Mapping | None = None,
    given: Mapping | None = None,
) -> dict:
    """Return those values of `new` that the pack changed since its last import; all without one.

    What somebody changed here and the pack did not stays as it is.
    """
    if base is None:
        return dict(new)
    by_pack = {
        change.path[0] for change in compare(base if given is None else given, new, attributes)
    }
    return {name: value for name, value in new.items() if name in by_pack}


def _point(change):
    return (change.path[0], change.language)


def _points(changes):
    return {_point(change) for change in changes}


def _compare_record(old, new, attributes, path):
    for attribute in attributes:
        if attribute.name in new:
            yield from _compare_value(
                attribute, old.get(attribute.name), new[attribute.name], (*path, attribute.name)
            )


def _compare_value(attribute, old, new, path):
    if attribute.type in ("translated", "long_translated"):
        old, new = old or {}, new or {}
        languages = dict.fromkeys([SOURCE_LANGUAGE, *sorted({**old, **new})])
        for language in languages:
            if language != SOURCE_LANGUAGE and language not in new and new:
                continue  # a language that the pack does not speak
            before, after = old.get(language), new.get(language)
            if before is None and language in new:
                before = None if not old else old.get(SOURCE_LANGUAGE)
            if before != after:
                yield Change(path, before, after, language)
    elif attribute.type == "records":
        yield from _compare_records(attribute, old or [], new, path)
    elif not _same(old, new):
        yield Change(path, old, new)


def _compare_records(attribute, old, new, path):
    former = {_identity(record, attribute, number): record for number, record in enumerate(old)}
    for number, record in enumerate(new):
        identity = _identity(record, attribute, number)
        if identity in former:
            yield from _compare_record(
                former.pop(identity), record, attribute.attributes, (*path, identity)
            )
        else:
            yield Change((*path, identity), None, record)
    if attribute.keeps:
        return
    for identity, record in former.items():
        yield Change((*path, identity), record, None)


def _identity(record, attribute, number):
    return identity_of(record, attribute.identity) if attribute.identity else str(number)


def _same(old, new):
    # what is not there is empty
    return old == new or (not old and not new)
