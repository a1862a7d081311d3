import itertools
import subprocess
import unicodedata
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, HttpCase, tagged

from ...wizard.timeline import crm_timeline_print
from .common import TimelineCase


class TimelinePrintCase(TimelineCase):
    def _print(self, user=None, record=None, **values):
        record = record or self.haddad
        return (
            self.env["crm.timeline.print"]
            .with_user(user or self.alia)
            .create({"res_model": record._name, "res_id": record.id, **values})
        )

    def _titles_of(self, history):
        return [row["title"] for day in history._get_history()["days"] for row in day["rows"]]


class TestTimelinePrint(TimelinePrintCase):
    def test_what_is_printed(self):
        self._log(
            name="Called Layla",
            date="2024-05-04 10:00:00",
            note="<p>" + "She wants the long version. " * 20 + "The end.</p>",
            next_step="Send the price list",
            next_step_date="2024-05-10",
        )
        order = self._order(date_order="2024-05-02 10:00:00")
        history = self._print()._get_history()
        self.assertEqual(history["customer"], "Haddad Trading")
        self.assertEqual(history["count"], 2)
        self.assertFalse(history["note"])
        self.assertEqual(
            [day["label"] for day in history["days"]],
            ["Saturday, May 4, 2024", "Thursday, May 2, 2024"],
        )
        [call], [quotation] = (day["rows"] for day in history["days"])
        self.assertIn("The end.", call["text"], "paper has room for what the screen cuts")
        self.assertIn("Send the price list", call["step"])
        self.assertIn("05/10/2024", call["step"])
        self.assertEqual(quotation["title"], order.name)
        self.assertTrue(quotation["amount"])

    def test_period(self):
        for day in range(1, 6):
            self._log(name=f"May {day}", date=f"2024-05-0{day} 10:00:00")
        history = self._print(date_from="2024-05-02", date_to="2024-05-04")
        self.assertEqual(self._titles_of(history), ["May 4", "May 3", "May 2"])
        self.assertEqual(
            self._titles_of(self._print(date_from="2024-05-05")), ["May 5"], "until today"
        )
        self.assertEqual(self._titles_of(self._print(date_to="2024-05-01")), ["May 1"])

    def test_the_day_is_that_of_the_reader(self):
        self._log(name="Late", date="2024-05-01 22:30:00")
        self.alia.tz = "Asia/Riyadh"
        history = self._print(date_from="2024-05-02", date_to="2024-05-02")
        self.assertEqual(self._titles_of(history), ["Late"])
        self.assertFalse(self._titles_of(self._print(date_to="2024-05-01")))

    def test_kinds_and_words(self):
        self._log(name="Price list")
        self._log(name="Delivery")
        order = self._order()
        self.assertEqual(self._titles_of(self._print(sources="order")), [order.name])
        self.assertEqual(self._titles_of(self._print(words="PRICE list")), ["Price list"])
        facts = dict(self._print(sources="order, invoice", words="x")._get_history()["facts"])
        self.assertEqual(facts["Words"], "x")
        self.assertEqual(facts["Kinds of Events"], "Quotations and Orders · Invoices")
        self.assertEqual(facts["Period"], "all")

    def test_too_much_is_cut_and_said(self):
        for number in range(7):
            self._log(name=f"Call {number}", date=datetime(2024, 5, 1) + timedelta(days=number))
        with (
            patch.object(crm_timeline_print, "MAX_ROWS", 5),
            patch.object(crm_timeline_print, "PAGE_SIZE", 2),
        ):
            history = self._print()._get_history()
            self.assertEqual(history["count"], 5)
            self.assertEqual(history["days"][0]["rows"][0]["title"], "Call 6")
            self.assertIn("newest 5", history["note"])
            whole = self._print(date_from="2024-05-03")._get_history()
            self.assertEqual(whole["count"], 5)
            self.assertFalse(whole["note"], "five are in the period, and five are printed")

    def test_from_a_document_and_from_a_lead_without_contact(self):
        self._log(name="Called Layla")
        order = self._order()
        self.assertIn("Called Layla", self._titles_of(self._print(record=order)))
        lead = self.env["crm.lead"].create({"name": "Stranger", "user_id": self.omar.id})
        self.env["crm.interaction"].create(
            {"name": "Met him", "lead_id": lead.id, "user_id": self.omar.id}
        )
        history = self._print(self.omar, lead)
        self.assertEqual(history.customer, "Stranger")
        self.assertIn("Met him", self._titles_of(history))

    def test_language(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self._log(name="Called", date="2024-05-04 10:00:00")
        history = self._print()
        self.assertFalse(history.has_other_language)
        self.haddad.lang = "ar_001"
        with Form(self._print()) as form:
            self.assertTrue(form.has_other_language)
            form.language = "customer"
        history = form.record
        self.assertEqual(history._get_language(), "ar_001")
        label = history.with_context(lang="ar_001")._get_history()["days"][0]["label"]
        self.assertIn("مايو", label)

    def test_a_language_that_is_not_installed(self):
        self.env.flush_all()
        self.env.cr.execute("UPDATE res_partner SET lang = 'xx_XX' WHERE id = %s", self.haddad.ids)
        self.env.invalidate_all()
        history = self._print(language="customer")
        self.assertEqual(history._get_language(), "en_US")

    def test_bad_input(self):
        with self.assertRaisesRegex(ValidationError, "begin before it ends"):
            self._print(date_from="2024-05-02", date_to="2024-05-01")
        for model, res_id in (("res.users", 1), ("res.partner", 0), ("no.such", 1)):
            with self.assertRaises(UserError):
                self.env["crm.timeline.print"].with_user(self.alia).create(
                    {"res_model": model, "res_id": res_id}
                )
        self.assertFalse(self._titles_of(self._print(sources="no such")))


class TestTimelinePrintRights(TimelinePrintCase):
    def test_nothing_that_the_reader_may_not_read(self):
        self._log(name="Mine", user=self.omar)
        self._log(name="Theirs", user=self.sami)
        theirs = self._order(user=self.sami)
        self._write_mail(theirs, "Secret")
        self.assertEqual(self._titles_of(self._print(self.omar)), ["Mine"])
        self.assertEqual(len(self._titles_of(self._print(self.alia))), 4)

    def test_a_foreign_customer(self):
        (self.haddad + self.layla + self.karim).company_id = self.company
        with self.assertRaises(AccessError):
            self._print(self.berta)
        order = self._order(user=self.sami)
        with self.assertRaises(AccessError):
            self._print(self.omar, order)

    def test_a_forged_change(self):
        """The dialog is his own, the customer that he writes into it is not."""
        mine = self.env["res.partner"].create({"name": "Mine"})
        history = self._print(self.berta, mine)
        (self.haddad + self.layla + self.karim).company_id = self.company
        with self.assertRaises(AccessError):
            history.write({"res_id": self.layla.id})
        with self.assertRaises(AccessError):
            self._print(self.berta, self.haddad)

    def test_rights_that_went_since(self):
        history = self._print(self.berta)
        (self.haddad + self.layla + self.karim).company_id = self.company
        with self.assertRaises(AccessError):
            history._get_history()

    def test_portal_and_public(self):
        for user in (self.pia, self.env.ref("base.public_user")):
            with self.assertRaises(AccessError):
                self._print(user, self.layla)
            with self.assertRaises(AccessError):
                self._print(self.alia, self.layla).with_user(user).action_print()

    def test_the_print_of_somebody_else(self):
        history = self._print(self.alia, words="a word")
        with self.assertRaises(AccessError):
            history.with_user(self.omar).read(["words"])


@tagged("post_install", "-at_install")
class TestTimelinePdf(HttpCase, TimelinePrintCase):
    def _render(self, history):
        report = self.env["ir.actions.report"].with_user(history.env.user)
        content, kind = report.with_context(force_report_rendering=True)._render_qweb_pdf(
            "crm_suite.crm_timeline_history", history.ids
        )
        self.assertEqual(kind, "pdf")
        run = subprocess.run(
            ["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True
        )
        # what Arabic letters look like in print, as letters again
        return unicodedata.normalize("NFKC", run.stdout.decode())

    def test_pdf(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.env["ir.config_parameter"].sudo().set_param("report.url", self.base_url())
        self.haddad.lang = "ar_001"
        for number in range(40):
            self._log(name=f"Call {number}", note="<p>The new branch needs forty desks.</p>")
        self._log(name="Theirs", user=self.sami)
        self._invoice()
        text = self._render(self._print(self.omar))
        self.assertIn("History of the Customer · Haddad Trading", " ".join(text.split()))
        self.assertIn("Call 39", text)
        self.assertIn("Call 0", text)
        self.assertIn("forty desks", text)
        self.assertIn(self.omar.name, text)
        self.assertNotIn("Theirs", text)
        self.assertRegex(text, r"2\s*/\s*[2-9]", "the footer, which only patched wkhtmltopdf has")
        arabic = self._render(self._print(self.omar, language="customer"))
        self.assertIn("Call 39", arabic)
        self.assertNotIn("Phone Call", arabic)

    def test_no_day_alone_at_the_end_of_a_page(self):
        self.env["ir.config_parameter"].sudo().set_param("report.url", self.base_url())
        for number in range(60):
            self._log(
                name=f"Call {number}",
                date=datetime(2024, 1, 1, 10) + timedelta(days=number),
                note=f"<p>{'They need desks. ' * (number % 7 * 8)}</p>",
            )
        pages = self._render(self._print(self.omar)).split("\f")
        self.assertGreater(len(pages), 4)
        for page in pages:
            lines = [line.strip() for line in page.splitlines() if line.strip()]
            for day, after in itertools.pairwise(lines):
                if day.endswith(", 2024"):
                    self.assertNotIn("Printed by", after, "a day without its events")

    def test_portal_user_at_the_door(self):
        self._log(name="Secret")
        history = self._print(self.alia, self.layla)
        self.authenticate("crm_suite_pia", "crm_suite_pia")
        for kind in ("pdf", "html"):
            answer = self.url_open(f"/report/{kind}/crm_suite.crm_timeline_history/{history.id}")
            self.assertNotEqual(answer.status_code, 200)
            self.assertNotIn("Secret", answer.text)
