from odoo import fields, models
from odoo.tools import SQL

# What a fact may fill, with the type of its column; what it does not is empty
MEASURES = {
    "opened": "int",
    "answered": "int",
    "solved": "int",
    "dropped": "int",
    "reopened": "int",
    "change": "int",
    "response_hours": "float8",
    "solution_hours": "float8",
    "reopen_rate": "float8",
    "first_contact_rate": "float8",
}
COUNTS = ("opened", "answered", "solved", "dropped", "reopened", "change")


class CrmTicketPerformanceReport(models.Model):
    """What happened to tickets: one row for each thing, with a date of its own.

    * A ticket is opened once, answered for the first time once, and closed as often as it was.
    * Solved are tickets in a stage of the type "Solved" or "Closed"; what was cancelled or was spam
      is dropped, and has no part in averages and shares.
    * `response_hours` and `solution_hours` are working time of the team from opening, times of
      waiting included: what the customer lived through. The service level without them is in
      `crm.sla.report`.
    * `reopen_rate`: the share of solutions after which the ticket was opened again.
    * `first_contact_rate`: the share of solutions that took one answer at most, were the first of
      their ticket, and lasted.
    """

    _name = "crm.ticket.performance.report"
    _description = "Support Performance"
    _inherit = ["crm.ticket.report"]
    _auto = False
    _order = "date desc, id desc"
    _depends = {
        "crm.ticket": [
            "active",
            "category_id",
            "closed_at",
            "commercial_partner_id",
            "company_id",
            "customer_tier_id",
            "first_response_at",
            "opened_at",
            "priority",
            "product_id",
            "response_s",
            "team_id",
            "user_id",
        ],
        "crm.ticket.closing": [
            "answer_count",
            "closed_at",
            "reopened_at",
            "solution_s",
            "stage_type",
            "ticket_id",
        ],
    }

    kind = fields.Selection(
        [
            ("opened", "Opened"),
            ("answered", "First Answered"),
            ("solved", "Solved"),
            ("dropped", "Cancelled or Spam"),
            ("reopened", "Reopened"),
        ],
        string="Event",
        readonly=True,
    )
    date = fields.Datetime(readonly=True)
    opened = fields.Integer(readonly=True, help="Tickets that came in, each once.")
    answered = fields.Integer(
        "First Answered", readonly=True, help="Tickets that got their first answer."
    )
    solved = fields.Integer(
        readonly=True, help="Tickets that were solved or closed, again after each reopening."
    )
    dropped = fields.Integer(
        "Cancelled or Spam", readonly=True, help="Tickets that ended without a solution."
    )
    reopened = fields.Integer(
        readonly=True, help="Closed tickets that were opened again, for whatever reason."
    )
    change = fields.Integer(
        "Change of Backlog", readonly=True, help="Opened and reopened, less what was closed."
    )
    response_hours = fields.Float(
        "First Response (average)",
        readonly=True,
        aggregator="avg",
        help="Working time from opening to the first answer, in hours: the average of the tickets "
        "that were answered.",
    )
    response_median = fields.Float(
        "First Response (median)",
        readonly=True,
        aggregator="avg",
        help="Half of the tickets were answered in less working time than this.",
    )
    solution_hours = fields.Float(
        "Solution (average)",
        readonly=True,
        aggregator="avg",
        help="Working time from opening to the solution, times of waiting included, in hours.",
    )
    solution_median = fields.Float(
        "Solution (median)",
        readonly=True,
        aggregator="avg",
        help="Half of the solutions took less working time than this.",
    )
    reopen_rate = fields.Float(
        "Reopened (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Share of the solutions after which the ticket was opened again.",
    )
    first_contact_rate = fields.Float(
        "Solved at First Contact (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Share of the solutions that took one answer at most and lasted: the ticket was "
        "never reopened, before or after.",
    )

    def _get_medians(self):
        return ("response_median", "solution_median")

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT fact.*,
                   fact.response_hours AS response_median,
                   fact.solution_hours AS solution_median
              FROM (%s) fact
            """,
            SQL(" UNION ALL ").join(self._get_facts()),
        )

    def _get_facts(self):
        closing = SQL("JOIN crm_ticket_closing closing ON closing.ticket_id = crm_ticket.id")
        solved = SQL("closing.stage_type IN ('solved', 'closed')")
        one = SQL("1")
        return [
            self._prepare_fact(
                0,
                SQL("'opened'"),
                SQL("crm_ticket.opened_at"),
                opened=one,
                change=one,
            ),
            self._prepare_fact(
                1,
                SQL("'answered'"),
                SQL("crm_ticket.first_response_at"),
                where=SQL("crm_ticket.first_response_at IS NOT NULL"),
                answered=one,
                response_hours=SQL("crm_ticket.response_s / 3600.0"),
            ),
            self._prepare_fact(
                2,
                SQL("CASE WHEN %s THEN 'solved' ELSE 'dropped' END", solved),
                SQL("closing.closed_at"),
                key=SQL("closing.id"),
                joins=closing,
                solved=SQL("%s::int", solved),
                dropped=SQL("(NOT %s)::int", solved),
                change=SQL("-1"),
                solution_hours=SQL("CASE WHEN %s THEN closing.solution_s / 3600.0 END", solved),
                reopen_rate=SQL(
                    """CASE WHEN NOT %s THEN NULL
                            WHEN closing.reopened_at IS NULL THEN 0 ELSE 100 END""",
                    solved,
                ),
                first_contact_rate=SQL(
                    """CASE WHEN NOT %s THEN NULL
                            WHEN closing.reopened_at IS NULL AND closing.answer_count <= 1
                                 AND NOT EXISTS (
                                     SELECT 1 FROM crm_ticket_closing earlier
                                      WHERE earlier.ticket_id = closing.ticket_id
                                        AND (earlier.closed_at, earlier.id)
                                            < (closing.closed_at, closing.id)
                                        AND earlier.stage_type IN ('solved', 'closed'))
                            THEN 100 ELSE 0 END""",
                    solved,
                ),
            ),
            self._prepare_fact(
                3,
                SQL("'reopened'"),
                SQL("closing.reopened_at"),
                key=SQL("closing.id"),
                joins=closing,
                where=SQL("closing.reopened_at IS NOT NULL"),
                reopened=one,
                change=one,
            ),
        ]

    def _prepare_fact(self, number, kind, date, key=None, joins=None, where=None, **measures):
        """Return the SELECT of one kind of fact, with all columns in the order of the union.

        :param int number: unique, makes the ids of the rows
        :param measures: SQL by name of a measure
        """
        tickets = self.env["crm.ticket"]._query_counted()
        columns = [
            SQL("%s::bigint * 4 + %s AS id", key or SQL("crm_ticket.id"), number),
            SQL("(%s)::varchar AS kind", kind),
            SQL("%s AS date", date),
            self._select_dimensions(),
        ]
        for name, sql_type in MEASURES.items():
            value = measures.get(name, SQL("0") if name in COUNTS else SQL("NULL"))
            columns.append(SQL("(%s)::%s AS %s", value, SQL(sql_type), SQL.identifier(name)))
        return SQL(
            "SELECT %s FROM %s %s WHERE %s AND %s",
            SQL(", ").join(columns),
            tickets.from_clause,
            joins or SQL(),
            tickets.where_clause or SQL("TRUE"),
            where or SQL("TRUE"),
        )
