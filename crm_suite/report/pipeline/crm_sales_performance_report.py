from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# Columns that a fact may fill; what it does not is empty
DIMENSIONS = {
    "user_id": "int",
    "team_id": "int",
    "company_id": "int",
    "lead_id": "int",
    "partner_id": "int",
    "source_id": "int",
    "medium_id": "int",
    "campaign_id": "int",
    "lost_reason_id": "int",
}
COUNTS = [
    "new_leads",
    "new_opportunities",
    "interactions",
    "calls",
    "meetings",
    "won",
    "lost",
    "orders",
]
AMOUNTS = ["won_amount", "lost_amount", "ordered_amount", "invoiced_amount"]
AVERAGES = ["average_order", "win_rate", "cycle_days", "first_contact_hours"]


class CrmSalesPerformanceReport(models.Model):
    """What salespeople and teams did and achieved: one row for each thing that happened.

    The rows are facts of different kinds with a date of their own: a lead or an opportunity that
    was new, a call, a meeting, another interaction, a deal won or lost, an order, an invoice.
    Measures are sums; averages take only the rows that have a part in them.

    * Each fact is read with the rights of the reader on its document, so nobody counts what he may
      not see.
    * A new lead is one that arrived as a lead, whatever became of it; what was an opportunity from
      the beginning is a new opportunity only.
    * A meeting counts when it is over, not while it is planned.
    * The salesperson is that of the document; interactions have the team of their lead, else the
      team of the salesperson.
    * `won_amount` is the expected revenue of what was won; `ordered_amount` and
      `invoiced_amount` are without taxes, less credit notes.
    * `cycle_days` are the days from the creation of a lead to the day on which it was won.
    """

    _name = "crm.sales.performance.report"
    _description = "Sales Performance"
    _inherit = ["crm.pipeline.report"]
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "kind"
    _depends = {
        "account.move": ["amount_untaxed_signed", "invoice_date", "invoice_user_id", "state"],
        "crm.interaction": ["channel", "date", "lead_id", "user_id"],
        "crm.lead": [
            "date_closed",
            "date_conversion",
            "expected_revenue",
            "first_contact_at",
            "first_contact_hours",
            "lost_reason_id",
            "team_id",
            "type",
            "user_id",
            "won_status",
        ],
        "sale.order": ["amount_untaxed", "currency_rate", "date_order", "state", "user_id"],
    }

    kind = fields.Selection(
        [
            ("lead", "New Lead"),
            ("opportunity", "New Opportunity"),
            ("call", "Call"),
            ("meeting", "Meeting"),
            ("interaction", "Other Interaction"),
            ("won", "Won"),
            ("lost", "Lost"),
            ("order", "Order"),
            ("invoice", "Invoice"),
        ],
        string="Fact",
        readonly=True,
    )
    date = fields.Datetime(readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", string="Document", readonly=True)
    res_model = fields.Char(readonly=True)
    new_leads = fields.Integer(readonly=True)
    new_opportunities = fields.Integer(readonly=True)
    interactions = fields.Integer(readonly=True, help="Calls, meetings and all other interactions.")
    calls = fields.Integer(readonly=True)
    meetings = fields.Integer(string="Meetings Held", readonly=True, help="Visits included.")
    won = fields.Integer(readonly=True)
    lost = fields.Integer(readonly=True)
    orders = fields.Integer(readonly=True)
    won_amount = fields.Monetary(string="Won Revenue", readonly=True)
    lost_amount = fields.Monetary(string="Lost Revenue", readonly=True)
    ordered_amount = fields.Monetary(string="Ordered", readonly=True)
    invoiced_amount = fields.Monetary(string="Invoiced", readonly=True)
    average_order = fields.Monetary(string="Average Order Value", readonly=True, aggregator="avg")
    win_rate = fields.Float(
        string="Won of Decided (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Won, compared with won and lost.",
    )
    cycle_days = fields.Float(
        string="Days to Win",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="From the creation of the lead to the day on which it was won.",
    )

    first_contact_hours = fields.Float(
        string="Hours to First Contact",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Working hours from the arrival of a lead to the first contact with it.",
    )

    def action_open_document(self):
        """Open the lead, interaction, order or invoice of this row."""
        self.ensure_one()
        document = self.env[self.res_model].browse(self.res_id)
        document.check_access("read")
        if self.res_model == "crm.lead":
            return document.redirect_lead_opportunity_view()
        return document.get_formview_action()

    @property
    def _table_query(self):
        facts = [
            *self._get_lead_facts(),
            self._get_interaction_facts(),
            self._get_order_facts(),
            self._get_invoice_facts(),
        ]
        return SQL(
            """
            SELECT fact.*, %s AS currency_id
              FROM (%s) fact
            """,
            self.env.company.currency_id.id,
            SQL(" UNION ALL ").join(fact for fact in facts if fact),
        )

    def _prepare_fact(self, number, source, kind, model, res_id, date, joins=None, **columns):
        """Return the SELECT of one kind of fact, with all columns in the order of the union.

        :param int number: unique, makes the ids of the rows
        :param source: query of the documents that the reader may see
        :param columns: SQL by column
        """
        zero = SQL("0")
        selected = [
            SQL("%s::bigint * 16 + %s AS id", res_id, number),
            SQL("%s AS kind", kind),
            SQL("%s AS date", date),
            SQL("%s::varchar AS res_model", model),
            SQL("%s AS res_id", res_id),
        ]
        for name, sql_type in DIMENSIONS.items():
            value = columns.pop(name, SQL("NULL"))
            selected.append(SQL("(%s)::%s AS %s", value, SQL(sql_type), SQL.identifier(name)))
        for name in COUNTS:
            value = columns.pop(name, zero)
            selected.append(SQL("(%s)::int AS %s", value, SQL.identifier(name)))
        for name in AMOUNTS:
            value = columns.pop(name, zero)
            selected.append(SQL("(%s)::numeric AS %s", value, SQL.identifier(name)))
        for name in AVERAGES:
            value = columns.pop(name, SQL("NULL"))
            selected.append(SQL("(%s)::numeric AS %s", value, SQL.identifier(name)))
        return SQL(
            "SELECT %s FROM %s %s WHERE %s",
            SQL(", ").join(selected),
            source.from_clause,
            joins or SQL(),
            source.where_clause or SQL("TRUE"),
        )

    def _get_lead_facts(self):
        if not self.env["crm.lead"].has_access("read"):
            return []
        one = SQL("1")
        was_lead = Domain("type", "=", "lead") | Domain("date_conversion", "!=", False)
        contact_hours = SQL(
            "CASE WHEN crm_lead.first_contact_at IS NOT NULL THEN crm_lead.first_contact_hours END"
        )
        revenue = SQL("crm_lead.expected_revenue * COALESCE(rate.value, 1)")
        created = SQL("crm_lead.create_date")
        closed = SQL(
            "COALESCE(crm_lead.date_closed, crm_lead.date_last_stage_update, crm_lead.create_date)"
        )
        return [
            self._prepare_lead_fact(
                1,
                "lead",
                was_lead,
                created,
                new_leads=one,
                first_contact_hours=contact_hours,
            ),
            self._prepare_lead_fact(
                2,
                "opportunity",
                [("type", "=", "opportunity")],
                SQL("COALESCE(crm_lead.date_conversion, crm_lead.create_date)"),
                new_opportunities=one,
                # those that had been leads have them there
                first_contact_hours=SQL(
                    "CASE WHEN crm_lead.date_conversion IS NULL THEN %s END", contact_hours
                ),
            ),
            self._prepare_lead_fact(
                3,
                "won",
                [("won_status", "=", "won")],
                closed,
                won=one,
                won_amount=revenue,
                win_rate=SQL("100"),
                cycle_days=SQL("EXTRACT(EPOCH FROM %s - %s) / 86400", closed, created),
            ),
            self._prepare_lead_fact(
                4,
                "lost",
                [("won_status", "=", "lost")],
                closed,
                lost=one,
                lost_amount=revenue,
                win_rate=SQL("0"),
            ),
        ]

    def _prepare_lead_fact(self, number, kind, domain, date, **columns):
        Lead = self.env["crm.lead"].with_context(active_test=False)
        names = set(DIMENSIONS) - {"lead_id"}
        lead_id = SQL.identifier("crm_lead", "id")
        return self._prepare_fact(
            number,
            Lead._search(domain),
            SQL("%s::varchar", kind),
            "crm.lead",
            lead_id,
            date,
            self._join_rates("crm_lead"),
            **{name: SQL.identifier("crm_lead", name) for name in names},
            lead_id=lead_id,
            **columns,
        )

    def _get_interaction_facts(self):
        Interaction = self.env["crm.interaction"]
        if not Interaction.has_access("read"):
            return None
        held = SQL("crm_interaction.channel IN ('meeting', 'visit')")
        called = SQL("crm_interaction.channel = 'phone'")
        return self._prepare_fact(
            5,
            # what lies ahead is planned, it did not happen
            Interaction._search([("date", "<=", fields.Datetime.now())]),
            SQL(
                "CASE WHEN %s THEN 'meeting' WHEN %s THEN 'call' ELSE 'interaction' END",
                held,
                called,
            ),
            "crm.interaction",
            SQL.identifier("crm_interaction", "id"),
            SQL.identifier("crm_interaction", "date"),
            SQL(
                """
                LEFT JOIN crm_lead of_lead ON of_lead.id = crm_interaction.lead_id
                LEFT JOIN res_users of_user ON of_user.id = crm_interaction.user_id
                """
            ),
            user_id=SQL.identifier("crm_interaction", "user_id"),
            team_id=SQL("COALESCE(of_lead.team_id, of_user.sale_team_id)"),
            company_id=SQL.identifier("crm_interaction", "company_id"),
            lead_id=SQL.identifier("crm_interaction", "lead_id"),
            partner_id=SQL.identifier("crm_interaction", "partner_id"),
            interactions=SQL("1"),
            calls=called,
            meetings=held,
        )

    def _get_order_facts(self):
        Order = self.env["sale.order"]
        if not Order.has_access("read"):
            return None
        amount = self._get_order_amount()
        names = set(DIMENSIONS) - {"lead_id", "lost_reason_id"}
        return self._prepare_fact(
            6,
            Order._search([("state", "=", "sale")]),
            SQL("'order'"),
            "sale.order",
            SQL.identifier("sale_order", "id"),
            SQL.identifier("sale_order", "date_order"),
            self._join_rates("sale_order"),
            **{name: SQL.identifier("sale_order", name) for name in names},
            lead_id=SQL.identifier("sale_order", "opportunity_id"),
            orders=SQL("1"),
            ordered_amount=amount,
            average_order=amount,
        )

    def _get_invoice_facts(self):
        Move = self.env["account.move"]
        if not Move.has_access("read"):
            return None
        names = {"team_id", "company_id", "partner_id", "source_id", "medium_id", "campaign_id"}
        return self._prepare_fact(
            7,
            Move._search(
                [("move_type", "in", ("out_invoice", "out_refund")), ("state", "=", "posted")]
            ),
            SQL("'invoice'"),
            "account.move",
            SQL.identifier("account_move", "id"),
            # the day has no time: noon is that day in nearly every time zone
            SQL("COALESCE(account_move.invoice_date, account_move.date) + interval '12 hours'"),
            self._join_rates("account_move"),
            **{name: SQL.identifier("account_move", name) for name in names},
            user_id=SQL.identifier("account_move", "invoice_user_id"),
            invoiced_amount=SQL("account_move.amount_untaxed_signed * COALESCE(rate.value, 1)"),
        )
