from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL
from odoo.tools.misc import clean_context

from odoo.addons.crm_suite.models.mixins.crm_rule_enforcement_mixin import KEEP_INCOMPLETE

from . import conversation

SALES = "sales_team.group_sale_salesman"
# Who reads orders and invoices
ORDERS = f"{SALES},account.group_account_invoice,account.group_account_readonly"

# The documents that a ticket may be about
CUSTOMER_DOCUMENTS = ("sale_order_id", "invoice_id", "lead_id")
DOCUMENTS = ("product_id", *CUSTOMER_DOCUMENTS)


class CrmTicket(models.Model):
    """What a ticket is about: a product, an order, an invoice; and the opportunity made of it.

    Documents are shown to whoever may read documents of this kind. Code that only needs to know
    them reads them as superuser.
    """

    _name = "crm.ticket"
    _inherit = ["crm.ticket"]

    product_id = fields.Many2one(
        "product.product",
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
        copy=False,
        domain="[('company_id', '=', company_id)]",
        groups=ORDERS,
        tracking=True,
    )
    invoice_id = fields.Many2one(
        "account.move",
        check_company=True,
        ondelete="set null",
        index="btree_not_null",
        copy=False,
        domain="[('company_id', '=', company_id), "
        "('move_type', 'in', ('out_invoice', 'out_refund', 'out_receipt'))]",
        groups=ORDERS,
        tracking=True,
    )
    lead_id = fields.Many2one(
        "crm.lead",
        "Opportunity",
        check_company=True,
        ondelete="set null",
        index="btree_not_null",
        copy=False,
        domain="[('company_id', 'in', [company_id, False])]",
        groups=SALES,
        tracking=True,
        help="The lead or opportunity that was made of this ticket, or from which it came.",
    )

    has_lead = fields.Boolean(
        "Handed Over to Sales", compute="_compute_has_lead", compute_sudo=True
    )

    # ------------------------------------------------------------------ compute

    @api.depends("lead_id")
    def _compute_has_lead(self):
        for ticket in self:
            ticket.has_lead = bool(ticket.lead_id)

    @api.onchange(*CUSTOMER_DOCUMENTS)
    def _onchange_documents(self):
        """Whoever begins with the document has said whose ticket it is."""
        if not self.partner_id:
            # sudo: the user chose one document; the others may be hidden from him
            documents = [self.sudo()[name].partner_id for name in CUSTOMER_DOCUMENTS]
            self.partner_id = next((partner for partner in documents if partner), False)

    @api.onchange("partner_id", "team_id")
    def _onchange_partner_id(self):
        for name in DOCUMENTS:
            if self._has_field_access(self._fields[name], "read"):
                self[name] = self[name] if self._may_be_about(self[name]) else False

    @api.constrains(*CUSTOMER_DOCUMENTS)
    def _check_documents(self):
        """Nobody learns from a ticket what another customer bought."""
        # sudo: also of documents that whoever changes the ticket does not see
        for ticket in self.sudo():
            for name in CUSTOMER_DOCUMENTS:
                if not ticket._may_be_about(ticket[name]):
                    raise ValidationError(
                        self.env._(
                            "%(field)s: this document does not belong to the customer and company "
                            "of ticket %(ticket)s. Choose one that does, or leave it empty.",
                            field=self._fields[name].get_description(self.env, ["string"])[
                                "string"
                            ],
                            ticket=ticket.display_name,
                        )
                    )

    def _may_be_about(self, document):
        """Whether a document belongs to the customer and the company of this ticket."""
        self.ensure_one()
        if not document:
            return True
        if document.company_id and document.company_id != self.company_id:
            return False
        if document._name == "product.product":
            return True
        customer = document.partner_id.commercial_partner_id
        if not customer:  # a lead of which only the address is known
            return document._name == "crm.lead"
        return customer == self.commercial_partner_id

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        self._check_documents_readable(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._check_documents_readable([vals])
        res = super().write(vals)
        if {"partner_id", "team_id", "company_id"} & vals.keys():
            self._drop_documents(set(DOCUMENTS) - vals.keys())
        return res

    def _add_missing_default_values(self, values):
        complete = super()._add_missing_default_values(values)
        # Defaults come from the context, which whoever calls from outside may choose
        self._check_documents_readable(
            [{name: complete.get(name) for name in DOCUMENTS if name not in values}]
        )
        return complete

    def _drop_documents(self, names):
        """A ticket that gets another customer or company loses what belongs to the former one."""
        # sudo: also what whoever changes the ticket does not see; the chatter says what it was
        for ticket in self.sudo():
            foreign = [name for name in names if not ticket._may_be_about(ticket[name])]
            if foreign:
                ticket.write(dict.fromkeys(foreign, False))

    @api.model
    def _check_documents_readable(self, vals_list):
        """Nobody puts a document on a ticket that he may not read himself."""
        if self.env.su:
            return
        for name in DOCUMENTS:
            if ids := {vals[name] for vals in vals_list if vals.get(name)}:
                self.env[self._fields[name].comodel_name].browse(ids).check_access("read")

    # ------------------------------------------------------------------ actions

    def action_convert_to_lead(self):
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Make an Opportunity"),
            "res_model": "crm.ticket.to.lead",
            "view_mode": "form",
            "target": "new",
            "context": {"default_ticket_id": self.id, "dialog_size": "medium"},
        }

    def action_open_lead(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.lead",
            "res_id": self.lead_id.id,
            "view_mode": "form",
        }

    # ------------------------------------------------------------------ business

    def _make_lead(self, values, is_solved=False):
        """An opportunity out of this ticket. Both keep their history, and say what became of it.

        Agents without rights in sales hand it over: it is created all the same, they do not see it.

        :param values: of the opportunity, as the user chose them
        :param is_solved: whether the ticket is solved by it
        """
        self.ensure_one()
        self.check_access("write")
        # Two clicks at once: the second waits for the first and finds its opportunity
        self.env.cr.execute(SQL("SELECT id FROM crm_ticket WHERE id = %s FOR UPDATE", self.id))
        # sudo: the link may be hidden from the agent, and so may the sales pipeline be
        ticket = self.sudo()
        if ticket.lead_id:
            raise UserError(
                self.env._("An opportunity was made of ticket %s already.", self.display_name)
            )
        Lead = self.env["crm.lead"].with_context(clean_context(self.env.context))  # pylint: disable=context-overridden
        if not Lead.has_access("create"):
            # sudo: as above; what a form of sales asks for is not the agent's to fill in
            Lead = Lead.sudo().with_context(crm_form_rules=KEEP_INCOMPLETE)
        lead = Lead.create(
            {
                "description": self.description,
                "partner_id": self.partner_id.id,
                "email_from": self.email_from,
                "phone": self.phone,
                "email_cc": self.email_cc,
                "company_id": self.company_id.id,
                **self._get_custom_copies("crm.lead"),
                **values,
            }
        )
        ticket.lead_id = lead
        conversation.copy_files(self, lead)
        lead.message_post(
            body=Markup("<p>%s</p>%s")
            % (
                Markup(self.env._("This was made of the ticket %s."))
                % self._get_html_link(title=self.display_name),
                conversation.quote(self),
            ),
            subtype_xmlid="mail.mt_note",
        )
        self.message_post(
            body=Markup(self.env._("An opportunity was made of this ticket: %s"))
            % lead._get_html_link(),
            subtype_xmlid="mail.mt_note",
        )
        if is_solved and not self.closed_at:
            stages = self.env["crm.ticket.stage"]._get_team_stages(
                self.team_id, ["solved", "closed"]
            )
            if stages:
                self.stage_id = stages[0]
        return lead
