from datetime import datetime, timedelta

import psycopg2

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common import ConsentCommon

MONDAY = datetime(2026, 3, 2, 9)
AMAL = "amal@customer.example.com"


@tagged("post_install", "-at_install")
class TestLedger(ConsentCommon):
    """What was said stays, and comes to one row for each person, channel and purpose."""

    def test_nobody_changes_an_entry(self):
        entry = self.say(AMAL, "granted", self.offers)
        for change in (lambda: entry.write({"state": "withdrawn"}), entry.unlink):
            with self.assertRaises(UserError):
                change()

    def test_an_entry_names_its_language(self):
        entry = self.say(AMAL, "granted", self.offers, lang="en_US")
        self.assertEqual(entry.lang_name, self.env["res.lang"]._get_data(code="en_US").name)

    def test_the_database_refuses_too(self):
        entry = self.say(AMAL, "granted", self.offers)
        self.env.flush_all()
        for statement in (
            SQL("UPDATE crm_consent_entry SET state = 'withdrawn' WHERE id = %s", entry.id),
            SQL("UPDATE crm_consent_entry SET mailing_id = 1 WHERE id = %s", entry.id),
            SQL("DELETE FROM crm_consent_entry WHERE id = %s", entry.id),
            SQL("TRUNCATE crm_consent_entry CASCADE"),
        ):
            with (
                self.assertRaises(psycopg2.Error),
                self.env.cr.savepoint(),
                mute_logger("odoo.sql_db"),
            ):
                self.env.cr.execute(statement)

    def test_a_mailing_may_go_and_what_was_said_stays(self):
        mailing = self._create_mailing()
        entry = self.say(AMAL, "withdrawn", self.offers, mailing_id=mailing.id)
        mailing.sudo().unlink()
        entry.invalidate_recordset()
        self.assertFalse(entry.mailing_id)
        self.assertEqual(entry.state, "withdrawn")

    def test_the_text_is_kept_as_it_was_shown(self):
        entry = self.say(AMAL, "granted", self.offers)
        self.offers.text = "Something else"
        self.assertEqual(entry.text, "Send me offers")

    def test_the_text_is_kept_in_the_language_in_which_it_was_shown(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.offers.with_context(lang="ar_001").text = "أرسلوا إليّ العروض"
        entry = self.say(AMAL, "granted", self.offers, lang="ar_001")
        self.assertEqual((entry.text, entry.lang), ("أرسلوا إليّ العروض", "ar_001"))

    def test_the_last_word_by_its_time_counts(self):
        self.say(AMAL, "withdrawn", self.offers, date=MONDAY + timedelta(days=2))
        self.say(AMAL, "granted", self.offers, date=MONDAY)
        self.assertEqual(self.row(AMAL, self.offers).state, "withdrawn")
        self.say(AMAL, "granted", self.offers, date=MONDAY + timedelta(days=3))
        row = self.row(AMAL, self.offers)
        self.assertEqual(row.state, "granted")
        self.assertEqual(row.decided_at, MONDAY + timedelta(days=3))

    def test_a_rebuild_comes_to_the_same(self):
        for number, (state, purpose) in enumerate(
            (
                ("granted", self.offers),
                ("withdrawn", None),
                ("requested", self.double),
                ("paused", None),
                ("granted", self.offers),
                ("suppressed", self.news),
            )
        ):
            until = MONDAY + timedelta(days=90) if state == "paused" else False
            date = MONDAY + timedelta(hours=number)
            for address in (AMAL, "x@example.com"):
                self.say(address, state, purpose, date=date, until=until)
        mailing_list = self.make_list("Readers", AMAL)
        self.say(AMAL, "withdrawn", mailing_list_id=mailing_list.id)
        names = ("identity", "identity_key", "channel", "state", "decided_at", "paused_until")

        def read():
            rows = self.consent.search([], order="identity_key, channel, purpose_id, company_id")
            return [(*(row[name] for name in names), row.purpose_id.id) for row in rows]

        before = read()
        self.assertTrue(before)
        self.consent._rebuild()
        self.assertEqual(read(), before)

    def test_one_row_for_each_person_channel_and_purpose(self):
        for address in (AMAL, "AMAL@Customer.example.com", "Amal <amal@customer.example.com>"):
            self.say(address, "granted", self.offers)
        self.assertEqual(len(self.row(AMAL, self.offers)), 1)
        self.say("x@xn--mnchen-3ya.de", "granted", self.offers)
        self.say("X@münchen.de", "withdrawn", self.offers)
        self.assertEqual(self.row("x@münchen.de", self.offers).state, "withdrawn")
        self.say("+32 456 00 00 01", "granted", self.offers, "sms")
        self.assertEqual(self.row("+32456000001", self.offers, "sms").state, "granted")
        self.assertFalse(self.row(AMAL, self.offers, "sms"))

    def test_a_status_stays(self):
        self.say(AMAL, "granted", self.offers)
        with self.assertRaises(UserError):
            self.row(AMAL, self.offers).unlink()

    def test_a_list_that_somebody_left_stays(self):
        readers = self.make_list("Readers", AMAL)
        self.say(AMAL, "withdrawn", mailing_list_id=readers.id)
        with self.assertRaisesRegex(UserError, "Readers"):
            readers.unlink()

    def test_old_links_go(self):
        links = self.env["crm.consent.link"]
        found = links._find_or_make([AMAL, "x@example.com"], self.env["mailing.mailing"])
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE crm_consent_link SET create_date = create_date - interval '25 months'"
                " WHERE id = %s",
                found[AMAL].id,
            )
        )
        links.invalidate_model()
        links._gc_old()
        self.assertFalse(found[AMAL].exists())
        self.assertTrue(found["x@example.com"].exists())
