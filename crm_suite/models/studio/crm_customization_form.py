from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

COUNTED = ("field", "tab", "rule", "default")
ELSEWHERE = ("automation", "filter", "column", "view")


class CrmCustomizationForm(models.Model):
    """The forms that can be shaped, with how much each differs from how Odoo delivers it."""

    _name = "crm.customization.form"
    _description = "Form That Can Be Shaped"
    _auto = False
    _order = "name, id"
    _depends = {"ir.model": ["name", "model"]}

    name = fields.Char(readonly=True)
    title = fields.Char("Form", compute="_compute_title")
    model_name = fields.Char("Model", readonly=True)
    field_count = fields.Integer("Custom Fields", compute="_compute_counts")
    tab_count = fields.Integer("Tabs", compute="_compute_counts")
    rule_count = fields.Integer("Rules", compute="_compute_counts")
    default_count = fields.Integer("Default Values", compute="_compute_counts")
    broken_count = fields.Integer("Not Working", compute="_compute_counts")
    other_count = fields.Integer("Made Elsewhere", compute="_compute_counts")
    change_user_id = fields.Many2one(
        "res.users", "Last Changed By", compute="_compute_change", compute_sudo=True
    )
    change_date = fields.Datetime("Last Change", compute="_compute_change", compute_sudo=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT model.id, model.model AS model_name,
                   COALESCE(model.name->>%(lang)s, model.name->>'en_US') AS name
              FROM ir_model model
             WHERE model.model IN %(names)s
            """,
            lang=self.env.lang or "en_US",
            names=tuple(self.env["crm.form.tab"]._get_customizable_models()) or ("",),
        )

    @api.depends("name", "model_name")
    @api.depends_context("lang")
    def _compute_title(self):
        titles = self._get_titles()
        for form in self:
            form.title = titles.get(form.model_name, form.name)

    @api.depends("title")
    def _compute_display_name(self):
        for form in self:
            form.display_name = form.title

    @api.model
    def _get_titles(self):
        """Return what people call the forms whose models have another name."""
        return {
            "account.move": self.env._("Customer Invoice"),
            "crm.lead": self.env._("Lead and Opportunity"),
            "sale.order": self.env._("Quotation and Order"),
        }

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_counts(self):
        Item = self.env["crm.customization.item"]
        domain = [("model_id", "in", self.ids), ("state", "!=", "archived")]
        counts = {
            (model.id, kind): count
            for model, kind, count in Item._read_group(domain, ["model_id", "kind"], ["__count"])
        }
        # what apps deliver is not what somebody made of this database
        elsewhere = Item._read_group(
            [*domain, ("kind", "in", ELSEWHERE), ("origin", "=", "person")],
            ["model_id"],
            ["__count"],
        )
        elsewhere = {model.id: count for model, count in elsewhere}
        broken = dict(
            Item._read_group([*domain, ("health", "=", "broken")], ["model_id"], ["__count"])
        )
        broken = {model.id: count for model, count in broken.items()}
        for form in self:
            for kind in COUNTED:
                form[f"{kind}_count"] = counts.get((form.id, kind), 0)
            form.other_count = elsewhere.get(form.id, 0)
            form.broken_count = broken.get(form.id, 0)

    def _compute_change(self):
        Change = self.env["crm.customization.change"]
        latest = dict(Change._read_group([("model_id", "in", self.ids)], ["model_id"], ["id:max"]))
        latest = {model.id: Change.browse(change_id) for model, change_id in latest.items()}
        for form in self:
            change = latest.get(form.id, Change)
            form.change_user_id, form.change_date = change.user_id, change.date

    def action_open_items(self):
        """Open all that was shaped on a form."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite.crm_customization_item_action"
        )
        action["domain"] = [("model_name", "=", self.model_name)]
        action["context"] = {
            "search_default_not_place": 1,
            "search_default_not_delivered": 1,
            "search_default_group_kind": 1,
        }
        action["display_name"] = self.title
        return action

    def _get_action(self, xml_id):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(f"crm_suite.{xml_id}")
        action["domain"] = [("model_id", "=", self.id)]
        action["context"] = {"default_model_id": self.id}
        return action

    def action_open_fields(self):
        return self._get_action("crm_custom_field_action")

    def action_open_tabs(self):
        return self._get_action("crm_form_tab_action")

    def action_open_rules(self):
        return self._get_action("crm_form_rule_action")

    def action_open_defaults(self):
        return self._get_action("crm_form_default_action")

    def action_open_records(self):
        """Open the records, on whose form everything can be shaped where it is."""
        self.ensure_one()
        model = self.env[self.model_name]
        if not model.has_access("read"):
            raise AccessError(
                self.env._("You need a right on “%(form)s” to open it.", form=self.title)
            )
        context = {"default_move_type": "out_invoice"} if self.model_name == "account.move" else {}
        domain = [("move_type", "=", "out_invoice")] if context else []
        return {
            "type": "ir.actions.act_window",
            "name": self.title,
            "res_model": self.model_name,
            "views": [[False, "list"], [False, "form"]],
            "domain": domain,
            "context": context,
        }
