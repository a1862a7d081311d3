from odoo import fields
from odoo.http import content_disposition, request, route

from odoo.addons.account_payment.controllers.portal import PortalAccount

KINDS = ("open", "period")


class PortalStatement(PortalAccount):
    """The statement of account of the customer to whom the user belongs, and of nobody else.

    As with invoices in Odoo's portal, every contact of a company sees what the company owes. Which
    customer it is, is never taken from the address of the page.
    """

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "statement_count" in counters:
            values["statement_count"] = int(self._has_statement())
        return values

    @route("/my/statement", type="http", auth="user", website=True, methods=["GET"])
    def portal_my_statement(self, **params):
        companies = self._get_statement_companies()
        if not companies:
            return request.redirect("/my")
        partner = self._get_statement_partner()
        options = self._read_statement_options(params)
        # sudo: the own customer only; portal users may not read their payments themselves
        Ledger = request.env["crm.statement.ledger"].sudo()
        statements = []
        for company in companies:
            sections = partner._prepare_statement(
                company,
                date_from=options["date_from"],
                date_to=options["date_to"],
                is_period=options["kind"] == "period",
            )
            if sections:
                statements.append({"company": company, "sections": sections})
        return request.render(
            "crm_suite.portal_my_statement",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "statement",
                "statements": statements,
                "labels": Ledger._get_kind_labels(),
                "kind": options["kind"],
                "period": self._get_statement_period(options),
                **self._prepare_statement_links(statements),
            },
        )

    @route("/my/statement/pdf", type="http", auth="user", website=True, methods=["GET"])
    def portal_my_statement_pdf(self, company_id=None, **params):
        companies = self._get_statement_companies()
        company = companies.filtered(lambda each: str(each.id) == str(company_id or each.id))[:1]
        if not company:
            return request.redirect("/my/statement")
        name, content = self._get_statement_partner()._render_statement(
            company, lang=request.env.lang, **self._read_statement_options(params)
        )
        return request.make_response(
            content,
            headers=[
                ("Content-Type", "application/pdf"),
                ("Content-Length", len(content)),
                ("Content-Disposition", content_disposition(name)),
            ],
        )

    # ------------------------------------------------------------------ tools

    def _get_statement_partner(self):
        """Return the contact of the user, with the rights of the user."""
        return request.env["res.partner"].browse(request.env.user.partner_id.id)

    def _get_statement_companies(self):
        """Return the companies whose statements the user may see, as superuser.

        Employees see those of the customer that they are themselves only where they reach it.
        """
        is_employee = request.env.user._is_internal()
        if is_employee and not self._get_statement_partner()._is_collectable():
            return request.env["res.company"]
        # sudo: name and currency of the companies whose portal it is
        return request.env.companies.sudo()

    def _has_statement(self):
        companies = self._get_statement_companies()
        customer = request.env.user.commercial_partner_id
        # sudo: whether there is anything of the own customer
        lines = request.env["account.move.line"].sudo()
        return bool(
            companies
            and lines.search_count(
                [
                    ("partner_id.commercial_partner_id", "=", customer.id),
                    ("company_id", "in", companies.ids),
                    ("parent_state", "=", "posted"),
                    ("account_type", "=", "asset_receivable"),
                ],
                limit=1,
            )
        )

    def _read_statement_options(self, params):
        """Read what the address asks for; what makes no sense is left out."""
        kind = params.get("kind") if params.get("kind") in KINDS else "open"
        days = {"date_from": False, "date_to": False}
        if kind == "period":
            begin, end = self._get_default_statement_period()
            days = {
                "date_from": self._read_day(params.get("date_from")) or begin,
                "date_to": self._read_day(params.get("date_to")) or end,
            }
            if days["date_from"] > days["date_to"]:
                days = {"date_from": begin, "date_to": end}
        return {"kind": kind, **days}

    def _get_default_statement_period(self):
        company = request.env.company.sudo()  # sudo: its working hours say in which zone it is
        return request.env["crm.statement.ledger"]._get_default_period(company)

    @staticmethod
    def _read_day(text):
        try:
            day = fields.Date.to_date(text)
        except (ValueError, TypeError):
            return None
        return day if day and 1970 <= day.year <= 2199 else None

    def _get_statement_period(self, options):
        begin, end = self._get_default_statement_period()
        return options["date_from"] or begin, options["date_to"] or end

    def _prepare_statement_links(self, statements):
        """Return where each invoice is, and where it can be paid: only what the user may read, and
        only where a provider can take the money.
        """
        ids = {
            item.move_id
            for statement in statements
            for section in statement["sections"]
            for item, _balance in section["items"]
            if item.kind in ("invoice", "refund")
        }
        Move = request.env["account.move"]
        readable = Move.browse(ids)._filtered_access("read") if Move.has_access("read") else Move
        # sudo: whether they are being paid already says the transactions, which portal users may
        # not read; core does the same on the page of an invoice
        readable = readable.sudo()
        links = {move.id: move.get_portal_url() for move in readable}
        pay_links = {
            move.id: move.get_portal_url(anchor="portal_pay", query_string="&payment=True")
            for moves in readable.grouped(lambda move: (move.company_id, move.currency_id)).values()
            if self._can_pay_online(moves)
            for move in moves
            if move._has_to_be_paid()
        }
        return {
            "links": links,
            "pay_links": pay_links,
            "can_pay_overdue": bool(pay_links) and self._can_pay_overdue(),
        }

    def _can_pay_online(self, moves):
        """Whether a provider is switched on for these invoices of one company and currency."""
        # sudo: portal users may not read providers; core does the same on the page of an invoice
        return bool(
            request.env["payment.provider"]
            .sudo()
            ._get_compatible_providers(
                moves.company_id.id,
                request.env.user.partner_id.id,
                max(moves.mapped("amount_residual")),
                currency_id=moves.currency_id.id,
            )
        )

    def _can_pay_overdue(self):
        """Whether Odoo's page that pays all overdue invoices at once would open."""
        overdue = request.env["account.move"].search(self._get_overdue_invoices_domain())
        return (
            len(overdue) > 1
            and len(overdue.currency_id) == 1
            and len(overdue.company_id) == 1
            and self._can_pay_online(overdue)
        )
