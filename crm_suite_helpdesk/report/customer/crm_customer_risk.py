from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.tools import SQL

READERS = "crm_suite_helpdesk.group_agent"


class CrmCustomerRisk(models.Model):
    """A customer who complains, or is unhappy with our help, may be leaving, too.

    Tickets are those that the reader may read: whoever reads none sees neither the reason nor, for
    it alone, the customer.
    """

    _name = "crm.customer.risk"
    _inherit = ["crm.customer.risk"]
    _depends = {
        "crm.ticket": [
            "active",
            "closed_at",
            "commercial_partner_id",
            "company_id",
            "kind",
            "merged_into_id",
            "satisfaction",
            "satisfaction_at",
            "stage_type",
        ]
    }

    open_complaint_count = fields.Integer(
        string="Open Complaints",
        readonly=True,
        groups=READERS,
        help="Tickets with a complaint that are not closed, as far as you may read them.",
    )
    unhappy_ticket_count = fields.Integer(
        string="Unhappy Answers",
        readonly=True,
        groups=READERS,
        help="Tickets of the last 12 months after which the customer said that he was unhappy.",
    )
    rated_ticket_count = fields.Integer(
        string="Answers to Surveys",
        readonly=True,
        groups=READERS,
        help="Tickets of the last 12 months after which the customer answered the survey.",
    )

    def _get_reasons(self):
        reasons = []
        if self._may_read_tickets():
            if self.open_complaint_count:
                reasons.append(
                    self.env._("Open complaints: %(count)s.", count=self.open_complaint_count)
                )
            if 2 * self.unhappy_ticket_count > self.rated_ticket_count:
                reasons.append(
                    self.env._(
                        "Unhappy in %(count)s of %(total)s answers to surveys.",
                        count=self.unhappy_ticket_count,
                        total=self.rated_ticket_count,
                    )
                )
        return reasons + super()._get_reasons()

    # ------------------------------------------------------------------
    # Query
    # ------------------------------------------------------------------

    def _may_read_tickets(self):
        return self.env.su or (
            self.env.user.has_group(READERS) and self.env["crm.ticket"].has_access("read")
        )

    def _get_columns(self):
        names = ("open_complaint_count", "unhappy_ticket_count", "rated_ticket_count")
        may_read = self._may_read_tickets()
        return {
            **super()._get_columns(),
            **{
                name: SQL("COALESCE(%s, 0)", SQL.identifier("ticket", name))
                if may_read
                else SQL("0")
                for name in names
            },
        }

    def _get_risks(self):
        risks = super()._get_risks()
        if self._may_read_tickets():
            risks += [
                SQL("ticket.open_complaint_count > 0"),
                # as many as that are no chance
                SQL("2 * ticket.unhappy_ticket_count > ticket.rated_ticket_count"),
            ]
        return risks

    def _get_tables(self):
        tables = super()._get_tables()
        if not self._may_read_tickets():
            return tables
        return SQL(
            """%s LEFT JOIN (%s) ticket
                         ON ticket.partner_id = metric.partner_id
                        AND ticket.company_id = metric.company_id""",
            tables,
            self._select_tickets(),
        )

    def _select_tickets(self):
        """Query of the tickets of each customer and company that the reader may read."""
        since = fields.Datetime.now() - relativedelta(years=1)
        tickets = self.env["crm.ticket"]._search(
            [
                ("stage_type", "!=", "spam"),
                ("merged_into_id", "=", False),
                "|",
                "&",
                ("kind", "=", "complaint"),
                ("closed_at", "=", False),
                ("satisfaction_at", ">=", since),
            ]
        )
        return SQL(
            """
            SELECT commercial_partner_id AS partner_id, company_id,
                   COUNT(*) FILTER (WHERE kind = 'complaint' AND closed_at IS NULL)
                       AS open_complaint_count,
                   COUNT(*) FILTER (WHERE satisfaction = 'unhappy' AND satisfaction_at >= %(since)s)
                       AS unhappy_ticket_count,
                   COUNT(*) FILTER (WHERE satisfaction_at >= %(since)s) AS rated_ticket_count
              FROM crm_ticket
             WHERE id IN (%(tickets)s)
               AND commercial_partner_id IS NOT NULL
          GROUP BY commercial_partner_id, company_id
            """,
            since=since,
            tickets=tickets.select(),
        )
