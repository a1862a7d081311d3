from odoo import api, models

QUOTATIONS = [("state", "in", ["draft", "sent"])]
TO_DELIVER = [("is_to_deliver", "=", True)]
TO_INVOICE = [("state", "=", "sale"), ("invoice_status", "=", "to invoice")]


class CrmCustomerPageDocument(models.AbstractModel):
    """What is open with the customer."""

    _name = "crm.customer.page.document"
    _description = "Documents on the Customer Page"

    @api.model
    def _read_documents(self, subject):
        """Open documents that the reader may read, by kind; None when there is no such kind."""
        tiles = [
            *self._read_opportunities(subject),
            *self._read_sales(subject),
            *self._read_invoices(subject),
        ]
        if not tiles:
            return None
        return {"title": self.env._("Open with this customer"), "tiles": tiles}

    @api.model
    def _get_own_domain(self, subject):
        """Documents of all contacts of the customer, in the company of the page."""
        return [
            ("partner_id.commercial_partner_id", "=", subject.customer.id),
            ("company_id", "=", subject.company.id),
        ]

    @api.model
    def _read_totals(self, model, domain, field):
        """Count and sum documents, in the currency of the company at the rate of today."""
        [[count, amount]] = self.env[model]._read_group(domain, [], ["__count", field])
        return count, amount or 0.0

    @api.model
    def _prepare_document_tile(self, key, label, model, domain, field, subject, **values):
        count, amount = self._read_totals(model, domain, field)
        currency = subject.company.currency_id
        return self._prepare_tile(
            key,
            label,
            count,
            model=model,
            domain=domain,
            amount=self._format_money(amount, currency) if count else "",
            **values,
        )

    @api.model
    def _read_opportunities(self, subject):
        if not self.env["crm.lead"].has_access("read"):
            return []
        domain = [
            ("partner_id.commercial_partner_id", "=", subject.customer.id),
            ("company_id", "in", [subject.company.id, False]),
            ("type", "=", "opportunity"),
            ("won_status", "=", "pending"),
        ]
        tile = self._prepare_document_tile(
            "opportunities",
            self.env._("Opportunities"),
            "crm.lead",
            domain,
            "expected_revenue:sum",
            subject,
            icon="fa-star-o",
        )
        return [tile]

    @api.model
    def _read_sales(self, subject):
        if not self.env["sale.order"].has_access("read"):
            return []

        def prepare(key, label, domain, **values):
            return self._prepare_document_tile(
                key,
                label,
                "sale.order",
                self._get_own_domain(subject) + domain,
                "amount_total:sum_currency",
                subject,
                **values,
            )

        return [
            prepare(
                "quotations",
                self.env._("Quotations"),
                QUOTATIONS,
                icon="fa-file-text-o",
                view="sale.view_quotation_tree_with_onboarding",
            ),
            prepare(
                "deliveries",
                self.env._("To deliver"),
                TO_DELIVER,
                icon="fa-truck",
            ),
            prepare(
                "to_invoice",
                self.env._("To invoice"),
                TO_INVOICE,
                icon="fa-pencil-square-o",
            ),
        ]

    @api.model
    def _read_invoices(self, subject):
        if not self.env["account.move"].has_access("read"):
            return []
        today = subject.company._get_local_today()
        late = list(self.env["account.move"]._get_overdue_line_domain(str(today)))
        domain = [
            *self._get_own_domain(subject),
            ("move_type", "=", "out_invoice"),
            ("state", "=", "posted"),
            ("line_ids", "any", late),
        ]
        invoices = self.env["account.move"]._search(domain)
        # sudo: of the invoices that the reader may read, the parts that are late
        lines = self.env["account.move.line"].sudo()
        count = self.env["account.move"].search_count(domain)
        [[amount]] = lines._read_group(
            [("move_id", "in", invoices), *late], [], ["amount_residual:sum"]
        )
        tile = self._prepare_tile(
            "overdue",
            self.env._("Overdue invoices"),
            count,
            model="account.move",
            domain=domain,
            amount=self._format_money(amount, subject.company.currency_id) if count else "",
            icon="fa-money",
            view="account.view_out_invoice_tree",
        )
        return [{**tile, "tone": "danger" if tile["count"] else ""}]
