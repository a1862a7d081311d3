from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.constants import GC_UNLINK_LIMIT

from ...lib import mail_ladder

LADDER_PARAMETER = "crm_suite_helpdesk.mail_ladder"
HOURS_KEPT = 24


class CrmTicketSender(models.Model):
    """When somebody wrote to the help desk, so that loops and floods are noticed.

    Core counts tickets and messages for it, which takes longer the more of them there are. This is
    a narrow table that is emptied every day.
    """

    _name = "crm.ticket.sender"
    _description = "Mail Sender"
    _log_access = False
    _rec_name = "email"
    _order = "date desc, id desc"

    email = fields.Char(required=True, readonly=True)
    date = fields.Datetime(required=True, readonly=True)
    ticket_id = fields.Integer(readonly=True, help="0 for mails that open a ticket.")
    is_machine = fields.Boolean("Machine", readonly=True)

    _of_email = models.Index("(email, date)")

    @api.model
    def _count_mail(self, email, ticket_id, is_machine):
        """Note that somebody writes.

        :param email: normalized address
        :param ticket_id: 0 when his mail opens a ticket
        :return: whether he wrote too much lately
        """
        steps = self._get_steps()
        now = self.env.cr.now().replace(microsecond=0)
        since = now - timedelta(minutes=max(minutes for minutes, _mails in steps))
        limit = steps[-1][1] * mail_ladder.FOR_PEOPLE * mail_ladder.FOR_ALL_TICKETS + 1
        rows = self.env.execute_query(
            SQL(
                """
                WITH added AS (
                    INSERT INTO crm_ticket_sender (email, date, ticket_id, is_machine)
                         VALUES (%(email)s, %(now)s, %(ticket)s, %(is_machine)s)
                )
                SELECT date, ticket_id
                  FROM crm_ticket_sender
                 WHERE email = %(email)s AND date >= %(since)s
                   AND (is_machine OR NOT %(is_machine)s)
              ORDER BY date DESC
                 LIMIT %(limit)s
                """,
                email=email,
                now=now,
                ticket=ticket_id,
                is_machine=is_machine,
                since=since,
                limit=limit,
            )
        )
        factor = 1 if is_machine else mail_ladder.FOR_PEOPLE
        minutes = [(max((now - date).total_seconds(), 0) / 60, other) for date, other in rows]
        of_ticket = [0, *(age for age, other in minutes if other == ticket_id)]
        of_all = [0, *(age for age, _other in minutes)]
        return mail_ladder.is_exceeded(steps, of_ticket, factor) or mail_ladder.is_exceeded(
            steps, of_all, factor * mail_ladder.FOR_ALL_TICKETS
        )

    @api.model
    def _get_steps(self):
        # sudo: the gateway may run as anybody
        get_param = self.env["ir.config_parameter"].sudo().get_param
        try:
            steps = mail_ladder.parse(get_param(LADDER_PARAMETER)) or mail_ladder.DEFAULT
        except ValueError:
            steps = mail_ladder.DEFAULT
        # What an administrator has told core holds here as well
        core = get_param("mail.gateway.loop.threshold"), get_param("mail.gateway.loop.minutes", 120)
        if core[0] and str(core[0]).isdecimal() and str(core[1]).isdecimal():
            minutes = min(max(int(core[1]), 1), mail_ladder.MAX_MINUTES)
            steps = tuple(sorted([*steps, (minutes, max(int(core[0]), 1))]))
        return steps

    @api.autovacuum
    def _gc_senders(self):
        limit = self.env.cr.now() - timedelta(hours=HOURS_KEPT)
        senders = self.search([("date", "<", limit)], limit=GC_UNLINK_LIMIT)
        senders.unlink()
        return len(senders), len(senders) == GC_UNLINK_LIMIT
