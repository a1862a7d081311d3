"""What all messages of a mailing in one language share: made once, filled for each recipient."""

import re
import secrets
from dataclasses import dataclass, field
from functools import reduce

import lxml.html
from markupsafe import Markup, escape

from odoo.tools.mail import URL_SKIP_PROTOCOL_REGEX, html_normalize

from odoo.addons.link_tracker.tools.html import find_links_with_urls_and_labels

from ...lib.merge_fields import Template

# links that core leaves alone, too
UNTRACKED = ["/unsubscribe_from_list", "/view", "/cards/"]
# core's own writing of the placeholders that need no right to write templates
# but one quantifier for each stretch: core's takes hours for a text that is made for it
PLACEHOLDER = re.compile(r"""<(\w+)[\s|]+t-out=[\s|]*(['"])([\w.]+)\2[\s|]*(?:/>|>([^<>]*)</\1>)""")


@dataclass
class MessageTemplate:
    """A mailing in one language. What differs between recipients is a mark in its texts: a word
    that nobody can guess, as it has a random part, and that survives every conversion.

    :ivar body: HTML without the layout; QWeb if `is_code`
    :ivar head: what the layout puts before the body, and `tail` behind it
    :ivar text: the plain text; empty if `is_code`
    :ivar placeholders: ``{mark: (path of fields, default, tag)}``
    :ivar links: ``{mark: (number of the link.tracker, its URL)}``
    :ivar merged: the merge fields, which have marks of their own (`lib/merge_fields.Template`)
    """

    nonce: str = field(default_factory=lambda: secrets.token_hex(5))
    body: str = ""
    head: str = ""
    tail: str = ""
    text: str = ""
    is_code: bool = False
    placeholders: dict = field(default_factory=dict)
    links: dict = field(default_factory=dict)
    attachments: list = field(default_factory=list)
    merged: Template | None = None

    def __post_init__(self):
        self._marks = re.compile(rf"xcrm{self.nonce}([a-z]+\d*)x")

    def mark(self, name):
        return f"xcrm{self.nonce}{name}x"

    def fill(self, text, values):
        """:param values: ``{name of a mark: str}``"""
        return self._marks.sub(lambda match: values.get(match[1], ""), text)

    # ------------------------------------------------------------------
    # Making it
    # ------------------------------------------------------------------

    def mark_placeholders(self, html):
        """Replace the placeholders of core by marks; they have been found harmless."""
        html = html_normalize(f"<div>{html}</div>")
        if html.startswith("<div>") and html.endswith("</div>"):
            html = html[5:-6]

        def replace(match):
            name = f"e{len(self.placeholders)}"
            self.placeholders[name] = (
                match[3].split(".")[1:],
                (match[4] or "").strip(" \t\r\n\f\v|"),
                match[1],
            )
            return self.mark(name)

        return Markup(PLACEHOLDER.sub(replace, html))

    def mark_links(self, html, base_url, find_trackers):
        """Replace the addresses of links by marks.

        Those that are different for each recipient are left as they are: a tracker for each would
        say nothing.

        :param find_trackers: ``(list of {url, label}) -> link.tracker`` in the same order
        """
        root = lxml.html.fromstring(html)
        nodes, found = find_links_with_urls_and_labels(
            root,
            base_url,
            skip_regex=rf"^{URL_SKIP_PROTOCOL_REGEX}",
            skip_prefix=f"{base_url}/r/",
            skip_list=UNTRACKED,
        )
        pairs = [
            (node, values)
            for node, values in zip(nodes, found, strict=True)
            if "{{" not in values["url"]
            and not self._is_marked(values["url"])
            and not {"t-att-href", "t-attf-href", "t-att"} & set(node.attrib)
        ]
        if not pairs:
            return html
        for _node, values in pairs:
            if self._is_marked(values["label"]):
                values["label"] = ""
        trackers = find_trackers([values for _node, values in pairs])
        for (node, _values), tracker in zip(pairs, trackers, strict=True):
            self.links[f"l{tracker.id}"] = (tracker.id, tracker.url)
            node.set("href", self.mark(f"l{tracker.id}"))
        return Markup(lxml.html.tostring(root, encoding="unicode", method="xml"))

    def _is_marked(self, text):
        return self.nonce in text or (self.merged and self.merged.mark in text)

    # ------------------------------------------------------------------
    # Filling it
    # ------------------------------------------------------------------

    def get_values(self, record):
        """:return: the placeholders of a record, as HTML and as text"""
        html, text = {}, {}
        for name, (path, default, tag) in self.placeholders.items():
            try:
                value = reduce(lambda one, key: one[key], path, record) or default
            except KeyError:
                value = default
            text[name] = str(value or "")
            html[name] = escape(value or "")
            if tag.lower() != "t":
                html[name] = f"<{tag}>{html[name]}</{tag}>"
        return html, text
