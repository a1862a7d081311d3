from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.crm_suite.models.mixins.crm_customizable_mixin import KEEP_INCOMPLETE

BATCH = 200


class CrmTicket(models.Model):
    """Tickets that nobody has to look at before a date, or before the customer writes.

    A snoozed ticket stays in its stage, and its service level goes on. Whether the time has come
    is compared with the present when it is asked; the cron only tells whoever waits for it.
    """

    _name = "crm.ticket"
    _inherit = ["crm.ticket"]

    snoozed_until = fields.Datetime(readonly=True, copy=False)
    snooze_wakes_on_reply = fields.Boolean(
        "Wake on Reply",
        readonly=True,
        copy=False,
        help="A message of the customer ends the snooze. Otherwise the ticket comes back on its "
        "date, whatever the customer writes.",
    )
    snoozed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    is_snoozed = fields.Boolean(
        "Snoozed", compute="_compute_is_snoozed", search="_search_is_snoozed"
    )

    _snoozed = models.Index("(snoozed_until) WHERE snoozed_until IS NOT NULL")

    # ------------------------------------------------------------------ compute

    @api.depends("snoozed_until")
    def _compute_is_snoozed(self):
        now = self._now()
        for ticket in self:
            ticket.is_snoozed = bool(ticket.snoozed_until and ticket.snoozed_until > now)

    @api.model
    def _search_is_snoozed(self, operator, value):
        if operator != "in":
            return NotImplemented
        snoozed = Domain("snoozed_until", ">", self._now())
        # written out, for a negation would not find those without a date
        awake = Domain("snoozed_until", "=", False) | Domain("snoozed_until", "<=", self._now())
        return Domain.OR(snoozed if is_snoozed else awake for is_snoozed in set(value))

    # ------------------------------------------------------------------ CRUD

    def write(self, vals):
        res = super().write(vals)
        if "stage_id" in vals:
            # What is closed waits for nothing
            self.filtered(lambda t: t.closed_at and t.snoozed_until)._end_snooze()
        return res

    # ------------------------------------------------------------------ actions

    def action_wake(self):
        """Take the tickets back into the queues."""
        self.check_access("write")
        self.filtered("snoozed_until")._end_snooze()

    # ------------------------------------------------------------------ business

    def _snooze(self, until, wakes_on_reply=True):
        """Leave these tickets alone for a while.

        :param until: naive UTC, in the future
        :param wakes_on_reply: whether a message of the customer ends it
        """
        self.check_access("write")
        if closed := self.filtered("closed_at"):
            raise UserError(
                self.env._(
                    "Only open tickets can be snoozed: %s", ", ".join(closed.mapped("display_name"))
                )
            )
        if until <= self._now():
            raise UserError(self.env._("A ticket is snoozed until a time in the future."))
        # sudo: a fact that only this method sets
        self.sudo().write(
            {
                "snoozed_until": until,
                "snooze_wakes_on_reply": wakes_on_reply,
                "snoozed_by_id": self.env.uid,
            }
        )

    def _end_snooze(self):
        # sudo: a fact that only these methods set; a form that asks for more must not keep it
        self.sudo().with_context(crm_form_rules=KEEP_INCOMPLETE).write(
            {"snoozed_until": False, "snooze_wakes_on_reply": False, "snoozed_by_id": False}
        )

    def _register_customer_message(self, message=None):
        res = super()._register_customer_message(message)
        self.filtered(lambda t: t.snoozed_until and t.snooze_wakes_on_reply)._end_snooze()
        return res
