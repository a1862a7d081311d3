from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tools import SQL

from ...lib.timeline import TimelineSource
from .common import TimelineCase


class TestTimelineSearch(TimelineCase):
    """Words are found in any spelling, where they stand in the row and nowhere else."""

    def _search(self, words, user=None, **options):
        return sorted(self._titles(self._read_all(user, search=words, **options)))

    def test_interactions(self):
        self._log(
            name="زيارة إلى أحمد",
            note="<p>يريد مكتباً من <b>خشب السنديان</b></p>",
            next_step="Send the catalogue",
            next_step_date="2030-01-01",
        )
        self._log(name="Called about oak", note="<p>Blue, not green</p>")
        for words in ("احمد", "زياره", "السنديان", "catalogue أحمد", "omar زيارة"):
            self.assertEqual(self._search(words), ["زيارة إلى أحمد"], words)
        for words in ("OAK", "green blue", "called omar", '"not green"'):
            self.assertEqual(self._search(words), ["Called about oak"], words)
        self.assertFalse(self._search('"green blue"'))
        self.assertFalse(self._search("oak sami"))

    def test_outcomes_by_the_name_that_the_reader_sees(self):
        outcome = self.env["crm.interaction.outcome"].create({"name": "Wants an offer"})
        self.env["res.lang"]._activate_lang("ar_001")
        outcome.with_context(lang="ar_001").name = "يريد عرض سعر"
        self._log(name="Called", outcome_id=outcome.id)
        self.assertEqual(self._search("offer"), ["Called"])
        timeline = self.env["crm.timeline"].with_user(self.alia).with_context(lang="ar_001")
        page = timeline.get_page("res.partner", self.haddad.id, search="عرض سعر")
        self.assertEqual(len(page["rows"]), 1)

    def test_mails_by_subject_body_author_and_document(self):
        order = self._order()
        self._write_mail(order, "Colours", body="<p>Mahogany or <i>walnut</i>?</p>")
        self._write_mail(order, subject=False, body="Agreed", author_id=self.karim.id)
        self.assertEqual(self._search("walnut colours"), ["Colours"])
        self.assertEqual(self._search("karim"), [order.name])
        self.assertEqual(self._search(order.name, sources=["mail"]), [order.name])
        self.assertFalse(self._search("mahogany karim"))

    def test_documents_by_number_reference_and_salesperson(self):
        order = self._order(client_order_ref="PO-7788", user=self.sami)
        invoice = self._invoice(ref="Their ٤٥١٢")
        self.assertEqual(self._search("po-7788"), [order.name])
        self.assertEqual(self._search(order.name.lower()), [order.name])
        self.assertEqual(self._search("sami"), [order.name])
        self.assertEqual(self._search(invoice.name), [invoice.name])
        self.assertEqual(self._search("4512"), [invoice.name])

    def test_lead_moves_by_lead_and_stage(self):
        stage = self.env["crm.stage"].create({"name": "Künstlergespräch", "sequence": 5})
        lead = self._create_opportunity(name="Möbel für das Atelier")
        lead.stage_id = stage
        self.assertEqual(self._search("mobel", sources=["move"]), [lead.name] * 2)
        self.assertEqual(self._search("kunstlergesprach", sources=["move"]), [lead.name])

    def test_signs_of_sql_are_letters_like_others(self):
        self._log(name="100% wool_mix \\ sample")
        self._log(name="100 percent")
        for words in ("100%", "wool_mix", "\\", "_mix"):
            self.assertEqual(self._search(words), ["100% wool_mix \\ sample"], words)
        self.assertFalse(self._search("wool-mix'; DROP TABLE crm_interaction; --"))
        self.assertFalse(self._search("w_ol"))
        self.assertFalse(self._search("%"))

    def test_only_spaces_search_nothing(self):
        self._log()
        for words in ("", "   ", "\n\t", "\u200f", None, False):
            self.assertEqual(len(self._rows(search=words)), 1, repr(words))

    def test_hostile_searches(self):
        self._log(name="x" * 100)
        self.assertEqual(len(self._rows(search="x" * 100)), 1)
        for words in ("x" * 100_000, "a " * 200, ["x"], {"x": 1}, 5, True):
            with self.assertRaises(UserError):
                self._rows(search=words)
        self.assertFalse(self._rows(search="\x00\ud800 nothing"))

    def test_pages_of_what_is_found(self):
        for number in range(25):
            self._log(
                name=f"{'Oak' if number % 2 else 'Elm'} {number}", date=self._day("2024-05-01")
            )
        found = self._read_all(search="oak", limit=5)
        self.assertEqual(self._titles(found), [f"Oak {number}" for number in range(23, 0, -2)])

    def test_a_source_that_cannot_search_shows_nothing(self):
        """Also one of another add-on: it must not answer a question that it does not understand."""

        def rows(orders):
            return {order.id: {"title": order.name} for order in orders}

        def keys(query):
            return SQL("SELECT date_order, id FROM sale_order WHERE user_id = %s", self.omar.id)

        self._order()
        source = TimelineSource("raw", "Raw", "fa-star", "sale.order", keys, rows)
        with patch.object(self.registry["crm.timeline"], "_get_sources", lambda timeline: [source]):
            self.assertTrue(self._rows())
            self.assertFalse(self._rows(search="desk"))

    def test_forbidden_documents_are_not_found(self):
        """Whoever guesses a word learns nothing: neither a row nor a page to go on with."""
        theirs = self._order(user=self.sami, client_order_ref="Project Falcon")
        self._write_mail(theirs, "Falcon rises")
        self._log(name="Falcon call", user=self.sami)
        self._invoice(user=self.sami, ref="Falcon")
        lead = self._create_opportunity(name="Falcon", user_id=self.sami.id, team_id=self.south.id)
        lead.stage_id = self.env["crm.stage"].search([("id", "!=", lead.stage_id.id)], limit=1)
        note = self._write_mail(self._order(), "Falcon note", subtype_xmlid="mail.mt_note")
        self.assertTrue(note)
        page = self._page(self.omar, search="falcon", limit=1)
        self.assertEqual(page, {"rows": [], "cursor": None})
        self.assertEqual(self._page(self.omar, search="no such word", limit=1), page)
        self.assertGreaterEqual(len(self._search("falcon", self.alia)), 5)


class TestTimelineDate(TimelineCase):
    """A page that begins with a day."""

    def _begin(self, until, tz="UTC", **options):
        timeline = self.env["crm.timeline"].with_user(self.alia).with_context(tz=tz)
        page = timeline.get_page("res.partner", self.haddad.id, until=until, **options)
        return self._titles(page["rows"])

    def test_the_day_of_the_reader(self):
        self._log(name="Late", date=self._day("2024-03-01 22:30:00"))
        self._log(name="Midnight", date=self._day("2024-03-02 00:00:00"))
        self._log(name="Early", date=self._day("2024-03-01 01:00:00"))
        self.assertEqual(self._begin("2024-03-01"), ["Late", "Early"])
        self.assertEqual(self._begin("2024-03-02"), ["Midnight", "Late", "Early"])
        # in Amman "Late" is half past midnight, in New York it is still the day before
        self.assertEqual(self._begin("2024-03-01", "Asia/Riyadh"), ["Early"])
        self.assertEqual(
            self._begin("2024-03-01", "America/New_York"), ["Midnight", "Late", "Early"]
        )
        self.assertEqual(self._begin("2024-02-29", "America/New_York"), ["Early"])
        self.assertEqual(self._begin("2024-02-28"), [])

    def test_invoices_have_a_day_and_no_time(self):
        first = self._invoice(invoice_date="2024-05-01").name
        second = self._invoice(invoice_date="2024-05-02").name
        self._log(name="Call", date=self._day("2024-05-02 03:00:00"))
        for tz in ("UTC", "Asia/Riyadh", "America/New_York", "Pacific/Kiritimati", "Africa/Cairo"):
            with self.subTest(tz):
                self.assertEqual(self._begin("2024-05-01", tz, sources=["invoice"]), [first])
                self.assertEqual(
                    self._begin("2024-05-02", tz, sources=["invoice"]), [second, first]
                )
                timeline = self.env["crm.timeline"].with_user(self.alia).with_context(tz=tz)
                rows = timeline.get_page("res.partner", self.haddad.id)["rows"]
                dates = {row["title"]: row["date"] for row in rows}
                self.assertEqual(dates[first], "2024-05-01 00:00:00")
                self.assertTrue(all(row["date_only"] for row in rows if row["source"] == "invoice"))
        # 03:00 in UTC is the evening of the first in New York: after its invoice, before the second
        rows = self._rows_in("America/New_York")
        self.assertEqual(self._titles(rows), [second, "Call", first])
        self.assertEqual(self._titles(self._rows_in("Asia/Riyadh")), ["Call", second, first])

    def _rows_in(self, tz):
        timeline = self.env["crm.timeline"].with_user(self.alia).with_context(tz=tz)
        return timeline.get_page("res.partner", self.haddad.id)["rows"]

    def test_pages_go_on_from_there_whatever_the_time_zone(self):
        names = [self._invoice(invoice_date=f"2024-04-{day:02}").name for day in range(20, 30)]
        for number in range(10):
            self._log(
                name=f"Call {number}",
                date=datetime(2024, 4, 19, 21) + timedelta(hours=24 * number),
            )
        # midnight of the 26th of April 2024 did not exist in Cairo
        for tz in ("UTC", "Africa/Cairo", "America/New_York", "Asia/Kathmandu"):
            timeline = self.env["crm.timeline"].with_user(self.alia).with_context(tz=tz)
            everything = timeline.get_page("res.partner", self.haddad.id)["rows"]
            for limit in (1, 3):
                rows, cursor = [], None
                while True:
                    page = timeline.get_page(
                        "res.partner", self.haddad.id, cursor=cursor, limit=limit
                    )
                    rows += page["rows"]
                    cursor = page["cursor"]
                    if not cursor:
                        break
                    self.assertLess(len(rows), 50)
                self.assertEqual(rows, everything, (tz, limit))
            self.assertEqual(len(everything), 20)
            self.assertLessEqual(set(names), set(self._titles(everything)))

    def test_no_dates(self):
        for until in (
            "yesterday",
            "2024-13-01",
            "2024-03-01 10:00",
            5,
            ["2024-03-01"],
            True,
            "1e3",
        ):
            with self.assertRaises(UserError):
                self._begin(until)
        self._log()
        for until in ("9999-12-31", None, False, ""):
            self.assertEqual(len(self._begin(until, "Asia/Riyadh")), 1, until)
        self.assertFalse(self._begin("0001-01-01", "Asia/Riyadh"))
