"""What the web client asks for when a person opens a view.

Without relative imports: the benchmarks ask the same.
"""

import json

from lxml import etree

PAGE = 80
CARDS = 40
COUNT_LIMIT = 10001
AGGREGATED = ("integer", "float", "monetary")


def read_list(model, view_id, domain, order=None):
    """Open a list: its first page and the number of records, as `web_search_read` returns them."""
    arch, fields = _get_view(model, view_id, "list")
    return model.web_search_read(
        domain,
        get_specification(arch, fields),
        limit=PAGE,
        order=order or arch.get("default_order"),
        count_limit=COUNT_LIMIT,
    )


def read_kanban(model, view_id, domain, group_by):
    """Open a kanban with its columns unfolded: the columns and what their progress bars show."""
    arch, fields = _get_view(model, view_id, "kanban")
    specification = get_specification(arch, fields)
    aggregates = [
        f"{name}:sum"
        for name in specification
        if fields[name].get("aggregator") == "sum" and fields[name]["type"] in AGGREGATED
    ]
    columns = model.with_context(read_group_expand=True).web_read_group(
        domain,
        [group_by],
        aggregates,
        auto_unfold=True,
        unfold_read_specification=specification,
        unfold_read_default_limit=CARDS,
    )
    for bar in arch.iter("progressbar"):
        values = {"field": bar.get("field"), "colors": json.loads(bar.get("colors"))}
        bars = model.read_progress_bar(domain, group_by, values)
        columns["bars"] = bars
    return columns


def read_form(record, view_id):
    """Open a form: the values of the record and of its embedded lists."""
    arch, fields = _get_view(record, view_id, "form")
    return record.web_read(get_specification(arch, fields))


def _get_view(model, view_id, view_type):
    views = model.get_views([(view_id, view_type)])
    fields = {name: spec["fields"] for name, spec in views["models"].items()}
    arch = etree.fromstring(views["views"][view_type]["arch"])
    described = model.fields_get()
    return arch, _Fields(model, {**described, **fields[model._name]})


class _Fields(dict):
    """The descriptions of the fields of a model, which also knows those of related models."""

    def __init__(self, model, described):
        super().__init__(described)
        self.model = model

    def of(self, name):
        related = self.model[name]
        return _Fields(related, related.fields_get())


def get_specification(arch, fields):
    """Return the specification of `web_read` for the fields in an arch, as the client makes it."""
    specification = {}
    for node in _iterate_fields(arch):
        name = node.get("name")
        if name in fields and name not in specification:
            specification[name] = _specify(node, name, fields)
    return specification


def _iterate_fields(arch):
    """The fields of a view, without those of the views that are embedded in them."""
    for node in arch:
        if node.tag == "field":
            yield node
        else:
            yield from _iterate_fields(node)


def _specify(node, name, fields):
    kind = fields[name]["type"]
    if node.get("invisible") in ("1", "True") or node.get("column_invisible") in ("1", "True"):
        return {"fields": {}} if kind == "many2one" else {}
    if kind == "many2one":
        return {"fields": {"display_name": {}}}
    if kind in ("one2many", "many2many"):
        embedded = next((child for child in node if child.tag in ("list", "kanban", "form")), None)
        if embedded is not None:
            return {"fields": get_specification(embedded, fields.of(name)), "limit": 40}
        if (node.get("widget") or "").startswith("many2many"):
            related = fields.of(name)
            shown = [key for key in ("display_name", "color") if key in related]
            return {"fields": {key: {} for key in shown}}
        return {"fields": {}} if kind == "one2many" else {}
    return {}
