"""What a customer reads: the text of a reminder in his language, its table and its PDFs."""

import lxml.html
from lxml import etree
from markupsafe import Markup, escape

from odoo.tools import format_amount, format_date, is_html_empty

TABLE_CLASS = "o_payment_reminder_table"


class ReminderMessage:
    """The message of one reminder.

    Rendered with the rights of the engine: the text is the same whoever looks at it. Users edit
    what was rendered; it is never rendered again.
    """

    def __init__(self, reminder):
        # sudo: the invoices of the customer whose reminder the user may read
        self.reminder = reminder.sudo().with_context(lang=reminder.lang)
        self.env = self.reminder.env

    def get_subject(self):
        return self.reminder.edited_subject or self._render("subject") or ""

    def get_body(self):
        """Return the HTML of the text, with what is owed now in the table, edited or not."""
        if is_html_empty(self.reminder.edited_body):
            return self._render("body_html") or Markup()
        return self._renew_table(self.reminder.edited_body)

    def _render(self, name):
        template = self.reminder.level_id.mail_template_id
        record = self.reminder._origin or self.reminder
        if not template or not record.id:
            return ""
        return template._render_field(name, record.ids, compute_lang=True)[record.id]

    def _renew_table(self, html):
        root = lxml.html.fragment_fromstring(str(html), create_parent="div")
        tables = root.find_class(TABLE_CLASS)
        if not tables:
            return Markup(html)
        tables[0].getparent().replace(tables[0], lxml.html.fromstring(str(self.get_table())))
        for table in tables[1:]:
            table.drop_tree()
        # what was sanitized when it was stored, and a table of ours
        text = "".join(
            [
                escape(root.text or ""),
                *(etree.tostring(e, encoding="unicode", method="html") for e in root),
            ]
        )
        return Markup(text)

    def get_table(self):
        lines = self.reminder.line_ids.filtered(lambda line: not line.is_held)
        return self.env["ir.qweb"]._render(
            "crm_suite.payment_reminder_table",
            {
                "lines": lines,
                "total": self.reminder.total,
                "direction": self.get_direction(),
                "format_amount": lambda amount, currency: format_amount(self.env, amount, currency),
                "format_date": lambda date: format_date(self.env, date),
            },
            lang=self.reminder.lang,
        )

    def get_direction(self):
        return self.env["res.lang"]._get_data(code=self.reminder.lang).direction or "ltr"

    def get_sms(self):
        reminder = self.reminder
        invoices = reminder.line_ids.filtered(lambda line: line.days_overdue > 0)
        return (reminder.level_id.sms_body or "") % {
            "customer": reminder.partner_id.name,
            "company": reminder.company_id.name,
            "amount": reminder.total,
            "count": len(invoices),
            "oldest": reminder.days_overdue,
        }

    def get_activity_note(self):
        lang = (self.reminder.user_id or self.reminder.sent_by_id).lang
        reminder = self.reminder.with_context(lang=lang)
        return Markup("<p>%s</p>") % reminder.env._(
            "Overdue: %(total)s, for %(days)s days.",
            total=reminder.total,
            days=reminder.days_overdue,
        )

    # ------------------------------------------------------------------
    # PDFs
    # ------------------------------------------------------------------

    def get_attachments(self):
        """Return the files of the mail as (name, bytes)."""
        files = []
        if self.reminder.attach_invoices:
            lines = self.reminder.line_ids.filtered(lambda line: not line.is_held)
            files += self.get_invoice_files(lines.move_id)
        if self.reminder.attach_statement:
            files += self.reminder._prepare_statement_files()
        return files

    def get_invoice_files(self, moves):
        """Return the PDFs of invoices and credit notes as (name, bytes): the document that the
        customer got, else printed now, all that use one report at once.
        """
        moves = moves.filtered(lambda move: move.move_type in ("out_invoice", "out_refund"))
        files = {
            move: (move.invoice_pdf_report_id.name, move.invoice_pdf_report_id.raw)
            for move in moves
            if move.invoice_pdf_report_id
        }
        Report = self.env["ir.actions.report"].with_company(self.reminder.company_id)
        Send = self.env["account.move.send"]
        missing = (moves - moves.browse(move.id for move in files)).grouped(
            Send._get_default_pdf_report_id
        )
        for report, group in missing.items():
            content, kind = Report._pre_render_qweb_pdf(report.report_name, res_ids=group.ids)
            for move_id, data in Report._get_splitted_report(
                report.report_name, content, kind
            ).items():
                move = moves.browse(move_id)
                extension = "pdf" if kind == "pdf" else "html"
                files[move] = (move._get_invoice_report_filename(extension), data)
        return [files[move] for move in moves if move in files]
