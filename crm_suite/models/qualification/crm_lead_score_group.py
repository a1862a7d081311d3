from odoo import api, fields, models


class CrmLeadScoreGroup(models.Model):
    """Score rules that share a limit, so that one kind of facts cannot decide alone."""

    _name = "crm.lead.score.group"
    _description = "Score Rule Group"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    has_limit = fields.Boolean(string="Limited")
    max_points = fields.Integer(
        string="At Most", help="The rules of this group add up to at most this many points."
    )
    rule_ids = fields.One2many("crm.lead.score.rule", "group_id")

    _check_max_points = models.Constraint(
        "CHECK(max_points >= 0)", "The limit of a group of score rules cannot be negative."
    )

    @api.model_create_multi
    def create(self, vals_list):
        groups = super().create(vals_list)
        self.env["crm.lead.score.rule"]._rules_changed()
        return groups

    def write(self, vals):
        result = super().write(vals)
        if {"has_limit", "max_points", "sequence"} & set(vals):
            self.env["crm.lead.score.rule"]._rules_changed()
        return result

    def unlink(self):
        result = super().unlink()
        self.env["crm.lead.score.rule"]._rules_changed()
        return result
