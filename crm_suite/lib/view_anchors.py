"""What a custom field can be placed beside or in: reading trees of `lxml`, without Odoo."""

import re
from typing import NamedTuple

from lxml import etree

HIDDEN = frozenset(["1", "True", "true"])
# what stands in these is no part of the sheet that people fill in
NO_ANCHORS = frozenset(
    ["button", "chatter", "field", "footer", "groupby", "header", "searchpanel", "templates"]
    + ["widget"]
)
NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


class Anchor(NamedTuple):
    """What a place may refer to, in the order of the form. `page` is the tab that holds it."""

    kind: str
    name: str
    page: str
    label: str
    fields: tuple[str, ...] = ()


def find_anchors(arch: etree._Element) -> list[Anchor]:
    """Return the fields, tabs and groups of a form that a place may refer to, each once."""
    found: dict[tuple[str, str], Anchor] = {}
    for node in arch.iter("field", "page", "group"):
        name = node.get("name")
        if not name or not NAME.fullmatch(name) or not is_usable(node):
            continue
        page = next((each.get("name", "") for each in node.iterancestors("page")), "")
        fields: tuple[str, ...] = ()
        if node.tag == "group":
            fields = tuple(
                dict.fromkeys(each.get("name") for each in node.iter("field") if is_usable(each))
            )
        anchor = Anchor(node.tag, name, page, node.get("string") or "", fields)
        found.setdefault((node.tag, name), anchor)
    return list(found.values())


def find_columns(arch: etree._Element) -> list[str]:
    """Return the fields of a list, a card or a search view beside which a field can be put."""
    nodes = arch.iterchildren("field")
    if arch.tag == "kanban":
        cards = (node for node in arch.iter("t") if node.get("t-name") == "card")
        nodes = (node for card in cards for node in card.iter("field"))
    hidden = ("invisible", "column_invisible")
    return list(
        dict.fromkeys(
            node.get("name")
            for node in nodes
            if NAME.fullmatch(node.get("name", ""))
            and not any(node.get(attribute) in HIDDEN for attribute in hidden)
        )
    )


def is_full_form(arch: etree._Element) -> bool:
    """Return whether a form is the screen of a record, not a dialog or a quick creation."""
    sheets = [node for node in arch.iter("sheet") if not is_embedded(node)]
    return bool(sheets) and not any(not is_embedded(node) for node in arch.iter("footer"))


def is_embedded(node: etree._Element) -> bool:
    """Return whether a node of a form belongs to other records than those of the form."""
    return next(node.iterancestors("field", "groupby"), None) is not None


def is_usable(node: etree._Element) -> bool:
    """Return whether a node of a form is on the sheet and can ever be seen."""
    if node.get("invisible") in HIDDEN:
        return False
    return not any(
        ancestor.tag in NO_ANCHORS or ancestor.get("invisible") in HIDDEN
        for ancestor in node.iterancestors()
    )
