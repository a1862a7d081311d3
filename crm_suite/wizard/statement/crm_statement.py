from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.misc import format_date


class CrmStatement(models.TransientModel):
    """Which statements of account are printed or sent, and how."""

    _name = "crm.statement"
    _description = "Print Statements of Account"

    partner_ids = fields.Many2many(
        "res.partner",
        "crm_statement_partner_rel",
        "statement_id",
        "partner_id",
        string="Customers",
        required=True,
        default=lambda self: self._get_default_partners(),
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    kind = fields.Selection(
        [("open", "What is open"), ("period", "All of a period")],
        required=True,
        default="open",
        help="What is open: invoices, credit notes and payments that are not settled. All of a"
        " period: everything that changed the balance, with the balance after each.",
    )
    date_from = fields.Date(
        string="From", compute="_compute_period", store=True, readonly=False, precompute=True
    )
    date_to = fields.Date(
        string="To", compute="_compute_period", store=True, readonly=False, precompute=True
    )
    without_email = fields.Char(string="Without E-mail Address", compute="_compute_without_email")

    @api.model
    def _get_default_partners(self):
        context = self.env.context
        if context.get("active_model") != "res.partner":
            return self.env["res.partner"]
        ids = context.get("active_ids") or [context.get("active_id")]
        return self.env["res.partner"].browse(ids).commercial_partner_id

    @api.depends("company_id", "kind")
    def _compute_period(self):
        for statement in self:
            if statement.kind == "period":
                company = statement.company_id or self.env.company
                begin, end = self.env["crm.statement.ledger"]._get_default_period(company)
                statement.date_from = statement.date_from or begin
                statement.date_to = statement.date_to or end
            else:
                statement.date_from = statement.date_to = False

    @api.depends("partner_ids")
    def _compute_without_email(self):
        for statement in self:
            statement.without_email = ", ".join(
                partner.display_name
                for partner in statement.partner_ids
                if not partner._get_statement_recipient().email
            )

    # ------------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------------

    @api.constrains("partner_ids", "company_id", "date_from", "date_to", "kind")
    def _check_statement(self):
        for statement in self:
            if statement.kind == "period" and not (statement.date_from and statement.date_to):
                raise UserError(self.env._("Choose the first and the last day of the period."))
            begin, end = statement.date_from, statement.date_to
            if begin and end and begin > end:
                raise UserError(self.env._("The period ends before it begins."))

    def _check_reader(self):
        """:raise AccessError: for customers or a company that the user does not reach"""
        if self.env.su:
            return
        self.partner_ids._check_collection_access()
        if self.company_id - self.env.user.company_ids:
            raise AccessError(self.env._("You do not work for this company."))

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        statements = super().create(vals_list)
        statements._check_reader()
        return statements

    def write(self, vals):
        result = super().write(vals)
        self._check_reader()
        return result

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_print(self):
        self.ensure_one()
        report = self.env.ref("crm_suite.crm_statement_action_report")
        return {**report.report_action(self), "close_on_report_download": True}

    def action_send(self):
        """Open the e-mail to one customer; send those to several at once."""
        self.ensure_one()
        self._check_reader()
        if len(self.partner_ids) == 1:
            return self._open_composer()
        sent = self.partner_ids.filtered(lambda each: each._get_statement_recipient().email)
        if not sent:
            raise UserError(self.env._("None of these customers has an e-mail address."))
        for partner in sent:
            self._send_to(partner)
        message = self.env._("%s statements were sent.", len(sent))
        if self.without_email:
            message += " " + self.env._("Without e-mail address: %s", self.without_email)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if self.without_email else "success",
                "message": message,
                "sticky": bool(self.without_email),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _open_composer(self):
        partner = self.partner_ids
        template = self.env.ref("crm_suite.mail_template_statement", raise_if_not_found=False)
        attachment = self._create_attachment(partner)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send the Statement of Account"),
            "res_model": "mail.compose.message",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_composition_mode": "comment",
                "default_model": "res.partner",
                "default_res_ids": partner.ids,
                "default_template_id": template.id if template else False,
                "default_attachment_ids": attachment.ids,
                "default_partner_ids": partner._get_statement_recipient().ids,
                "default_email_layout_xmlid": "mail.mail_notification_light",
            },
        }

    def _send_to(self, partner):
        template = self.env.ref("crm_suite.mail_template_statement")
        partner.message_post_with_source(
            template,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=partner._get_statement_recipient().ids,
            attachment_ids=self._create_attachment(partner).ids,
            email_layout_xmlid="mail.mail_notification_light",
        )

    def _create_attachment(self, partner):
        name, content = self._render(partner)
        return self.env["ir.attachment"].create(
            {
                "name": name,
                "raw": content,
                "mimetype": "application/pdf",
                "res_model": "mail.compose.message",
                "res_id": 0,
            }
        )

    # ------------------------------------------------------------------
    # Print
    # ------------------------------------------------------------------

    def _render(self, partner, lang=None):
        """Return the PDF for one customer, in his language, as (name, bytes)."""
        alone = self.partner_ids == partner
        single = self if alone else self.copy({"partner_ids": partner.ids})
        lang = lang or partner.lang or self.env.lang
        # sudo: salespeople may not read the report itself; who reads the statement was checked
        report = self.env["ir.actions.report"].sudo().with_context(lang=lang, statement_lang=lang)
        content, _type = report._render_qweb_pdf(
            "crm_suite.crm_statement_action_report", single.ids
        )
        return f"{single.with_context(lang=lang)._get_file_name()}.pdf", content

    def _get_file_name(self):
        day = self.date_to or self.company_id._get_local_today()
        names = self.partner_ids.mapped("name")
        return " - ".join(
            filter(
                None,
                (
                    self.env._("Statement of Account"),
                    names[0] if len(names) == 1 else "",
                    day.isoformat(),
                ),
            )
        ).replace("/", "-")

    def _get_pages(self):
        """Return what is printed, a page for each customer, in his language.

        :raise AccessError: when the reader does not reach a customer
        """
        self.ensure_one()
        self._check_reader()
        Ledger = self.env["crm.statement.ledger"]
        pages = []
        for partner in self.partner_ids:
            lang = self.env.context.get("statement_lang") or partner.lang or self.env.lang
            ledger = Ledger.with_context(lang=lang)
            pages.append(
                {
                    # sudo: name and address of a customer whom the reader reaches
                    "partner": partner.sudo().with_context(lang=lang),
                    "company": self.company_id.sudo().with_context(lang=lang),
                    "lang": lang,
                    "sections": ledger._prepare_statement(
                        partner.sudo(),
                        self.company_id.sudo(),
                        self.date_from,
                        self.date_to,
                        is_period=self.kind == "period",
                    ),
                    "labels": ledger._get_kind_labels(),
                    "banks": ledger._get_bank_accounts(self.company_id),
                    "today": self.date_to or self.company_id._get_local_today(),
                    "period": self.kind == "period"
                    and (
                        format_date(ledger.env, self.date_from),
                        format_date(ledger.env, self.date_to),
                    ),
                }
            )
        return pages
