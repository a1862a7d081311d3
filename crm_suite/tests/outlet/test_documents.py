from lxml import html

from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, tagged

from .common import XSS, OutletCase


class DocumentCase(OutletCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.env["sale.order"].create(
            {
                "partner_id": cls.haddad.id,
                "user_id": cls.omar.id,
                "order_line": [(0, 0, {"product_id": cls.desk.id})],
            }
        )

    def _print(self, report, record, user=None):
        """Return labels and values of the custom fields in a report, by technical name."""
        Report = self.env["ir.actions.report"].with_user(user or self.omar)
        text, _kind = Report._render_qweb_html(report, record.ids)
        return self._read_rows(html.fromstring(text))

    def _read_rows(self, page):
        return {
            node.get("data-field"): " ".join(node.text_content().split())
            for node in page.xpath("//*[@data-field]")
        }


@tagged("post_install", "-at_install")
class TestPrintedDocuments(DocumentCase):
    def test_a_quotation_prints_every_kind_with_its_label(self):
        fields = self._make_every_kind("sale.order")
        self._place(fields.values(), "print")
        self.order.write(self._get_every_value(fields))
        printed = self._print("sale.report_saleorder", self.order)
        by_kind = {kind: printed.get(field.technical_name) for kind, field in fields.items()}
        self.assertEqual(by_kind["char"], f"Test char A {XSS}")
        self.assertEqual(by_kind["text"], "Test text First line Second line")
        self.assertEqual(by_kind["html"], "Test html Very good")
        self.assertEqual(by_kind["integer"], "Test integer 42")
        self.assertEqual(by_kind["float"], "Test float 2.5")
        self.assertIn("1,250.50", by_kind["monetary"])
        self.assertEqual(by_kind["boolean"], "Test boolean Yes")
        self.assertEqual(by_kind["date"], "Test date 03/04/2026")
        self.assertIn("03/04/2026", by_kind["datetime"])
        self.assertEqual(by_kind["selection"], "Test selection Gold")
        self.assertEqual(by_kind["many2one"], "Test many2one Spain")
        self.assertEqual(by_kind["many2many"], "Test many2many Spain, Italy")
        self.assertEqual(by_kind["image"], "Test image")
        # paper opens no file
        self.assertIsNone(by_kind["binary"])
        # what makes PDF files lays all columns of a flexible row in one line, beyond the paper
        text, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "sale.report_saleorder", self.order.ids
        )
        rows = "//*[@data-field][ancestor::*[contains(concat(' ', @class, ' '), ' row ')]]"
        self.assertFalse(html.fromstring(text).xpath(rows))

    def test_what_is_empty_or_has_no_place_is_not_printed(self):
        contract, colour, gift = self._make_fields(
            [
                {"name": "Deed", "model": "sale.order"},
                {"name": "Tint", "model": "sale.order"},
                {"name": "Gift Wrapping", "model": "sale.order", "kind": "boolean"},
            ]
        )
        self._place(contract | gift, "print")
        self.order[colour.technical_name] = "Red"
        printed = self._print("sale.report_saleorder", self.order)
        # a box that is not ticked is an answer
        self.assertEqual(printed, {gift.technical_name: "Gift Wrapping No"})

    def test_the_document_speaks_the_language_of_its_customer(self):
        field = self._make_field("Shift of Delivery", "sale.order", ("Morning", "Evening"))
        self._place(field, "print")
        self._translate(field, "فترة التوصيل")
        self._translate(field.option_ids[0], "صباحًا")
        self.haddad.lang = "ar_001"
        self.order[field.technical_name] = field.option_ids[0].value
        printed = self._print("sale.report_saleorder", self.order)
        self.assertEqual(printed[field.technical_name], "فترة التوصيل صباحًا")

    def test_a_customer_invoice_prints_and_a_bill_does_not(self):
        field = self._make_field("Deed", "account.move")
        self._place(field, "print")
        invoices = self.env["account.move"].create(
            [
                {
                    "move_type": kind,
                    "partner_id": self.haddad.id,
                    "invoice_date": "2026-03-01",
                    "invoice_line_ids": [(0, 0, {"product_id": self.desk.id})],
                    field.technical_name: "C-7",
                }
                for kind in ("out_invoice", "in_invoice")
            ]
        )
        accountant = self._create_user("amin", "account.group_account_invoice")
        invoice, bill = (
            self._print("account.report_invoice", move, accountant) for move in invoices
        )
        self.assertEqual(invoice, {field.technical_name: "Deed C-7"})
        self.assertFalse(bill)

    def test_fields_of_some_groups_never_leave_the_back_office(self):
        field = self._make_field("Margin Note", "sale.order")
        self._place(field, "print")
        self.order[field.technical_name] = "Secret"
        with self.assertRaisesRegex(ValidationError, "some user groups only"):
            self._place(
                self._make_field(
                    "Other Note", "sale.order", group_ids=[self.env.ref("base.group_system").id]
                ),
                "print",
            )
        # also when the groups come later
        field.group_ids = self.env.ref("base.group_system")
        for user in (self.omar, self.env.ref("base.user_admin")):
            self.assertFalse(self._print("sale.report_saleorder", self.order, user))

    def test_archived_fields_and_the_safe_mode(self):
        contract, colour = self._make_fields(
            [{"name": "Deed", "model": "sale.order"}, {"name": "Tint", "model": "sale.order"}]
        )
        self._place(contract | colour, "print")
        self.order.write({contract.technical_name: "C-7", colour.technical_name: "Red"})
        colour.action_archive_field()
        self.assertEqual(
            self._print("sale.report_saleorder", self.order),
            {contract.technical_name: "Deed C-7"},
        )
        self.env["ir.config_parameter"].set_param("crm_suite.customization_enabled", "0")
        self.assertFalse(self._print("sale.report_saleorder", self.order))

    def test_leads_are_not_printed(self):
        field = self._make_field("Budget Holder")
        for outlet in ("print", "portal"):
            with self.assertRaisesRegex(ValidationError, "is not shown in this place"):
                self._place(field, outlet)


@tagged("post_install", "-at_install")
class TestQuotationPage(HttpCase, DocumentCase):
    def test_a_customer_sees_what_is_placed_on_the_portal(self):
        contract, inside, file = self._make_fields(
            [
                {"name": "Deed", "model": "sale.order"},
                {"name": "Inside", "model": "sale.order"},
                {"name": "Drawing", "model": "sale.order", "kind": "binary"},
            ]
        )
        self._place(contract | file, "portal")
        self._place(inside, "print")
        self.order.write(
            {
                contract.technical_name: f"C-7 {XSS}",
                inside.technical_name: "Not for the page",
                file.technical_name: "aGVsbG8=",
                file._get_file_name_field(): "drawing.txt",
                "state": "sent",
            }
        )
        page = self.url_open(self.order.get_portal_url())
        self.assertEqual(page.status_code, 200)
        self.assertNotIn(XSS, page.text)
        rows = self._read_rows(html.fromstring(page.text))
        self.assertEqual(rows[contract.technical_name], f"Deed: C-7 {XSS}")
        self.assertEqual(rows[file.technical_name], "Drawing: drawing.txt")
        self.assertNotIn(inside.technical_name, rows)
        # the file opens by its link, and no other field does
        [link] = html.fromstring(page.text).xpath(f"//*[@data-field='{file.technical_name}']//a")
        answer = self.url_open(link.get("href"))
        self.assertEqual(answer.content, b"hello")
        self.assertIn("drawing.txt", answer.headers["Content-Disposition"])
        other = link.get("href").replace(file.technical_name, "signature")
        self.assertEqual(self.url_open(other).status_code, 404)
