"""Which closings are to be asked about, and who is not asked for what reason."""

from datetime import timedelta

from odoo import SUPERUSER_ID
from odoo.tools import SQL, email_normalize

# Whoever was not asked within a week, because the server stood still, is not asked any more
LOOK_BACK_DAYS = 7


class SurveyRun:
    """One run of the survey; everything about a batch is read at once."""

    def __init__(self, env):
        self.env = env
        self.now = env["crm.ticket"]._now()

    def find(self, limit):
        """The next closings about which the survey has not decided yet.

        Reads what is due: the index on recent closings leads there, whatever there is of others.
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT closing.id
                  FROM crm_ticket_closing closing
                  JOIN crm_ticket ticket ON ticket.id = closing.ticket_id
                  JOIN crm_ticket_team team ON team.id = ticket.team_id
                 WHERE closing.reopened_at IS NULL
                   AND closing.stage_type IN ('solved', 'closed')
                   AND closing.closed_at > %(since)s
                   AND team.survey_enabled
                   AND closing.closed_at >= team.survey_since
                   AND closing.closed_at
                       <= %(now)s::timestamp
                          - COALESCE(team.survey_delay_hours, 0) * interval '1 hour'
                   AND NOT EXISTS (SELECT FROM crm_ticket_survey survey
                                    WHERE survey.closing_id = closing.id)
              ORDER BY closing.closed_at, closing.id
                 LIMIT %(limit)s
            FOR UPDATE OF closing SKIP LOCKED
                """,
                since=self.now - timedelta(days=LOOK_BACK_DAYS),
                now=self.now,
                limit=limit,
            )
        )
        return self.env["crm.ticket.closing"].browse(id_ for (id_,) in rows)

    def prepare(self, closings):
        """Values of the surveys of these closings.

        Of two closings of one contact in a batch, only the first is asked about.
        """
        tickets = closings.ticket_id
        asked = self._get_asked(tickets)
        refused = self._get_blacklisted(tickets), self._get_blocked(tickets)
        vals_list = []
        for closing in closings:
            ticket = closing.ticket_id
            email = self._get_email(ticket)
            reason = self._get_reason(closing, email, *refused)
            keys = self._get_keys(ticket, email)
            pause = timedelta(days=ticket.team_id.survey_cooldown_days)
            last = max((asked[key] for key in keys if key in asked), default=None)
            if not reason and last and last + pause > self.now:
                reason = "cooldown"
            if not reason:
                asked.update(dict.fromkeys(keys, self.now))
            vals_list.append(
                {
                    "ticket_id": ticket.id,
                    "closing_id": closing.id,
                    "company_id": ticket.company_id.id,
                    "team_id": ticket.team_id.id,
                    "user_id": ticket.user_id.id,
                    "partner_id": ticket.partner_id.id,
                    "email": email,
                    "state": "skipped" if reason else "waiting",
                    "reason": reason,
                    "asked_at": False if reason else self.now,
                    "lock_at": self.get_lock(closing, self.now),
                }
            )
        return vals_list

    @staticmethod
    def get_lock(closing, begin):
        """When answers do not count any more, of customers who could answer since `begin`."""
        return begin + timedelta(days=max(1, closing.ticket_id.team_id.survey_lock_days))

    def _get_reason(self, closing, email, blacklisted, blocked):
        """Why the customer of a closing is not asked; False when he is."""
        ticket = closing.ticket_id
        partner = ticket.partner_id
        if closing.user_id.id == SUPERUSER_ID:
            return "automatic"
        if ticket.merged_into_id:
            return "merged"
        if partner and partner.user_ids & ticket.user_id:
            return "internal"
        if partner.no_ticket_survey:
            return "refused"
        if not email:
            return "no_email"
        if email in blacklisted or (email, ticket.company_id.id) in blocked:
            return "blocked"
        return False

    def _get_email(self, ticket):
        return email_normalize(ticket.partner_id.email) or ticket.email_normalized or False

    def _get_keys(self, ticket, email):
        """A contact and an address are who was asked, each within its company."""
        company = ticket.company_id.id
        keys = [(company, "partner", ticket.partner_id.id)] if ticket.partner_id else []
        return [*keys, (company, "email", email)] if email else keys

    def _get_asked(self, tickets):
        """When the contacts and addresses of these tickets were last asked, by two queries."""
        Survey = self.env["crm.ticket.survey"]
        emails = [email for ticket in tickets if (email := self._get_email(ticket))]
        asked = {}
        for name, values in (("partner_id", tickets.partner_id.ids), ("email", emails)):
            for company, who, last in Survey._read_group(
                [(name, "in", values), ("asked_at", "!=", False)],
                ["company_id", name],
                ["asked_at:max"],
            ):
                key = ("partner", who.id) if name == "partner_id" else ("email", who)
                asked[(company.id, *key)] = last
        return asked

    def _get_blacklisted(self, tickets):
        emails = [email for ticket in tickets if (email := self._get_email(ticket))]
        rows = self.env["mail.blacklist"].search([("email", "in", emails)])
        return set(rows.mapped("email"))

    def _get_blocked(self, tickets):
        return self.env["crm.blocked.sender"]._filter_blocked(
            {(self._get_email(ticket), ticket.company_id.id) for ticket in tickets}
        )
