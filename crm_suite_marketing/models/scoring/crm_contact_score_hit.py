from odoo import fields, models
from odoo.exceptions import AccessError


class CrmContactScoreHit(models.Model):
    """A contact rose to a threshold, and what was done then.

    As long as `left_at` is empty the contact has not fallen below again, and the database takes no
    second row: whatever happens meanwhile, nothing is done twice.
    """

    _name = "crm.contact.score.hit"
    _description = "Contact Score Threshold Reached"
    _order = "date desc, id desc"
    _rec_name = "threshold_id"
    # written in bulk
    _log_access = False

    threshold_id = fields.Many2one(
        "crm.contact.score.threshold",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        "res.partner", "Contact", required=True, readonly=True, index=True, ondelete="cascade"
    )
    date = fields.Datetime("Reached On", required=True, readonly=True)
    score = fields.Float("Points", digits=(16, 1), readonly=True, aggregator="avg")
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("done", "Done"),
            ("failed", "Failed"),
            ("skipped", "Left Alone"),
        ],
        string="Status",
        required=True,
        readonly=True,
    )
    result = fields.Text(readonly=True)
    user_id = fields.Many2one(
        "res.users",
        "Given To",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    lead_id = fields.Many2one(
        "crm.lead",
        "Lead Created",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    left_at = fields.Datetime("Fell Below On", readonly=True)

    _open_uniq = models.UniqueIndex("(threshold_id, partner_id) WHERE left_at IS NULL")
    _waiting_idx = models.Index("(threshold_id, id) WHERE state = 'waiting'")

    def action_run(self):
        """Do now what was left alone, or has failed."""
        if not self.env.user.has_group("crm_suite_marketing.group_marketing_manager"):
            raise AccessError(self.env._("Only marketing managers have a threshold act again."))
        self.check_access("read")
        # sudo: the log is written by the system only; the right was checked
        again = self.sudo().filtered(lambda hit: hit.state in ("failed", "skipped"))
        again.write({"state": "waiting", "result": False})
        self.env.ref("crm_suite_marketing.ir_cron_contact_score")._trigger()
