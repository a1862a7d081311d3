from odoo import api, models, tools
from odoo.exceptions import AccessError, UserError

from ...lib import view_anchors
from ...lib.view_shaper import TAB_PREFIX

# outlets that are views, and what is asked for when they are
VIEW_TYPES = {
    "form": "form",
    "list": "list",
    "search": "search",
    "kanban": "kanban",
}


class CrmCustomFieldPlacePicker(models.AbstractModel):
    """What a place can refer to, read from the real views, for people to choose from."""

    _name = "crm.custom.field.place.picker"
    _description = "Choice of Places for Custom Fields"

    @api.model
    def get_anchors(
        self, model_name: str, view_id: int | None = None, outlet: str = "form"
    ) -> list[dict]:
        """Return what a field can be placed beside or in, in the order of the real view.

        :param model_name: a customizable model
        :param view_id: a view of that model; its default one otherwise
        :param outlet: form, list, search or kanban; other outlets have no anchors
        :return: dicts with `kind` (field, page, group), `name`, `label`, `page` (name of the tab
            that holds it, or ""), `page_label` and `is_custom`
        :raise AccessError: for people who are no configurators
        """
        self._check_configurator()
        if outlet not in VIEW_TYPES:
            return []
        anchors = self._find_anchors(model_name, outlet, view_id)
        labels = self._get_field_labels(model_name)
        pages = {each.name: each.label for each in anchors if each.kind == "page"}
        return [
            {
                "kind": each.kind,
                "name": each.name,
                "label": self._get_anchor_label(each, labels),
                "page": each.page,
                "page_label": pages.get(each.page, ""),
                "is_custom": each.name.startswith("x_cs_"),
            }
            for each in anchors
            # what rules say above a form is no neighbor
            if (each.kind != "field" or each.name in labels)
            and not each.name.startswith("form_rule_")
        ]

    @api.model
    def _find_anchors(self, model_name, outlet, view_id=None):
        arch = self._get_arch(model_name, outlet, view_id)
        if outlet != "form":
            names = view_anchors.find_columns(arch)
            return [view_anchors.Anchor("field", name, "", "") for name in names]
        anchors = view_anchors.find_anchors(arch)
        # sudo: tabs that no field is in yet are not in the form
        tabs = self.env["crm.form.tab"].sudo().search([("model_id.model", "=", model_name)])
        known = {each.name for each in anchors}
        return anchors + [
            view_anchors.Anchor("page", f"{TAB_PREFIX}{tab.id}", "", tab.name)
            for tab in tabs
            if f"{TAB_PREFIX}{tab.id}" not in known
        ]

    @api.model
    def _get_field_labels(self, model_name):
        # sudo: labels of all fields of a view; the configurator may not read the records
        descriptions = self.env[model_name].sudo().fields_get(attributes=["string"])
        return {name: description["string"] for name, description in descriptions.items()}

    @api.model
    def _get_anchor_label(self, anchor, labels):
        if anchor.kind == "field":
            return labels.get(anchor.name, anchor.name)
        if anchor.label:
            return anchor.label
        members = [labels[name] for name in anchor.fields if name in labels]
        return ", ".join(members[:3]) or anchor.name

    @api.model
    @tools.ormcache("model_name", "outlet", "lang", cache="templates")
    def _get_labels(self, model_name, outlet, lang):
        """Return the labels of what a place of an outlet can refer to, by kind and name."""
        if model_name not in self._get_customizable_models() or outlet not in VIEW_TYPES:
            return {}
        labels = self._get_field_labels(model_name)
        return {
            (each.kind, each.name): self._get_anchor_label(each, labels)
            for each in self._find_anchors(model_name, outlet)
        } | {("field", name): label for name, label in labels.items()}

    @api.model
    def _get_arch(self, model_name, outlet="form", view_id=None):
        """Return a view of a model as it is served, with tabs and custom fields."""
        if model_name not in self._get_customizable_models():
            raise UserError(self.env._("“%(model)s” cannot be customized.", model=model_name))
        view_type = VIEW_TYPES[outlet]
        if view_id:
            known = view_id if type(view_id) is int else 0
            # sudo: only that it is a view of this model is read
            view = self.env["ir.ui.view"].sudo().browse(known).exists()
            if view.model != model_name or view.type != view_type:
                raise UserError(self.env._("That is no view of “%(model)s”.", model=model_name))
        return self.env[model_name]._get_view(view_id or None, view_type)[0]

    @api.model
    def _check_configurator(self):
        if not self.env.su and not self.env.user.has_group("crm_suite.group_configurator"):
            raise AccessError(self.env._("Only configurators can change forms."))
