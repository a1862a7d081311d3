from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.crm_suite.lib.working_time import epoch, moment
from odoo.addons.crm_suite.models.mixins.crm_rule_enforcement_mixin import KEEP_INCOMPLETE

BATCH = 200


class CrmTicket(models.Model):
    """Tickets that their agents leave alone go back to the queue."""

    _name = "crm.ticket"
    _inherit = ["crm.ticket"]

    untouched_at = fields.Datetime(
        "Back to the Queue on",
        compute="_compute_untouched_at",
        store=True,
        precompute=True,
        help="When the ticket goes back to the queue if its agent has done nothing on it. Empty "
        "when he has, or when the team has no such limit.",
    )

    _untouched = models.Index("(untouched_at) WHERE untouched_at IS NOT NULL")

    # ------------------------------------------------------------------ compute

    @api.depends("user_id")
    def _compute_untouched_at(self):
        now = self._now()
        for ticket in self:
            ticket.untouched_at = ticket.user_id and ticket._get_untouched_at(now)

    # ------------------------------------------------------------------ business

    def _get_untouched_at(self, start):
        """When the patience of the team ends, counted from a moment; False without a limit."""
        self.ensure_one()
        # sudo: whoever assigns a ticket may not read teams
        hours = self.sudo().team_id.assignment_untouched_hours
        if not hours or not start:
            return False
        end = self._get_service_hours().add(epoch(start), round(hours * 3600))
        return moment(end)

    def _find_touched(self):
        """Those of these tickets on which their agent has done something since he got them: he
        wrote, noted or changed something, or talked to the customer.
        """
        self.env["mail.message"].flush_model()
        self.env["crm.interaction"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT ticket.id
                  FROM crm_ticket ticket
                  JOIN res_users ON res_users.id = ticket.user_id
                 WHERE ticket.id IN %s
                   AND (EXISTS (
                           SELECT FROM mail_message message
                            WHERE message.model = 'crm.ticket'
                              AND message.res_id = ticket.id
                              AND message.author_id = res_users.partner_id
                              AND message.create_date > ticket.assigned_at + interval '1 second'
                       ) OR EXISTS (
                           SELECT FROM crm_interaction interaction
                            WHERE interaction.ticket_id = ticket.id
                              AND interaction.create_uid = ticket.user_id
                              AND interaction.create_date > ticket.assigned_at + interval '1 second'
                       ))
                """,
                tuple(self.ids),
            )
        )
        return self.browse(row[0] for row in rows)

    def _release_untouched(self):
        """Take back those of these tickets on which nothing was done."""
        owned = self.filtered(lambda t: t.user_id and not t.closed_at and t.active)
        touched = owned._find_touched() if owned else owned
        over = self - owned | touched
        over.write({"untouched_at": False})
        for ticket in self - over:
            if ticket.waiting_on != "us" or ticket.is_snoozed:
                # not his turn: he is asked again later
                ticket.untouched_at = ticket._get_untouched_at(self._now())
            else:
                ticket._release()

    def _release(self):
        """Take a ticket from its agent, who has left it alone."""
        agent, team = self.user_id, self.team_id
        hours = team.assignment_untouched_hours
        passed = {agent.id, *((self.assignment_log or {}).get("passed") or ())}
        note = self.env._(
            "%(user)s has done nothing on this ticket for %(hours)g working hours: it goes back to "
            "the queue.",
            user=agent.name,
            hours=hours,
        )
        if team.assignment_method == "manual":
            self.with_context(crm_form_rules=KEEP_INCOMPLETE).user_id = False
        else:
            self._wait_for_assignment(passed)
        self._message_log(body=note)

    # ------------------------------------------------------------------ cron

    @api.model
    def _cron_assign(self):
        """What was left untouched is assigned again."""
        domain = [("untouched_at", "<=", self._now())]
        Ticket = self.with_context(active_test=False)
        while tickets := Ticket.search(domain, order="untouched_at, id", limit=BATCH):
            locked = tickets.try_lock_for_update()
            locked._release_untouched()
            left = Ticket.search_count(domain, limit=BATCH) if locked else 0
            if not self.env["ir.cron"]._commit_progress(len(locked), remaining=left) or not left:
                break
        return super()._cron_assign()
