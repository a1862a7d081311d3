from odoo import api, fields, models
from odoo.tools import format_amount, formatLang

DECIDERS = [
    ("agent", "The agent"),
    ("leader", "The team leader"),
    ("manager", "A helpdesk manager"),
    ("nobody", "Nobody: we do not do this"),
]


class CrmTicketAuthority(models.Model):
    """Something that can be decided for a customer: who may, up to which limit."""

    _name = "crm.ticket.authority"
    _description = "Authority to Decide"
    _order = "guide_id, sequence, id"

    guide_id = fields.Many2one("crm.ticket.guide", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="guide_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    name = fields.Char("Decision", required=True, translate=True)
    decider = fields.Selection(DECIDERS, "Who Decides", required=True, default="agent")
    limit_kind = fields.Selection(
        [
            ("none", "Without limit"),
            ("amount", "Amount"),
            ("percent", "Percent"),
            ("days", "Days"),
            ("count", "Pieces"),
        ],
        "Limit",
        required=True,
        default="none",
    )
    limit_value = fields.Float("Up to", help="What the agent may decide himself.")
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    beyond = fields.Selection(
        [decider for decider in DECIDERS if decider[0] != "agent"],
        "Beyond the Limit",
        required=True,
        default="leader",
        help="Who decides about more than the limit.",
    )
    note = fields.Text("Conditions", translate=True)

    _limit_positive = models.Constraint("CHECK (limit_value >= 0)", "A limit cannot be negative.")

    @api.depends("company_id")
    @api.depends_context("company")
    def _compute_currency_id(self):
        for authority in self:
            authority.currency_id = (authority.company_id or self.env.company).currency_id

    def _has_limit(self):
        self.ensure_one()
        return self.decider == "agent" and self.limit_kind != "none"

    def _get_decider(self, value):
        """Who decides about so much: a key of `DECIDERS`."""
        self.ensure_one()
        if self._has_limit() and value > self.limit_value:
            return self.beyond
        return self.decider

    def _format_value(self, value):
        """So much of what this decision is about, in words; empty when it has no amount."""
        self.ensure_one()
        if self.limit_kind == "amount":
            return format_amount(self.env, value, self.currency_id)
        number = formatLang(self.env, value, digits=0 if value == int(value) else 2)
        if self.limit_kind == "percent":
            return self.env._("%s%%", number)
        if self.limit_kind == "days":
            return self.env._("%s days", number)
        if self.limit_kind == "count":
            return self.env._("%s pieces", number)
        return ""
