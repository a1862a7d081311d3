import json
import time
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import SHOP, WebTrackingCommon


@tagged("post_install", "-at_install")
class TestIntake(WebTrackingCommon):
    """Pages of our sites, and whoever would like to be one, tell of visits."""

    def test_a_visit_of_a_stranger_waits(self):
        answer = self._call(self._event(path="/desks?id=7&utm_source=poster#top"))
        self.assertEqual(answer.status_code, 204)
        self.assertEqual(answer.headers["Access-Control-Allow-Origin"], SHOP)
        self.assertNotIn("Set-Cookie", answer.headers)
        visit = self._visits()
        self.assertEqual(visit.url, f"{SHOP}/desks?utm_source=poster")
        self.assertEqual((visit.title, visit.referrer), ("Desks", "search.example.net"))
        self.assertEqual((visit.actor, visit.kind), ("human", "visit"))
        self.assertFalse(visit.partner_id)
        visitor = self._known()
        self.assertEqual((visitor.page_count, visitor.utm_source), (1, "poster"))
        self.assertTrue(visitor.consent_at)
        self.assertNotIn(self.visitor_key, str(visitor.read()))
        self.assertFalse(self.events.search([("page", "like", "/desks")]))

    def test_other_origins_are_not_heard(self):
        for origin in ("https://evil.example.com", "null", None, "http://www.shop.example.com"):
            answer = self._call(self._event(), origin=origin)
            self.assertEqual(answer.status_code, 204)
            self.assertNotIn("Access-Control-Allow-Origin", answer.headers)
        self.assertFalse(self._visits())
        self._call(self._event(), origin="https://tables.shop.example.org")
        self.assertEqual(len(self._visits()), 1)

    def test_nobody_learns_whether_there_is_such_a_site(self):
        archived = self.site.copy({"active": False})
        answers = [
            self._call(self._event(), site=key) for key in ("f" * 32, archived.key, "no key", None)
        ]
        self.assertEqual({answer.status_code for answer in answers}, {204})
        self.assertEqual({answer.text for answer in answers}, {""})
        self.assertFalse(self.env["crm.web.visitor"].search([("site_id", "=", archived.id)]))
        self.assertFalse(self._visits())

    def test_what_is_told_twice_counts_once(self):
        event = self._event()
        for _turn in range(3):
            self._call(event)
        self.assertEqual(len(self._visits()), 1)
        self.assertEqual(self._known().page_count, 1)

    def test_garbage_is_answered_like_a_visit(self):
        for body in (b" ", b"{", b"\xff\x00", b"[]", json.dumps({"site": self.site.key}).encode()):
            self.assertEqual(self._call(body=body).status_code, 204)
        self.assertFalse(self._visits())

    @mute_logger("odoo.http")
    def test_too_much_at_once(self):
        answer = self._call(body=b"x" * 9000)
        self.assertEqual(answer.status_code, 413)
        self._call(*(self._event() for _number in range(21)))
        self.assertFalse(self._visits())

    def test_times_that_cannot_be(self):
        day = 86400 * 1000
        now = int(time.time() * 1000)
        self._call(self._event(at=now - 2 * day), self._event(at=now + day), self._event())
        self.assertEqual(len(self._visits()), 1)

    def test_programs_are_kept_apart(self):
        self._call(self._event(), agent="Mozilla/5.0 (compatible; Googlebot/2.1)")
        self.assertEqual(self._visits().actor, "bot")
        self.site.invalidate_recordset()
        self.assertEqual(self.site.visit_count, 0)

    def test_who_asks_not_to_be_tracked_is_left_alone(self):
        for header in ("DNT", "Sec-GPC"):
            self._call(self._event(), headers={header: "1"})
        self.assertFalse(self._visits())
        self.assertFalse(self._known())

    def test_floods(self):
        self.site.most_calls = 3
        for _turn in range(5):
            self.assertEqual(self._call(self._event()).status_code, 204)
        self.assertEqual(len(self._visits()), 3)
        [tally] = self.env["crm.web.call"].search([("site_id", "=", self.site.id)])
        self.assertNotIn("127.0.0.1", tally.address_hash)
        self.env.cr.execute("UPDATE crm_web_call SET minute = minute - interval '2 hours'")
        self._call(self._event())
        self.assertEqual(len(self._visits()), 4)
        self.env.cr.execute("UPDATE crm_web_call SET minute = minute - interval '2 hours'")
        self.env["crm.web.call"]._gc_old()
        self.assertFalse(self.env["crm.web.call"].search([("site_id", "=", self.site.id)]))

    def test_before_consent_a_page_is_counted_only_where_the_site_wants_it(self):
        self._call(visitor=None, events=None, count=1)
        days = self.env["crm.web.day"].search([("site_id", "=", self.site.id)])
        self.assertFalse(days)
        self.site.consent_mode = "count"
        for _turn in range(2):
            self._call(visitor=None, events=None, count=1)
        [day] = self.env["crm.web.day"].search([("site_id", "=", self.site.id)])
        self.assertEqual((day.count, day.date), (2, fields.Date.today()))
        self.assertFalse(self._visits())
        self.assertFalse(self.env["crm.web.visitor"].search([("site_id", "=", self.site.id)]))
        self.site.invalidate_recordset()
        self.assertEqual(self.site.anonymous_count, 2)
        self.assertTrue(self.site.last_seen)

    def test_events_without_a_visitor_are_not_kept(self):
        self.site.consent_mode = "count"
        self._call(self._event(), visitor=None)
        self._call(self._event(), visitor="amal@customer.example.com")
        self.assertFalse(self._visits())
        self.assertFalse(self.env["crm.web.day"].search([("site_id", "=", self.site.id)]))

    def test_consent_taken_back(self):
        self._call(self._event())
        stranger = self._known()
        self.assertTrue(stranger)
        # also by a browser that has learned not to be tracked meanwhile
        self._call(forget=1, events=None, headers={"Sec-GPC": "1"})
        self.assertFalse(self._known())
        self.assertFalse(self._visits())
        self._call(self._event())
        self.assertNotEqual(self._known().id, stranger.id)

    def test_a_form_of_the_site(self):
        self._call(self._event(kind="form", form="Ask\u202e us", path="/contact"))
        visit = self._visits()
        self.assertEqual((visit.kind, visit.form), ("form", "Ask us"))
        self.assertEqual(self._known().page_count, 0)

    def test_preflight(self):
        for origin, is_known in ((SHOP, True), ("https://evil.example.com", False)):
            answer = self.opener.options(
                self.base_url() + "/crm_suite/track", headers={"Origin": origin}
            )
            self.assertEqual(answer.status_code, 204)
            self.assertEqual("Access-Control-Allow-Origin" in answer.headers, is_known)
        self.assertEqual(self.url_open("/crm_suite/track").status_code, 405)

    def test_a_person_without_consent_leaves_no_trace(self):
        """The whole row of what a call without a visitor writes: the tally, and nothing else."""
        tables = ("crm_web_visitor", "crm_web_visit", "crm_web_day", "crm_engagement")
        self._call(visitor=None, count=1, events=None)
        for table in tables[:3]:
            self.env.cr.execute(f"SELECT count(*) FROM {table} WHERE site_id = %s", [self.site.id])
            self.assertEqual(self.env.cr.fetchone()[0], 0, table)

    def test_old_visits_are_not_told_late(self):
        past = fields.Datetime.now() - timedelta(hours=25)
        seconds = int((past - fields.Datetime.from_string("1970-01-01")).total_seconds())
        self._call(self._event(at=seconds * 1000))
        self.assertFalse(self._visits())
