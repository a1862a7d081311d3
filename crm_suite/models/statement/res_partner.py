from odoo import models


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner"]

    def action_print_statement(self):
        """Choose how the statement of account of these customers is printed or sent."""
        self._check_collection_access()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("crm_suite.crm_statement_action"),
            "context": {"active_model": "res.partner", "active_ids": self.ids},
        }

    def _get_customer_direction(self):
        """Return the direction of writing of the customer's language: ltr or rtl."""
        self.ensure_one()
        # sudo: also customers may render the mail
        language = self.env["res.lang"].sudo()._get_data(code=self.lang)
        return language.direction or "ltr"

    def _get_statement_recipient(self):
        """Return the contact who gets statements and reminders of this customer."""
        customer = self.commercial_partner_id
        # sudo: whoever writes to the customer need not know who is responsible for payments
        chosen = customer.sudo().reminder_partner_id
        address = customer.address_get(["invoice"])["invoice"]
        return chosen.with_env(self.env) or self.browse(address)

    def _render_statement(self, company, lang=None, **options):
        """Return the statement of account of a customer as (file name, PDF).

        The caller has checked that the reader reaches the receivables of the customer.

        :param options: values of `crm.statement`: kind, date_from, date_to
        """
        self.ensure_one()
        # sudo: portal users have no right on the dialog, and see their own customer only
        statement = (
            self.env["crm.statement"]
            .sudo()
            .create(
                {
                    **options,
                    "partner_ids": self.commercial_partner_id.ids,
                    "company_id": company.id,
                }
            )
        )
        return statement._render(self.commercial_partner_id.sudo(), lang)  # sudo: as above

    def _prepare_statement(self, company, **options):
        """Return the sections of a statement of this customer; see `crm.statement.ledger`."""
        return self.env["crm.statement.ledger"]._prepare_statement(
            self.sudo().commercial_partner_id,  # sudo: the caller has checked the reader
            company,
            **options,
        )
