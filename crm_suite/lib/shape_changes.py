"""Reads what shape mode sends: nothing of it is trusted, nothing unknown is passed on.

The result has plain, complete entries:

* `tabs`: `key`, `labels`
* `fields`: `key`, `kind`, `labels`, `help`, `options` (`labels`, `color`), `comodel_id`, `domain`,
  `required` (never, always, when), `condition`, `is_tracked`, `is_indexed`, `is_copied`,
  `group_ids`, `anchor`, `position`, `tab`, `outlets`
* `moves`: `field_id`, `anchor`, `position`, `tab`
* `outlets`: `field_id`, `outlet`, `shown`

`labels` and `help` are texts by language. `tab` is the id of a tab, the key of a new one, or None.
"""

import re

MOST = {"tabs": 20, "fields": 50, "moves": 200, "outlets": 500}
MOST_OPTIONS = 500
MOST_GROUPS = 100
LONGEST_TEXT = 1000
LONGEST_DOMAIN = 10_000
POSITIONS = ("after", "before", "inside")
REQUIRED = ("never", "always", "when")
KEY = re.compile(r"[a-z0-9]{1,20}", re.ASCII)
LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Za-z0-9@]{2,20})?", re.ASCII)
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,127}", re.ASCII)


class BadShape(Exception):
    """Something that the web client never sends.

    `entry` and `name` say where: `fields`, `kind`.
    """

    def __init__(self, entry, name=""):
        self.entry = entry
        self.name = name
        super().__init__(f"{entry}: {name}")


def read_changes(changes):
    """Return the changes with all their keys, or raise `BadShape`."""
    if not isinstance(changes, dict) or not MOST.keys() >= changes.keys():
        raise BadShape("changes")
    result = {}
    for entry, most in MOST.items():
        items = changes.get(entry) or []
        if not isinstance(items, list) or len(items) > most:
            raise BadShape(entry)
        result[entry] = [_Entry(entry, item).complete() for item in items]
    for entry in ("tabs", "fields"):
        keys = [item["key"] for item in result[entry]]
        if len(set(keys)) < len(keys):
            raise BadShape(entry, "key")
    new_tabs = {tab["key"] for tab in result["tabs"]}
    for entry in ("fields", "moves"):
        for item in result[entry]:
            if isinstance(item["tab"], str) and item["tab"] not in new_tabs:
                raise BadShape(entry, "tab")
    return result


class _Entry:
    def __init__(self, entry, values):
        if not isinstance(values, dict):
            raise BadShape(entry)
        self.entry = entry
        self.values = dict(values)

    def complete(self):
        item = getattr(self, f"_read_{self.entry}")()
        if self.values:
            raise BadShape(self.entry, str(next(iter(self.values)))[:40])
        return item

    def _read_tabs(self):
        return {"key": self._match("key", KEY), "labels": self._texts("labels", needed=True)}

    def _read_fields(self):
        return {
            "key": self._match("key", KEY),
            "kind": self._match("kind", NAME),
            "labels": self._texts("labels", needed=True),
            "help": self._texts("help"),
            "options": self._options(),
            "comodel_id": self._id("comodel_id"),
            "domain": self._text("domain", LONGEST_DOMAIN),
            "required": self._one_of("required", REQUIRED, "never"),
            "condition": self._text("condition", LONGEST_DOMAIN),
            "is_tracked": self._flag("is_tracked", False),
            "is_indexed": self._flag("is_indexed", False),
            "is_copied": self._flag("is_copied", True),
            "group_ids": self._ids("group_ids"),
            **self._place(),
            "outlets": self._names("outlets"),
        }

    def _read_moves(self):
        return {"field_id": self._needed_id("field_id"), **self._place()}

    def _read_outlets(self):
        return {
            "field_id": self._needed_id("field_id"),
            "outlet": self._match("outlet", NAME),
            "shown": self._flag("shown", False),
        }

    def _place(self):
        position = self._one_of("position", POSITIONS, "after")
        anchor = self.values.pop("anchor", None) or None
        tab = self.values.pop("tab", None) or None
        if anchor is not None and not (isinstance(anchor, str) and NAME.fullmatch(anchor)):
            raise BadShape(self.entry, "anchor")
        if (
            tab is not None
            and not _is_id(tab)
            and not (isinstance(tab, str) and KEY.fullmatch(tab))
        ):
            raise BadShape(self.entry, "tab")
        if position == "inside":
            if (tab is None) == (anchor is None):
                raise BadShape(self.entry, "position")
        elif tab is not None:
            raise BadShape(self.entry, "position")
        return {"anchor": anchor, "position": position, "tab": tab}

    def _options(self):
        options = self.values.pop("options", None) or []
        if not isinstance(options, list) or len(options) > MOST_OPTIONS:
            raise BadShape(self.entry, "options")
        return [_Entry("options", option).complete() for option in options]

    def _read_options(self):
        color = self.values.pop("color", 0)
        if not isinstance(color, int) or isinstance(color, bool) or not 0 <= color <= 11:
            raise BadShape("options", "color")
        return {"labels": self._texts("labels", needed=True), "color": color}

    # ------------------------------------------------------------------
    # Single values
    # ------------------------------------------------------------------

    def _match(self, name, pattern):
        value = self.values.pop(name, None)
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise BadShape(self.entry, name)
        return value

    def _one_of(self, name, allowed, default):
        value = self.values.pop(name, None) or default
        if value not in allowed:
            raise BadShape(self.entry, name)
        return value

    def _text(self, name, longest):
        value = self.values.pop(name, None) or ""
        if not isinstance(value, str) or len(value) > longest or "\0" in value:
            raise BadShape(self.entry, name)
        return value.strip()

    def _texts(self, name, needed=False):
        texts = self.values.pop(name, None) or {}
        if not isinstance(texts, dict) or len(texts) > 100:
            raise BadShape(self.entry, name)
        read = {}
        for language, text in texts.items():
            if not isinstance(language, str) or not LANGUAGE.fullmatch(language):
                raise BadShape(self.entry, name)
            if text is None or text is False:
                continue
            if not isinstance(text, str) or len(text) > LONGEST_TEXT or "\0" in text:
                raise BadShape(self.entry, name)
            if text.strip():
                read[language] = text.strip()
        if needed and not read:
            raise BadShape(self.entry, name)
        return read

    def _flag(self, name, default):
        value = self.values.pop(name, default)
        if not isinstance(value, bool):
            raise BadShape(self.entry, name)
        return value

    def _id(self, name):
        value = self.values.pop(name, None) or None
        if value is not None and not _is_id(value):
            raise BadShape(self.entry, name)
        return value

    def _needed_id(self, name):
        value = self._id(name)
        if value is None:
            raise BadShape(self.entry, name)
        return value

    def _ids(self, name):
        values = self.values.pop(name, None) or []
        if (
            not isinstance(values, list)
            or len(values) > MOST_GROUPS
            or not all(map(_is_id, values))
        ):
            raise BadShape(self.entry, name)
        return list(dict.fromkeys(values))

    def _names(self, name):
        values = self.values.pop(name, None) or []
        if not isinstance(values, list) or len(values) > 20:
            raise BadShape(self.entry, name)
        if not all(isinstance(value, str) and NAME.fullmatch(value) for value in values):
            raise BadShape(self.entry, name)
        return list(dict.fromkeys(values))


def _is_id(value):
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31
