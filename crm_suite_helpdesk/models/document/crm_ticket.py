from odoo import api, fields, models
from odoo.exceptions import ValidationError

SALES = "sales_team.group_sale_salesman"
INVOICES = f"{SALES},account.group_account_invoice,account.group_account_readonly"

# The documents that a ticket may be about
DOCUMENTS = ("sale_order_id", "invoice_id", "lead_id")


class CrmTicket(models.Model):
    """What a ticket is about: a product, an order, an invoice; and the opportunity made of it.

    Documents are shown to whoever may read documents of this kind. Code that only needs to know
    them reads them as superuser.
    """

    _name = "crm.ticket"
    _inherit = ["crm.ticket"]

    product_id = fields.Many2one(
        "product.product",
        "Product",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        domain="[('company_id', 'in', [company_id, False])]",
        tracking=True,
    )
    sale_order_id = fields.Many2one(
        "sale.order",
        "Sales Order",
        check_company=True,
        ondelete="set null",
        index="btree_not_null",
        domain="[('company_id', '=', company_id), "
        "('partner_id', 'child_of', commercial_partner_id or [])]",
        groups=SALES,
        tracking=True,
    )
    invoice_id = fields.Many2one(
        "account.move",
        "Invoice",
        check_company=True,
        ondelete="set null",
        index="btree_not_null",
        domain="[('company_id', '=', company_id), "
        "('move_type', 'in', ('out_invoice', 'out_refund', 'out_receipt')), "
        "('commercial_partner_id', '=', commercial_partner_id)]",
        groups=INVOICES,
        tracking=True,
    )
    lead_id = fields.Many2one(
        "crm.lead",
        "Opportunity",
        check_company=True,
        ondelete="set null",
        index="btree_not_null",
        copy=False,
        domain="[('company_id', 'in', [company_id, False]), "
        "('partner_id', 'child_of', commercial_partner_id or [])]",
        groups=SALES,
        tracking=True,
        help="The lead or opportunity that was made of this ticket, or from which it came.",
    )

    @api.constrains("partner_id", "company_id", *DOCUMENTS)
    def _check_documents(self):
        """Nobody learns from a ticket what another customer bought."""
        # sudo: also of documents that whoever changes the ticket does not see
        for ticket in self.sudo():
            for name in DOCUMENTS:
                document = ticket[name]
                if document and not ticket._is_of_customer(document):
                    raise ValidationError(
                        self.env._(
                            "%(field)s %(document)s does not belong to the customer of ticket "
                            "%(ticket)s. Choose another one, or empty the field.",
                            field=self._fields[name].get_description(self.env, ["string"])[
                                "string"
                            ],
                            document=document.display_name,
                            ticket=ticket.number,
                        )
                    )

    def _is_of_customer(self, document):
        """Whether a document was made for the customer of this ticket."""
        self.ensure_one()
        customer = document.partner_id.commercial_partner_id
        if not customer:  # a lead of which only the address is known
            return document._name == "crm.lead"
        return customer == self.commercial_partner_id
