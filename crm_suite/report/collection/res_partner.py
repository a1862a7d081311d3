from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...lib.groups import COLLECTION_READERS as READERS


class ResPartner(models.Model):
    _inherit = "res.partner"

    receivable_currency_id = fields.Many2one(
        "res.currency", compute="_compute_receivables", groups=READERS
    )
    receivable_amount = fields.Monetary(
        string="Open",
        compute="_compute_receivables",
        currency_field="receivable_currency_id",
        groups=READERS,
        help="What the customer owes in balance, credits deducted.",
    )
    receivable_overdue = fields.Monetary(
        string="Overdue Amount",
        compute="_compute_receivables",
        currency_field="receivable_currency_id",
        groups=READERS,
    )
    receivable_count = fields.Integer(
        string="Open Documents", compute="_compute_receivables", groups=READERS
    )
    payment_delay_days = fields.Float(
        string="Average Payment Delay (Days)",
        compute="_compute_payment_delay",
        search="_search_payment_delay_days",
        digits=(16, 1),
        groups=READERS,
        help="Mean number of days from the due date to the full payment, of the invoices that this"
        " customer paid in the last 24 months in the current company. Below zero: paid early.",
    )
    payment_delay_count = fields.Integer(
        string="Invoices Paid",
        compute="_compute_payment_delay",
        groups=READERS,
        help="The number of invoices on which the average payment delay rests.",
    )

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------

    @api.depends("commercial_partner_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_receivables(self):
        sums = {
            partner: values
            for partner, *values in self.env["crm.receivable.report"]._read_group(
                [("partner_id", "in", self.commercial_partner_id.ids)],
                ["partner_id"],
                ["residual:sum", "overdue:sum", "__count"],
            )
        }
        self.receivable_currency_id = self.env.company.currency_id
        for partner in self:
            (
                partner.receivable_amount,
                partner.receivable_overdue,
                partner.receivable_count,
            ) = sums.get(partner.commercial_partner_id, (0.0, 0.0, 0))

    @api.depends("commercial_partner_id")
    @api.depends_context("uid", "company")
    def _compute_payment_delay(self):
        customers = self.commercial_partner_id.filtered_domain(self._get_collection_domain())
        delays = {}
        # a contact that is not saved yet has no invoice
        if customers.ids:
            query = self.env["crm.payment.delay"]._get_customer_query(
                self.env.company,
                SQL("customer.commercial_partner_id IN %s", tuple(customers.ids)),
            )
            delays = {
                row["partner_id"]: (row["days"], row["number"])
                for row in self.env.execute_query_dict(query)
            }
        for partner in self:
            days, number = delays.get(partner.commercial_partner_id.id, (0.0, 0))
            partner.payment_delay_days, partner.payment_delay_count = days, number

    def _search_payment_delay_days(self, operator, value):
        """Only customers who have paid an invoice have a delay: others are never found."""
        try:
            if operator == "in":
                days = {float(each) for each in value if each is not False and each is not None}
                condition = SQL("habit.days = ANY(%s)", list(days))
                found = self._get_payment_delay_domain(condition)
                # not set: nothing is known of how he pays
                return (
                    found
                    if len(days) == len(set(value))
                    else found | ~self._get_payment_delay_domain(SQL("TRUE"))
                )
            if operator in ("<", "<=", ">", ">="):
                return self._get_payment_delay_domain(
                    SQL("habit.days %s %s", SQL(operator), float(value))
                )
        except (TypeError, ValueError) as error:
            raise UserError(self.env._("The payment delay is a number of days.")) from error
        return NotImplemented

    @api.model
    def _get_payment_delay_domain(self, condition):
        """Return the domain of the contacts of customers whose delay satisfies an SQL condition."""
        query = SQL(
            "(SELECT habit.partner_id FROM (%s) habit WHERE %s)",
            self.env["crm.payment.delay"]._get_customer_query(self.env.company),
            condition,
        )
        # of others, the delay is no more to be found out by a search than to be read
        return Domain("commercial_partner_id", "in", query) & Domain(
            "commercial_partner_id", "any", self._get_collection_domain()
        )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_view_receivables(self):
        """Open what this customer owes, document by document."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite.crm_receivable_report_action"
        )
        name = self.env._("Receivables of %(customer)s", customer=self.commercial_partner_id.name)
        return {
            **action,
            "name": name,
            "display_name": name,
            "views": [(False, view) for view in ("list", "graph", "pivot")],
            "domain": [("partner_id", "=", self.commercial_partner_id.id)],
            "context": {"receivables_of_customer": True},
        }
