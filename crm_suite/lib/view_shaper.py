"""Where a field goes in a view: arithmetic on trees of `lxml`, without Odoo.

A *place* says beside which field, or inside which tab or group, a field is shown. The functions
here find that spot in the combined architecture of a view and put a node there that is built of
names and constants only, never of text that somebody typed.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from lxml import etree

from .view_anchors import NAME, is_embedded, is_full_form, is_usable

FALLBACK_PAGE = "x_cs_more"
TAB_PREFIX = "x_cs_tab_"
# elements between which, and not within which, a field is put
CONTAINERS = frozenset(["form", "group", "page", "sheet"])
WIDGETS = {"many2many": "many2many_tags", "monetary": "monetary", "image": "image"}
OPTIONS = {
    "form": {
        "many2one": "{'no_quick_create': True}",
        "many2many": "{'no_create': True}",
        "image": "{'size': [128, 128]}",
    },
    "list": {"image": "{'size': [0, 32]}"},
    "kanban": {"image": "{'size': [0, 64]}"},
}
# a date or a checkbox is filtered by one click; other kinds by what is typed
FILTERS = {"date": "date", "datetime": "date", "boolean": "domain"}

EVERY_KIND = frozenset(
    ["char", "text", "html", "integer", "float", "monetary", "boolean", "date", "datetime"]
    + ["selection", "many2one", "many2many", "binary", "image"]
)
OUTLET_KINDS = {
    "form": EVERY_KIND,
    "list": EVERY_KIND - {"html", "binary"},
    "search": EVERY_KIND - {"binary", "image"},
    "group": frozenset(
        ["char", "integer", "boolean", "date", "datetime", "selection", "many2one", "many2many"]
    ),
    "kanban": EVERY_KIND - {"html", "binary"},
    "portal": EVERY_KIND,
    "print": EVERY_KIND,
}


class Place(NamedTuple):
    """One field and where it is shown; `label` is for what has no label of its own."""

    name: str
    kind: str
    position: str = "after"
    anchor: str = ""
    label: str = ""
    groups: str = ""
    column: str = "show"
    is_in_dialogs: bool = False
    filename: str = ""
    currency: str = ""
    widget: str = ""


def place_in_form(
    arch: etree._Element, places: Iterable[Place], more_label: str, condition: str = ""
) -> list[str]:
    """Put fields into a form.

    A field that the form holds already stays as it is. What has no anchor, or one that is gone,
    goes to a tab of its own; forms without tabs get one. Dialogs and quick creations are left
    alone unless a place wants them and finds its anchor there.

    :param more_label: title of that tab, in the user's language
    :param condition: expression under which none of the fields is shown
    :return: names of the fields whose anchor is gone
    """
    is_full = is_full_form(arch)
    present = {node.get("name") for node in arch.iter("field") if is_usable(node)}
    wanted = [
        place for place in places if place.name not in present and (is_full or place.is_in_dialogs)
    ]
    inside: dict[etree._Element, list[Place]] = {}
    beside, lost = [], []
    for place in wanted:
        if place.position != "inside" and place.anchor:
            beside.append(place)
        elif container := _find_container(arch, place.anchor):
            inside.setdefault(container[0], []).append(place)
        elif place.anchor and place.anchor != FALLBACK_PAGE:
            lost.append(place)
        elif is_full:
            inside.setdefault(_get_fallback_page(arch, more_label), []).append(place)
    for container, members in inside.items():
        _fill_container(container, members, condition)
    lost += _place_beside(arch, beside, condition)
    if lost and is_full:
        _fill_container(_get_fallback_page(arch, more_label), lost, condition)
    _add_currencies(arch, wanted)
    return [place.name for place in lost]


def place_in_list(arch: etree._Element, places: Iterable[Place], condition: str = "") -> None:
    """Put columns into a list: beside the column they name, else after the last one."""
    present = {node.get("name") for node in arch.iterchildren("field")}
    places = [place for place in places if place.name not in present]
    last: dict[str, etree._Element] = {}
    for place in places:
        node = _build_field(place, "list")
        node.set("optional", "hide" if place.column == "hide" else "show")
        if condition:
            node.set("column_invisible", condition)
        _insert_in_order(arch, node, place, _find_child(arch, place.anchor), last, ("field",))
    _add_currencies(arch, places)


def place_in_search(arch: etree._Element, places: Iterable[Place]) -> None:
    """Let fields be searched; dates and checkboxes can be filtered by one click too."""
    present = {node.get("name") for node in arch.iterchildren("field")}
    for place in places:
        if place.name in present:
            continue
        node = etree.Element("field", name=place.name)
        _set_groups(node, place)
        _insert_child(arch, node, _find_child(arch, place.anchor), place.position, ("field",))
        if place.kind in FILTERS:
            _add_filter(arch, place)


def place_in_groupings(arch: etree._Element, places: Iterable[Place]) -> None:
    """Let records be grouped by fields in a search view."""
    present = {node.get("name") for node in arch.iter("filter")}
    for place in places:
        name = f"x_cs_group_{place.name}"
        if name in present:
            continue
        node = etree.Element(
            "filter", name=name, string=place.label, context=f"{{'group_by': '{place.name}'}}"
        )
        _set_groups(node, place)
        _get_groupings(arch).append(node)


def place_in_card(arch: etree._Element, places: Iterable[Place], condition: str = "") -> None:
    """Put fields on the card of a kanban view, each on a line with its label, when they are set.

    :param condition: expression under which none of the fields is shown
    """
    card = next((node for node in arch.iter("t") if node.get("t-name") == "card"), None)
    if card is None:
        return
    body = next(card.iterchildren("main"), card)
    present = {node.get("name") for node in card.iter("field")}
    places = [place for place in places if place.name not in present]
    last: dict[str, etree._Element] = {}
    for place in places:
        line = etree.Element("div")
        line.set("t-if", f"record.{place.name}.raw_value")
        line.set("class", "o_crm_custom_line")
        if condition:
            line.set("invisible", condition)
        _set_groups(line, place)
        label = etree.SubElement(line, "span")
        label.set("class", "text-muted me-1")
        label.text = place.label
        line.append(_build_field(place, "kanban", with_groups=False))
        _insert_in_order(body, line, place, _find_card_block(body, place.anchor), last, None)
    _add_currencies(arch, places)


def _find_container(arch: etree._Element, name: str) -> list[etree._Element]:
    """Return the first tab, or else group, of that name, as a list of at most one."""
    for tag in ("page", "group") if name else ():
        for node in arch.iter(tag):
            if node.get("name") == name and is_usable(node):
                return [node]
    return []


def _get_fallback_page(arch: etree._Element, label: str) -> etree._Element:
    if existing := _find_container(arch, FALLBACK_PAGE):
        return existing[0]
    books = [node for node in arch.iter("notebook") if is_usable(node)]
    free = [book for book in books if not _get_guards(book)]
    if not books:
        sheet = next((node for node in arch.iter("sheet") if not is_embedded(node)), arch)
        books = [etree.Element("notebook")]
        _insert_child(sheet, books[0], None, "after", None, before=("chatter", "footer"))
    return etree.SubElement((free or books)[0], "page", name=FALLBACK_PAGE, string=label)


def _fill_container(container: etree._Element, places: list[Place], condition: str) -> None:
    """Put fields at the end of a tab, in two columns, or at the end of a group."""
    if container.tag == "group":
        group = container
        if _is_outer_group(container):
            group = etree.SubElement(container, "group")
        for place in places:
            group.append(_build_form_field(place, condition))
        return
    short = [place for place in places if place.kind != "html"]
    if short:
        outer = etree.SubElement(container, "group")
        middle = (len(short) + 1) // 2
        for column in (short[:middle], short[middle:]):
            group = etree.SubElement(outer, "group")
            group.extend(_build_form_field(place, condition) for place in column)
    for place in places:
        if place.kind == "html":
            group = etree.SubElement(container, "group")
            group.append(_build_form_field(place, condition))


def _place_beside(arch: etree._Element, places: list[Place], condition: str) -> list[Place]:
    """Put fields beside others; they may stand beside each other. Return those without anchor."""
    last: dict[etree._Element, etree._Element] = {}
    groups: dict[tuple[etree._Element, str], etree._Element] = {}
    known: dict[str, list[tuple[etree._Element, str]]] = {}
    pending = places
    while pending:
        waiting = []
        for place in pending:
            spots = known.get(place.anchor) or _find_spots(arch, place.anchor)
            if not spots:
                waiting.append(place)
                continue
            known[place.anchor] = spots
            for node, expression in spots:
                hidden = " or ".join(f"({each})" for each in (condition, expression) if each)
                new = _build_form_field(place, hidden)
                _insert_beside(node, new, place.position, last, groups)
        if len(waiting) == len(pending):
            return waiting
        pending = waiting
    return []


def _find_spots(arch: etree._Element, name: str) -> list[tuple[etree._Element, str]]:
    """Return the nodes beside which a field is put, with the expression that hides it there.

    Odoo's forms hold a field several times, under conditions that exclude each other: the phone
    of a lead and the phone of an opportunity. A field beside it is put at each of them, and is
    hidden wherever an earlier one is shown, so that people see it exactly once.
    """
    nodes = [node for node in arch.iter("field") if node.get("name") == name and is_usable(node)]
    nodes = [node for node in nodes if next(node.iterancestors("page"), None) is None] or nodes
    free = [node for node in nodes if not _get_guards(node) and not _get_group_guards(node)]
    if free:
        return [(free[0], "")]
    spots, seen = [], []
    for node in nodes:
        guards = (tuple(_get_guards(node)), tuple(_get_group_guards(node)))
        if guards in seen or (seen and guards[1] != seen[0][1]):
            continue
        shown = [f"not ({' or '.join(f'({each})' for each in earlier)})" for earlier, _ in seen]
        spots.append((node, " or ".join(shown)))
        seen.append(guards)
    return spots


def _get_block(node: etree._Element) -> etree._Element:
    """Return what stands between containers and holds a node: the node, or a box around it."""
    for ancestor in node.iterancestors():
        if ancestor.tag in CONTAINERS:
            break
        node = ancestor
    return node


def _get_guards(node: etree._Element) -> list[str]:
    """Return the expressions that hide what is put beside a node."""
    return [
        ancestor.get("invisible")
        for ancestor in _get_block(node).iterancestors()
        if ancestor.get("invisible") not in (None, "", "0", "False")
    ]


def _get_group_guards(node: etree._Element) -> list[str]:
    return [
        ancestor.get("groups")
        for ancestor in _get_block(node).iterancestors()
        if ancestor.get("groups")
    ]


def _is_outer_group(group: etree._Element) -> bool:
    """Return whether a group lays out groups; such a one gives fields no label."""
    return next(group.iterchildren("group"), None) is not None


def _insert_beside(node, new, position, last, groups) -> None:
    """Put a field before or after the block of a node, in the order in which fields come.

    :param last: the field that was put after a node most recently
    :param groups: groups that were made at a block and a position
    """
    target = last.get(node, node) if position == "after" else node
    block = _get_block(target)
    parent = block.getparent()
    if parent.tag == "group" and not _is_outer_group(parent):
        label = block.getprevious()
        if position == "before" and label is not None and label.tag == "label":
            names = {each.get("name") for each in block.iter("field")}
            ids = {each.get("id") for each in block.iter("field")}
            block = label if label.get("for") in names | ids else block
        parent.insert(parent.index(block) + (position == "after"), new)
        if position == "after":
            last[node] = new
        return
    group = groups.get((block, position))
    if group is None:
        group = groups[block, position] = etree.Element("group")
        parent.insert(parent.index(block) + (position == "after"), group)
    group.append(new)


def _build_form_field(place: Place, condition: str) -> etree._Element:
    node = _build_field(place, "form")
    if condition:
        node.set("invisible", condition)
    return node


def _build_field(place: Place, view_type: str, with_groups: bool = True) -> etree._Element:
    if not NAME.fullmatch(place.name):
        raise ValueError(f"{place.name!r} is no field")
    node = etree.Element("field", name=place.name)
    if widget := place.widget or WIDGETS.get(place.kind):
        node.set("widget", widget)
    options: Mapping[str, str] = OPTIONS.get(view_type, {})
    if place.kind in options:
        node.set("options", options[place.kind])
    if place.filename:
        node.set("filename", place.filename)
    if with_groups:
        _set_groups(node, place)
    return node


def _add_currencies(arch: etree._Element, places: Iterable[Place]) -> None:
    """Have the view read the currency of each amount: the client shows it beside the number."""
    for name in dict.fromkeys(place.currency for place in places if place.currency):
        found = [
            node
            for node in arch.iter("field")
            if node.get("name") == name and not is_embedded(node)
        ]
        if not any(not node.get("groups") for node in found):
            node = etree.Element("field", name=name)
            node.set("column_invisible" if arch.tag == "list" else "invisible", "1")
            arch.insert(0 if arch.tag == "kanban" else len(arch), node)


def _set_groups(node: etree._Element, place: Place) -> None:
    if place.groups:
        node.set("groups", place.groups)


def _find_child(arch: etree._Element, name: str) -> etree._Element | None:
    named = (node for node in arch.iterchildren("field") if name and node.get("name") == name)
    return next(named, None)


def _find_card_block(body: etree._Element, name: str) -> etree._Element | None:
    """Return the child of a card's body that holds a field."""
    for node in body.iter("field"):
        if name and node.get("name") == name:
            while node.getparent() is not body:
                node = node.getparent()
            return node
    return None


def _insert_in_order(parent, new, place, anchor, last, after) -> None:
    """Put a child beside its anchor, behind those that were put after the same one before."""
    if anchor is not None and place.position != "before":
        anchor = last.get(place.anchor, anchor)
        last[place.anchor] = new
    _insert_child(parent, new, anchor, place.position, after)


def _insert_child(parent, new, anchor, position, after, before=("footer",)) -> None:
    """Put a child beside its anchor; without one, behind the last child of the tags `after`, or,
    when that is None, at the end but before what is in `before`.
    """
    if anchor is not None:
        parent.insert(parent.index(anchor) + (position != "before"), new)
        return
    index = 0
    for position_, child in enumerate(parent):
        if child.tag in after if after is not None else child.tag not in before:
            index = position_ + 1
    parent.insert(index, new)


def _get_groupings(arch: etree._Element) -> etree._Element:
    """Return the group of a search view that holds what records are grouped by."""
    for group in reversed(list(arch.iterchildren("group"))):
        if any("group_by" in node.get("context", "") for node in group.iter("filter")):
            return group
    group = etree.Element("group")
    _insert_child(arch, group, None, "after", None, before=("searchpanel",))
    return group


def _add_filter(arch: etree._Element, place: Place) -> None:
    node = etree.Element("filter", name=f"x_cs_filter_{place.name}", string=place.label)
    if FILTERS[place.kind] == "date":
        node.set("date", place.name)
    else:
        node.set("domain", f"[('{place.name}', '=', True)]")
    _set_groups(node, place)
    _insert_child(
        arch, etree.Element("separator"), None, "after", None, before=("group", "searchpanel")
    )
    _insert_child(arch, node, None, "after", None, before=("group", "searchpanel"))
