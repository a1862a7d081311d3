from odoo import api, fields, models
from odoo.exceptions import UserError


class CrmSlaRevision(models.Model):
    """A policy as it was from one change to the next.

    The tickets that are open when a policy changes stay on their revision: what was promised to a
    customer is not changed behind his back.
    """

    _name = "crm.sla.revision"
    _description = "SLA Policy Revision"
    _order = "policy_id, number desc"
    _rec_name = "number"

    policy_id = fields.Many2one(
        "crm.sla.policy", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True, precompute=True)
    number = fields.Integer(required=True, readonly=True, aggregator=None)
    date = fields.Datetime(required=True, readonly=True)
    user_id = fields.Many2one("res.users", "Changed by", readonly=True, ondelete="set null")
    # As the conditions of the policy: they name customers and orders that agents may not see
    snapshot = fields.Json(
        required=True,
        readonly=True,
        groups="crm_suite_helpdesk.group_manager",
        help="Conditions and targets of the policy.",
    )
    summary = fields.Text(
        "Changes",
        readonly=True,
        groups="crm_suite_helpdesk.group_manager",
        help="What changed against the one before.",
    )
    clock_ids = fields.One2many("crm.sla.clock", "revision_id", "Clocks", readonly=True)
    clock_count = fields.Integer("Running Clocks", compute="_compute_clock_count")

    _unique_number = models.UniqueIndex("(policy_id, number)")

    @api.depends("policy_id", "number")
    def _compute_display_name(self):
        for revision in self:
            revision.display_name = self.env._(
                "%(policy)s, revision %(number)s",
                policy=revision.policy_id.display_name,
                number=revision.number,
            )

    def _compute_clock_count(self):
        counts = dict(
            self.env["crm.sla.clock"]._read_group(
                [("revision_id", "in", self.ids), ("state", "in", ("running", "paused"))],
                ["revision_id"],
                ["__count"],
            )
        )
        for revision in self:
            revision.clock_count = counts.get(revision, 0)

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("Revisions of a policy are kept as they were."))
