import logging

from odoo import fields, models

from odoo.addons.crm_suite.lib.attempt import attempt

_logger = logging.getLogger(__name__)

# Tickets that are moved in one transaction, and as many as somebody may wait for
BATCH = 100
AT_ONCE = 200


class CrmSlaRollout(models.Model):
    """Open tickets are moved to the present revision of a policy: who asked for it, how far it is.

    Large numbers are moved by a scheduled job, a batch at a time.
    """

    _name = "crm.sla.rollout"
    _description = "Policy Applied to Open Tickets"
    _order = "id desc"
    _rec_name = "revision_id"

    policy_id = fields.Many2one(
        "crm.sla.policy", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True, precompute=True)
    revision_id = fields.Many2one(
        "crm.sla.revision", required=True, readonly=True, ondelete="cascade"
    )
    user_id = fields.Many2one("res.users", "Applied by", readonly=True, ondelete="set null")
    date = fields.Datetime("Applied on", required=True, readonly=True)
    state = fields.Selection(
        [("running", "Running"), ("done", "Done"), ("replaced", "Replaced by a later one")],
        default="running",
        required=True,
        readonly=True,
    )
    total = fields.Integer("Tickets", readonly=True, aggregator=None)
    done = fields.Integer("Moved", readonly=True, aggregator=None)
    failed = fields.Integer(
        "Not Moved",
        readonly=True,
        aggregator=None,
        help="Tickets that could not be moved; the log of the server says why. They stay on their "
        "revision.",
    )
    last_ticket_id = fields.Integer(readonly=True, default=0, aggregator=None)

    _running = models.Index("(id) WHERE state = 'running'")

    def _run(self):
        """Move the tickets at once, or have the scheduled job do it when there are many."""
        self.ensure_one()
        if self.total > AT_ONCE:
            # sudo: managers may not trigger crons
            self.env.ref("crm_suite_helpdesk.ir_cron_sla_rollout").sudo()._trigger()
            return
        while self.state == "running":
            self._move_batch()

    def _move_batch(self):
        """Move the next tickets.

        :return: how many were looked at
        """
        self.ensure_one()
        policy = self.policy_id
        if policy.revision_id != self.revision_id or not policy.active:
            # Changed again since: nobody decided to apply that
            self.state = "replaced"
            return 0
        tickets = policy._get_outdated_tickets(after=self.last_ticket_id, limit=BATCH)
        if not tickets:
            self.state = "done"
            return 0
        failed = self._move(tickets)
        self.write(
            {
                "done": self.done + len(tickets) - failed,
                "failed": self.failed + failed,
                "last_ticket_id": tickets[-1].id,
            }
        )
        return len(tickets)

    def _move(self, tickets):
        """:return: how many of the tickets could not be moved"""
        reason = "Tickets %s are moved one by one", tickets.ids
        with attempt(self.env.cr, _logger, *reason, level=logging.INFO):
            self.policy_id._apply_latest(tickets)
            return 0
        failed = 0
        for ticket in tickets:
            reason = "Ticket %s keeps its revision", ticket.id
            with attempt(self.env.cr, _logger, *reason, level=logging.WARNING) as move:
                self.policy_id._apply_latest(ticket)
            failed += bool(move.error)
        return failed

    def _cron_roll_out(self):
        """Go on with what is running, a batch a transaction."""
        progress = self.env["ir.cron"]
        while rollout := self.search([("state", "=", "running")], order="id", limit=1):
            moved = rollout._move_batch()
            left = max(0, rollout.total - rollout.done - rollout.failed)
            remaining = left if rollout.state == "running" else 0
            remaining += self.search_count([("state", "=", "running"), ("id", "!=", rollout.id)])
            if not progress._commit_progress(moved, remaining=remaining):
                return
