"""Pictures of other servers in mails, without Odoo.

Whoever shows such a picture tells its server that the mail is read, by whom and where; and an
address on our own server is asked in the name of the agent who reads. So nothing is fetched before
somebody clicks.
"""

import re

from lxml import etree, html

# What browsers fetch by themselves
FETCHED = ("img", "image", "video", "audio", "source", "track", "input", "embed")
ADDRESSES = ("src", "srcset", "poster", "href", "data", "{http://www.w3.org/1999/xlink}href")
SUSPECT = re.compile(
    rf"<\s*(?:{'|'.join(FETCHED)}|svg|object|picture)\b|style\s*=|background\s*=", re.IGNORECASE
)
# In the mail itself
OWN = re.compile(r"\s*(?:cid:|data:image/)", re.IGNORECASE)
REMOTE = re.compile(r"\s*(?:https?:)?//[^/\s]", re.IGNORECASE)
FETCHING_STYLE = re.compile(r"url|image|src\s*\(|//|\\|@", re.IGNORECASE)
TINY = re.compile(r"\s*[0-2](?:px)?\s*$", re.IGNORECASE)
MAX_LABEL = 80


def hold_pictures(body):
    """A text in HTML in which pictures of other servers are links.

    :param body: str or Markup, not sanitized yet; None is returned as it is
    :return: of the same type; pictures that are in the mail itself stay
    """
    if not body or not SUSPECT.search(body):
        return body
    try:
        root = html.fragment_fromstring(str(body), create_parent="div")
    except (etree.LxmlError, ValueError, RecursionError):
        return body
    is_changed = False
    for element in list(root.iter(etree.Element)):
        is_changed |= _hold_style(element)
        if element.attrib.pop("background", None) is not None:
            is_changed = True
        if element.tag in FETCHED:
            is_changed |= _hold(element)
    if not is_changed:
        return body
    inner = html.tostring(root, encoding="unicode").removeprefix("<div>").removesuffix("</div>")
    return type(body)(inner)


def _hold_style(element):
    style = element.get("style")
    if not style:
        return False
    kept = [part for part in style.split(";") if not FETCHING_STYLE.search(part)]
    if len(kept) == len(style.split(";")):
        return False
    element.set("style", ";".join(kept))
    return True


def _hold(element):
    addresses = [element.get(name) for name in ADDRESSES if element.get(name)]
    if not any(address for address in addresses if not OWN.match(address)):
        return False
    address = next((address for address in addresses if REMOTE.match(address)), None)
    for name in ADDRESSES:
        if not OWN.match(element.get(name) or ""):
            element.attrib.pop(name, None)
    if element.tag in ("img", "image") and "src" not in element.attrib:
        shown = None if _is_tiny(element) or not address else _make_link(element, address)
        _replace(element, shown)
    return True


def _is_tiny(element):
    """Whether nobody is meant to see it."""
    return any(TINY.match(element.get(name) or "") for name in ("width", "height"))


def _make_link(element, address):
    """A link to what `element` showed; within a link, its words alone."""
    address = address.split()[0]  # a set of them has sizes beside them
    address = f"https:{address}" if address.startswith("//") else address
    words = " ".join((element.get("alt") or "").split())[:MAX_LABEL]
    host = address.split("/")[2].rpartition("@")[2][:MAX_LABEL]
    is_within = any(parent.tag == "a" for parent in element.iterancestors())
    link = html.Element("span" if is_within else "a")
    link.text = f"🖼 {words or host}"
    if not is_within:
        link.set("href", address)
        link.set("title", host)
        link.set("target", "_blank")
        link.set("rel", "noopener noreferrer")
    return link


def _replace(element, other):
    parent = element.getparent()
    if other is None:
        element.drop_tree()
        return
    other.tail = element.tail
    parent.replace(element, other)
