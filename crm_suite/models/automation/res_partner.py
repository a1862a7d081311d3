from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

OPERATORS = ("<", "<=", ">", ">=")


class ResPartner(models.Model):
    """Since when there is silence between us and a customer who has ordered."""

    _name = "res.partner"
    _inherit = ["res.partner"]

    silent_since = fields.Datetime(
        compute="_compute_silent_since",
        search="_search_silent_since",
        groups="sales_team.group_sale_salesman",
        help="The last contact with this customer, or his last order, whatever came later. Empty"
        " for whoever has not ordered yet.",
    )
    silence_noted_at = fields.Datetime(readonly=True, copy=False, groups="base.group_system")
    is_silence_noted = fields.Boolean(
        string="Silence Noted",
        compute="_compute_is_silence_noted",
        inverse="_inverse_is_silence_noted",
        search="_search_is_silence_noted",
        groups="base.group_system",
        help="Somebody was told of this silence. A contact or an order ends it.",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_silent_since(self):
        customers = tuple(self.commercial_partner_id.ids)
        since = dict(self.env.execute_query(self._get_silences(customers))) if customers else {}
        for partner in self:
            partner.silent_since = since.get(partner.commercial_partner_id.id, False)

    @api.model
    def _search_silent_since(self, operator, value):
        silences = self._get_silences()
        if operator in OPERATORS:
            condition = SQL("silence.since %s %s", SQL(operator), value)
        elif operator == "in" and not any(value):
            return ~self._get_silence_domain(silences, SQL("TRUE"))
        else:
            return NotImplemented
        return self._get_silence_domain(silences, condition)

    @api.model
    def _get_silence_domain(self, silences, condition):
        return Domain(
            "commercial_partner_id",
            "in",
            SQL("(SELECT silence.key FROM (%s) silence(key, since) WHERE %s)", silences, condition),
        )

    @api.model
    def _get_silences(self, customers=None):
        """Query of (customer, since when): of those who have ordered, as the reader sees them."""
        orders = self.env["sale.order"]._search(
            Domain("state", "=", "sale")
            & Domain("partner_id.commercial_partner_id", "in", customers)
            if customers
            else [("state", "=", "sale"), ("partner_id", "!=", False)]
        )
        orders.add_join(
            "JOIN",
            "buyer",
            "res_partner",
            SQL("%s = buyer.id", self.env["sale.order"]._field_to_sql(orders.table, "partner_id")),
        )
        ordered = orders.select(
            SQL.identifier("buyer", "commercial_partner_id"),
            SQL.identifier(orders.table, "date_order"),
        )
        return SQL(
            """
            SELECT sign.key, MAX(sign.at)
              FROM (%s) sign(key, at, is_order)
             WHERE sign.key IS NOT NULL
          GROUP BY sign.key
            HAVING bool_or(sign.is_order)
            """,
            SQL(" UNION ALL ").join(
                [
                    SQL("SELECT o.*, TRUE FROM (%s) o(key, at)", ordered),
                    *(
                        SQL("SELECT c.*, FALSE FROM (%s) c(key, at)", contacts)
                        for contacts in self._get_contact_queries(keys=customers)
                    ),
                ]
            ),
        )

    @api.depends("silence_noted_at")
    def _compute_is_silence_noted(self):
        for partner in self:
            noted = partner.silence_noted_at
            partner.is_silence_noted = bool(noted) and (partner.silent_since or noted) <= noted

    def _inverse_is_silence_noted(self):
        now = fields.Datetime.now()
        for partner in self:
            partner.silence_noted_at = partner.is_silence_noted and now

    @api.model
    def _search_is_silence_noted(self, operator, value):
        if operator != "in":
            return NotImplemented
        self.flush_model(["silence_noted_at", "commercial_partner_id"])
        noted = Domain(
            "id",
            "in",
            SQL(
                """(SELECT partner.id
                      FROM res_partner partner
                 LEFT JOIN (%s) silence(key, since)
                        ON silence.key = partner.commercial_partner_id
                     WHERE partner.silence_noted_at IS NOT NULL
                       AND COALESCE(silence.since, '-infinity') <= partner.silence_noted_at)""",
                self._get_silences(),
            ),
        )
        return noted if True in value else ~noted
