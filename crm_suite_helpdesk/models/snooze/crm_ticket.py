from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_datetime

from odoo.addons.crm_suite.models.mixins.crm_rule_enforcement_mixin import KEEP_INCOMPLETE

BATCH = 200
SNOOZE_ACTIVITY = "crm_suite_helpdesk.mail_activity_type_snooze"


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

    def action_snooze(self):
        """Ask until when."""
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Snooze"),
            "res_model": "crm.ticket.snooze",
            "view_mode": "form",
            "target": "new",
            "context": {"default_ticket_ids": self.ids, "dialog_size": "medium"},
        }

    def action_wake(self):
        """Take the tickets back into the queues."""
        self.check_access("write")
        snoozed = self.filtered("snoozed_until")
        snoozed._end_snooze()
        snoozed._message_log_batch(
            bodies={ticket.id: self.env._("Taken back from snooze") for ticket in snoozed}
        )

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
                    "Only open tickets can be snoozed: %s",
                    ", ".join(closed[:10].mapped("display_name")),
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
        self.activity_unlink([SNOOZE_ACTIVITY])
        when = format_datetime(self.env, until, dt_format="short")
        if wakes_on_reply:
            text = self.env._("Snoozed until %s, or until the customer writes", when)
        else:
            text = self.env._("Snoozed until %s, whatever the customer writes", when)
        self._message_log_batch(bodies=dict.fromkeys(self.ids, text))

    def _end_snooze(self):
        # sudo: facts that only these methods set; a form that asks for more must not keep them
        self.sudo().with_context(crm_form_rules=KEEP_INCOMPLETE).write(
            {"snoozed_until": False, "snooze_wakes_on_reply": False, "snoozed_by_id": False}
        )

    def _register_customer_message(self, message=None):
        res = super()._register_customer_message(message)
        self.filtered(lambda t: t.snoozed_until and t.snooze_wakes_on_reply)._end_snooze()
        return res

    def _tell_snooze_is_over(self):
        """A to-do for whoever waits for these tickets: the agent, else who snoozed them."""
        activity_type = self.env.ref(SNOOZE_ACTIVITY, raise_if_not_found=False)
        todos = []
        for ticket in self:
            user = ticket._get_snooze_user()
            if not user:
                continue
            lang = self.with_context(lang=user.lang)
            todos.append(
                {
                    "res_model_id": self.env["ir.model"]._get_id(self._name),
                    "res_id": ticket.id,
                    "user_id": user.id,
                    "activity_type_id": activity_type.id if activity_type else False,
                    "summary": lang.env._("Back from snooze"),
                    "date_deadline": fields.Date.context_today(
                        ticket.with_context(tz=user.tz), self._now()
                    ),
                    "automated": True,
                }
            )
        # without a mail for each: to-dos are in the list of activities
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(todos)

    def _get_snooze_user(self):
        """Who is told that the time of a ticket has come: somebody who may see it."""
        self.ensure_one()
        for user in (self.user_id, self.snoozed_by_id, self.team_id.user_id):
            companies = user.company_ids.ids
            reader = self.with_user(user).with_context(allowed_company_ids=companies)
            if user.active and reader.has_access("read"):
                return user
        return self.env["res.users"]

    # ------------------------------------------------------------------ cron

    @api.model
    def _cron_end_snoozes(self):
        """Tell the agents whose tickets are back. That they are back does not depend on it."""
        domain = [("snoozed_until", "<=", self._now())]
        # archived tickets are in no queue, and nobody waits for them
        Ticket = self.with_context(active_test=False)
        while tickets := Ticket.search(domain, order="snoozed_until, id", limit=BATCH):
            tickets = tickets.try_lock_for_update()
            tickets.filtered(lambda t: t.active and not t.closed_at)._tell_snooze_is_over()
            tickets._end_snooze()
            left = Ticket.search_count(domain) if tickets else 0
            if not self.env["ir.cron"]._commit_progress(len(tickets), remaining=left):
                break
            if not tickets:
                break
