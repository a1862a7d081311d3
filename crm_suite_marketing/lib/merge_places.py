"""Where in an HTML text the marks of merge fields stand, and where they may. No Odoo."""

import re
from typing import NamedTuple

from lxml import etree, html

# an address must say whose it is before a person's value comes
SITE = re.compile(r"(?:https?://[^\s/?#]+[/?#]|mailto:|tel:|sms:|/(?!/))", re.IGNORECASE)
LINKS = {"href", "src"}
WORDS = {"alt", "title", "aria-label"}
RAW = {"script", "style", "title", "textarea", "noscript", "iframe", "template", "xmp"}


class Place(NamedTuple):
    """Where a mark stands: the names of the elements around it, from outside; the attribute."""

    path: tuple
    attribute: str = ""
    problem: bool = False


def find_places(text: str, mark: str) -> dict[int, Place]:
    """Return the place of each mark, in the order of the text.

    A mark that is not found in the text of an element or in an attribute has a problem: it stands
    in a comment, in the name of an element or attribute.
    """
    pattern = re.compile(rf"{mark}(\d{{1,4}})z")
    found = {int(index): Place((), "", True) for index in pattern.findall(text)}
    try:
        root = html.fragment_fromstring(text, create_parent="div")
    except (etree.ParserError, ValueError):
        return found
    paths = [()]
    for event, node in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if event == "start":
            path = (*paths[-1], str(node.tag))
            paths.append(path)
            for attribute, value in node.attrib.items():
                for place in pattern.finditer(value):
                    is_fine = attribute in WORDS or (
                        attribute in LINKS and SITE.match(value[: place.start()])
                    )
                    found[int(place[1])] = Place(path, attribute, not is_fine)
            _add(found, pattern, node.text, path, str(node.tag).lower() in RAW)
            continue
        if event == "end":
            paths.pop()
        if node is not root:
            _add(found, pattern, node.tail, paths[-1], False)
    return found


def _add(found, pattern, text, path, is_raw):
    for index in pattern.findall(text or ""):
        found[int(index)] = Place(path, "", is_raw)
