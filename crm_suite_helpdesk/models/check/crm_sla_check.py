from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_datetime

# Clocks that are compared in one transaction, and as many as somebody may wait for
BATCH = 1000
AT_ONCE = 5000

# Differences that are kept to look at; when there are more, rebuilding and checking again shows
# the next ones
MOST_LINES = 1000

KEPT_DAYS = 180


class CrmSlaCheck(models.Model):
    """Whether the service levels of tickets are what their ledger says: one check and its result.

    Many clocks are compared by a scheduled job, a batch at a time.
    """

    _name = "crm.sla.check"
    _description = "SLA Check"
    _order = "id desc"
    _rec_name = "date"

    date = fields.Datetime("Checked on", required=True, readonly=True)
    user_id = fields.Many2one("res.users", "Checked by", readonly=True, ondelete="set null")
    state = fields.Selection(
        [("running", "Running"), ("fine", "Nothing found"), ("differs", "Differences found")],
        default="running",
        required=True,
        readonly=True,
    )
    finished_at = fields.Datetime("Finished on", readonly=True)
    clock_count = fields.Integer("Clocks Compared", readonly=True, aggregator=None)
    difference_count = fields.Integer("Differences", readonly=True, aggregator=None)
    last_clock_id = fields.Integer(readonly=True, aggregator=None)
    rebuilt_at = fields.Datetime("Rebuilt on", readonly=True)
    rebuilt_by_id = fields.Many2one("res.users", "Rebuilt by", readonly=True, ondelete="set null")
    rebuilt_count = fields.Integer("Clocks Rebuilt", readonly=True, aggregator=None)
    line_ids = fields.One2many("crm.sla.check.line", "check_id", "Differences Found", readonly=True)

    @api.depends("date")
    @api.depends_context("lang", "tz")
    def _compute_display_name(self):
        for check in self:
            check.display_name = self.env._("Check of %s", format_datetime(self.env, check.date))

    # ------------------------------------------------------------------ actions

    @api.model
    def action_check(self):
        """Compare all clocks with their ledger, at once or by the scheduled job.

        :raise AccessError: for anybody but administrators
        """
        self._check_administrator()
        # sudo: nobody enters what a check found
        checks = self.sudo()
        check = checks.search([("state", "=", "running")], limit=1) or checks.create(
            {"date": self.env["crm.ticket"]._now(), "user_id": self.env.uid}
        )
        clocks = self.env["crm.sla.clock"].sudo()  # sudo: clocks of all companies
        if clocks.search_count([], limit=AT_ONCE + 1) > AT_ONCE:
            # sudo: as above
            self.env.ref("crm_suite_helpdesk.ir_cron_sla_check").sudo()._trigger()
        else:
            while check.state == "running":
                check._compare_batch()
        return check._open()

    def action_rebuild(self):
        """Make the clocks that differ again from their ledger, and check again.

        :raise AccessError: for anybody but administrators
        """
        self.ensure_one()
        self._check_administrator()
        check = self.sudo()  # sudo: as in `action_check`
        if check.rebuilt_at:
            raise UserError(self.env._("This was rebuilt already: check again."))
        rebuilt = self.env["crm.sla.clock"]._rebuild(check.line_ids.clock_id.ids)
        check.write(
            {
                "rebuilt_at": self.env["crm.ticket"]._now(),
                "rebuilt_by_id": self.env.uid,
                "rebuilt_count": len(rebuilt),
            }
        )
        return self.action_check()

    def _open(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("SLA Check"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [[False, "form"]],
        }

    # ------------------------------------------------------------------ business

    @api.model
    def _check_administrator(self):
        if not self.env.su and not self.env.user.has_group("base.group_system"):
            raise AccessError(self.env._("Only administrators check service levels."))

    def _compare_batch(self):
        """Compare the next clocks.

        :return: how many were compared
        """
        self.ensure_one()
        # sudo: clocks of all companies; who asks was checked, or is the scheduled job
        clocks = self.env["crm.sla.clock"].sudo()
        count = clocks.search_count([("id", ">", self.last_clock_id)], limit=BATCH)
        differences, last = clocks._check_consistency(self.last_clock_id, BATCH)
        room = max(0, MOST_LINES - len(self.line_ids))
        self.env["crm.sla.check.line"].create(
            [
                {
                    "check_id": self.id,
                    "clock_id": difference["clock_id"],
                    "ticket_id": difference["ticket_id"],
                    "field": difference["field"],
                    "stored": self._to_text(difference["stored"]),
                    "expected": self._to_text(difference["expected"]),
                }
                for difference in differences[:room]
            ]
        )
        self.write(
            {
                "clock_count": self.clock_count + count,
                "difference_count": self.difference_count + len(differences),
                "last_clock_id": last or self.last_clock_id,
            }
        )
        if last is None:
            self.write(
                {
                    "state": "differs" if self.difference_count else "fine",
                    "finished_at": self.env["crm.ticket"]._now(),
                }
            )
        return count

    @api.model
    def _to_text(self, value):
        if isinstance(value, bool) or value is None:
            return "" if not value else "1"
        return f"{value:g}" if isinstance(value, float) else str(value)

    # ------------------------------------------------------------------ cron

    def _cron_check(self):
        """Go on with the check that runs, a batch a transaction."""
        clocks = self.env["crm.sla.clock"]
        while check := self.search([("state", "=", "running")], order="id", limit=1):
            compared = check._compare_batch()
            left = 0
            if check.state == "running":
                left = clocks.search_count([("id", ">", check.last_clock_id)])
            if not self.env["ir.cron"]._commit_progress(compared, remaining=left):
                return

    @api.autovacuum
    def _gc_old(self):
        limit = fields.Datetime.now() - timedelta(days=KEPT_DAYS)
        self.search([("date", "<", limit)], limit=1000).unlink()
