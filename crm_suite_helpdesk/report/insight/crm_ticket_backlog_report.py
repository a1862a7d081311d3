from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# How far back the report goes; what was opened before is in the figures, not in days of its own
DAYS = 731


class CrmTicketBacklogReport(models.Model):
    """How many tickets were open at the end of each day, and why that changed.

    One row for each day, team and agent of the last two years, also for days on which nothing
    happened: so the last day of any week, month or quarter is there, and
    `open_at_end` of a group is that of its last day. Days are those of the reader. The id of a row
    is made of day, team and agent, so that it means the same to every reader.
    """

    _name = "crm.ticket.backlog.report"
    _description = "Ticket Backlog"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "date"
    _depends = {
        "crm.ticket": ["active", "closed_at", "company_id", "opened_at", "team_id", "user_id"],
        "crm.ticket.closing": ["closed_at", "reopened_at", "ticket_id"],
    }

    team_id = fields.Many2one("crm.ticket.team", readonly=True)
    user_id = fields.Many2one("res.users", "Agent", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    date = fields.Date("Day", readonly=True)
    opened = fields.Integer(readonly=True, help="Tickets that came in.")
    closed = fields.Integer(
        readonly=True, help="Tickets that were solved, closed, cancelled or marked as spam."
    )
    reopened = fields.Integer(readonly=True, help="Closed tickets that were opened again.")
    open_at_end = fields.Integer(
        "Open at the End",
        readonly=True,
        aggregator="sum",
        help="Tickets that were open when the last day of the period ended.",
    )

    def _read_group_select(self, aggregate_spec, query):
        if aggregate_spec == "open_at_end:sum":
            day = self._field_to_sql(self._table, "date", query)
            # Days cannot be added up: of each group, those rows count that are on its last day
            return SQL(
                """(SELECT SUM(last_day.amount)
                      FROM UNNEST(ARRAY_AGG(%(day)s), ARRAY_AGG(%(amount)s))
                           AS last_day (day, amount)
                     WHERE last_day.day = MAX(%(day)s))""",
                day=day,
                amount=self._field_to_sql(self._table, "open_at_end", query),
            )
        return super()._read_group_select(aggregate_spec, query)

    def action_open_tickets(self):
        """List the tickets that were open when this day ended."""
        self.ensure_one()
        end = self.env["crm.ticket"]._get_day_start(self.date + timedelta(days=1))
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_helpdesk.crm_ticket_action"
        )
        domain = self.env["crm.ticket"]._get_open_domain(end) & Domain(
            [
                ("team_id", "=", self.team_id.id),
                ("user_id", "=", self.user_id.id),
                ("company_id", "=", self.company_id.id),
            ]
        )
        return {**action, "domain": list(domain), "context": {}}

    @property
    def _table_query(self):
        today = self.env["crm.ticket"]._get_local_today()
        return SQL(
            """
            WITH %(events)s,
            daily AS (
                SELECT company_id, team_id, user_id,
                       GREATEST(%(start)s::date, (moment AT TIME ZONE 'UTC'
                                                  AT TIME ZONE %(zone)s)::date) AS date,
                       SUM(opened)::int AS opened,
                       SUM(closed)::int AS closed,
                       SUM(reopened)::int AS reopened
                  FROM event
              GROUP BY 1, 2, 3, 4
            ),
            people AS (
                SELECT DISTINCT company_id, team_id, user_id FROM daily
            ),
            grid AS (
                SELECT each.day::date AS date, people.*
                  FROM GENERATE_SERIES(%(start)s::date, %(today)s::date, '1 day') AS each (day)
            CROSS JOIN people
            ),
            running AS (
                SELECT ((grid.date - '2020-01-01'::date)::bigint << 37)
                       + ((CASE WHEN grid.team_id > 0 THEN grid.team_id * 2
                                ELSE grid.company_id * 2 + 1 END)::bigint << 22)
                       + grid.user_id AS id,
                       grid.date, grid.company_id,
                       NULLIF(grid.team_id, 0) AS team_id,
                       NULLIF(grid.user_id, 0) AS user_id,
                       COALESCE(daily.opened, 0) AS opened,
                       COALESCE(daily.closed, 0) AS closed,
                       COALESCE(daily.reopened, 0) AS reopened,
                       SUM(COALESCE(daily.opened + daily.reopened - daily.closed, 0)) OVER (
                           PARTITION BY grid.company_id, grid.team_id, grid.user_id
                               ORDER BY grid.date
                       )::int AS open_at_end
                  FROM grid
             LEFT JOIN daily USING (date, company_id, team_id, user_id)
            )
            SELECT * FROM running WHERE date > %(start)s::date
            """,
            events=self._select_events(),
            zone=str(self.env.tz),
            start=today - timedelta(days=DAYS),
            today=today,
        )

    @api.model
    def _select_events(self):
        """Common table expressions of the tickets that may be read, and of what opened, closed
        and reopened them.
        """
        tickets = self.env["crm.ticket"]._query_counted()
        return SQL(
            """
            ticket AS MATERIALIZED (
                SELECT crm_ticket.id, crm_ticket.company_id, crm_ticket.opened_at,
                       COALESCE(crm_ticket.team_id, 0) AS team_id,
                       COALESCE(crm_ticket.user_id, 0) AS user_id
                  FROM %(source)s
                 WHERE %(readable)s
            ),
            event AS (
                SELECT company_id, team_id, user_id, opened_at AS moment,
                       1 AS opened, 0 AS closed, 0 AS reopened
                  FROM ticket
             UNION ALL
                SELECT ticket.company_id, ticket.team_id, ticket.user_id, closing.closed_at,
                       0, 1, 0
                  FROM ticket JOIN crm_ticket_closing closing ON closing.ticket_id = ticket.id
             UNION ALL
                SELECT ticket.company_id, ticket.team_id, ticket.user_id, closing.reopened_at,
                       0, 0, 1
                  FROM ticket JOIN crm_ticket_closing closing ON closing.ticket_id = ticket.id
                 WHERE closing.reopened_at IS NOT NULL
            )
            """,
            source=tickets.from_clause,
            readable=tickets.where_clause or SQL("TRUE"),
        )
