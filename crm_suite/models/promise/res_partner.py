from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ...lib.groups import COLLECTION_READERS as READERS


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "crm.promise.mixin"]

    promise_count = fields.Integer(
        string="Promises to Pay", compute="_compute_promise_count", groups=READERS
    )
    promise_kept_rate = fields.Float(
        string="Promises Kept (%)",
        compute="_compute_promise_count",
        groups=READERS,
        help="Of the promises whose day has come, how many this customer kept.",
    )
    has_settled_promise = fields.Boolean(compute="_compute_promise_count", groups=READERS)

    is_overdue_customer = fields.Boolean(
        string="Has Overdue Invoices", compute="_compute_is_overdue_customer", groups=READERS
    )

    @api.depends("commercial_partner_id")
    def _compute_promise_count(self):
        counts = {
            partner: (count, rate)
            for partner, count, rate in self.env["crm.payment.promise"]._read_group(
                [("partner_id", "in", self.commercial_partner_id.ids)],
                ["partner_id"],
                ["__count", "kept_rate:avg"],
            )
        }
        for partner in self:
            count, rate = counts.get(partner.commercial_partner_id, (0, None))
            partner.promise_count = count
            partner.promise_kept_rate = rate or 0.0
            partner.has_settled_promise = rate not in (None, False)

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_is_overdue_customer(self):
        customers = self.sudo().commercial_partner_id  # sudo: ids; those reached are looked up
        reached = self.env["res.partner"].search(
            self._get_collection_domain() & Domain("id", "in", customers.ids)
        )
        Move = self.env["account.move"].sudo()  # sudo: also invoices of colleagues, see above
        overdue = Move._read_group(
            Move._get_overdue_domain()
            & Domain("commercial_partner_id", "in", reached.ids)
            & Domain("company_id", "in", self.env.companies.ids),
            ["commercial_partner_id"],
        )
        late = {customer.id for [customer] in overdue}
        for partner in self:
            partner.is_overdue_customer = partner.commercial_partner_id.id in late

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_view_promises(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite.crm_payment_promise_action"
        )
        action["domain"] = [("partner_id", "=", self.commercial_partner_id.id)]
        action["context"] = {
            "default_partner_id": self.commercial_partner_id.id,
            "default_contact_id": self.id,
        }
        return action

    def _prepare_promise_context(self):
        return {
            **super()._prepare_promise_context(),
            "default_partner_id": self.commercial_partner_id.id,
            "default_contact_id": self.id,
        }

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _is_collectable(self):
        """Whether the user reaches the receivables of this customer."""
        self.ensure_one()
        return self.has_access("read") and bool(self._get_collectable_customers())

    def _get_collectable_customers(self):
        """Return the customers of these contacts whose receivables the user reaches."""
        customers = self.sudo().commercial_partner_id  # sudo: only ids; they are looked up
        return (
            self.env["res.partner"]
            .with_context(active_test=False)
            .search(self._get_collection_domain() & Domain("id", "in", customers.ids))
        )

    def _check_collection_access(self):
        """Refuse users who do not reach the receivables of these customers.

        :raise AccessError: for a contact that the user may not read, or whose customer is another
            salesperson's
        """
        self.check_access("read")
        customers = self.sudo().commercial_partner_id.with_env(self.env)  # sudo: only ids
        if customers - self._get_collectable_customers():
            raise AccessError(
                self.env._(
                    "What a customer owes is seen by the salesperson of the customer, by whoever is"
                    " responsible for the payments, and by accountants."
                )
            )

    def _get_open_invoices(self, company):
        """Return the posted invoices of a customer that are not paid, as superuser.

        The caller has checked that the user reaches the receivables of the customer.
        """
        self.ensure_one()
        # sudo: Odoo hides the invoices of colleagues from salespeople; see above
        return (
            self.env["account.move"]
            .sudo()
            .search(
                [
                    ("commercial_partner_id", "=", self.sudo().commercial_partner_id.id),
                    ("company_id", "=", company.id),
                    ("move_type", "=", "out_invoice"),
                    ("state", "=", "posted"),
                    ("amount_residual", ">", 0),
                ],
                order="invoice_date_due, id",
            )
        )
