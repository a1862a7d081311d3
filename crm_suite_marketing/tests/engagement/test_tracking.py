from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from ...lib import delivery_token
from ...models.engagement import crm_engagement
from .common import FIREFOX, EngagementCommon

HOSTILE = ("x", "a" * 5000, "%00", "../../etc/passwd", "-1", "99999999999999999999", "' or 1=1 --")


@tagged("post_install", "-at_install")
class TestTracking(EngagementCommon, HttpCase):
    """The picture and the links of a message, asked for by everybody."""

    def _open(self, *numbers, agent=FIREFOX, scope="open", method="GET", **headers):
        token = delivery_token.make_token(self.key, scope, *numbers)
        return self._ask(f"/o/{token}.gif", agent, method, **headers)

    def _click(self, *numbers, agent=FIREFOX, scope="click", method="GET", **headers):
        token = delivery_token.make_token(self.key, scope, *numbers)
        return self._ask(f"/c/{token}", agent, method, **headers)

    def _ask(self, path, agent=FIREFOX, method="GET", **headers):
        answer = self.url_open(
            path, headers={"User-Agent": agent, **headers}, allow_redirects=False, method=method
        )
        self.env.invalidate_all()
        return answer

    def _assert_private(self, answer):
        self.assertIn("no-store", answer.headers["Cache-Control"])
        self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")

    def test_open(self):
        answer = self._open(self.to_amal.id)
        self.assertEqual(answer.headers["Content-Type"], "image/gif")
        self._assert_private(answer)
        [event] = self._events_of(self.to_amal)
        self.assertEqual((event.kind, event.actor, event.partner_id), ("open", "human", self.amal))
        self.assertEqual(event.mailing_id, self.mailing)
        self.assertNotIn(".0.0.1", event.evidence_text.replace("127.0.0.0", ""))
        trace = self.to_amal.trace_id
        self.assertEqual((trace.trace_status, trace.open_count), ("open", 1))
        self.assertEqual(self.to_emre.trace_id.trace_status, "sent")

    def test_click(self):
        answer = self._click(self.to_amal.id, self.offer.id)
        self.assertEqual(answer.status_code, 302)
        self.assertEqual(answer.headers["Location"], self.offer.redirected_url)
        self.assertIn("utm_source=", answer.headers["Location"])
        self._assert_private(answer)
        trace = self.to_amal.trace_id
        self.assertEqual((trace.trace_status, trace.click_count), ("open", 1))
        self.assertTrue(trace.links_click_datetime)
        [row] = trace.links_click_ids
        self.assertEqual(row.link_id, self.offer)
        self.assertEqual(self.mailing.clicked, 1)
        # many clicks are counted at once, later
        self.events._cron_count_clicks()
        self.assertEqual(self.offer.count, 1)

    def test_header_only_counts_nothing(self):
        self.assertEqual(
            self._click(self.to_amal.id, self.offer.id, method="HEAD").status_code, 302
        )
        self.assertEqual(self._open(self.to_amal.id, method="HEAD").status_code, 200)
        trace = self.to_amal.trace_id
        self.assertEqual((trace.trace_status, trace.click_count), ("sent", 0))
        self.assertFalse(trace.links_click_ids)
        self.assertEqual(set(self._events_of(self.to_amal).mapped("actor")), {"bot"})

    def test_programs_do_not_count(self):
        self._click(self.to_amal.id, self.offer.id, agent="Mimecast/1.0")
        self._open(self.to_amal.id, agent="Mozilla/5.0")
        self._open(self.to_emre.id, **{"Sec-Purpose": "prefetch"})
        for delivery in (self.to_amal, self.to_emre):
            trace = delivery.trace_id
            self.assertEqual(trace.trace_status, "sent")
            self.assertTrue(trace.is_bot_only)
            self.assertFalse(trace.links_click_ids)

    def test_the_link_that_no_person_sees(self):
        self._click(self.to_amal.id, self.offer.id)
        self.assertEqual(self.to_amal.trace_id.trace_status, "open")
        answer = self._click(self.to_amal.id, 0)
        self.assertEqual(answer.status_code, 302)
        # what the same visitor did before was no person either
        self.assertEqual(self.to_amal.trace_id.trace_status, "sent")
        self.assertFalse(self.to_amal.trace_id.links_click_ids)

    def test_forged_tokens(self):
        good = delivery_token.make_token(self.key, "open", self.to_amal.id)
        forged = [
            *HOSTILE,
            delivery_token.make_token("other key", "open", self.to_amal.id),
            delivery_token.make_token(self.key, "click", self.to_amal.id),
            delivery_token.make_token(self.key, "open", self.to_amal.id, 1),
            good[:-1] + ("A" if good[-1] != "A" else "B"),
        ]
        for token in forged:
            answer = self._ask(f"/o/{token}.gif")
            if "/" not in token:
                self.assertEqual(answer.headers["Content-Type"], "image/gif", token)
            self.assertEqual(self._ask(f"/c/{token}").status_code, 404, token)
        for number in (2**31, 2**63, 2**64 - 1):
            self.assertEqual(self._open(number).status_code, 200)
            self.assertEqual(self._click(number, self.offer.id).status_code, 404)
            self.assertEqual(self._click(self.to_amal.id, number).status_code, 404)
        self.assertFalse(self._events_of(self.to_amal))

    def test_links_of_other_mailings(self):
        other = self.env["link.tracker"].create({"url": "https://example.org/x", "title": "x"})
        answer = self._click(self.to_amal.id, other.id)
        self.assertEqual((answer.status_code, answer.content), (404, b""))
        self.assertFalse(self._events_of(self.to_amal))

    def test_only_to_web_pages(self):
        for url in ("javascript:alert(1)", "data:text/html,x", "ftp://example.com/x", "//x"):
            self.env.cr.execute(
                "UPDATE link_tracker SET url = %s WHERE id = %s", (url, self.offer.id)
            )
            self.env.invalidate_all()
            answer = self._click(self.to_amal.id, self.offer.id)
            if answer.status_code != 404:
                self.assertTrue(answer.headers["Location"].startswith("http"), url)

    def test_nobody_floods(self):
        with patch.object(crm_engagement, "MOST_VISITS", 3):
            for number in range(6):
                self._open(self.to_amal.id, agent=f"{FIREFOX} {number}")
        self.assertEqual(len(self._events_of(self.to_amal)), 3)

    def test_odd_visitors(self):
        self._open(self.to_amal.id, agent="\x7f" + "x" * 5000)
        [event] = self._events_of(self.to_amal)
        self.assertLessEqual(len(event.evidence["agent"]), 250)

    def test_a_message_that_is_gone(self):
        delivery_id, link_id = self.to_amal.id, self.offer.id
        # nobody deletes what was launched; a database that was cut down may have lost it
        self.env.cr.execute("DELETE FROM crm_outbox WHERE id = %s", [delivery_id])
        self.env.invalidate_all()
        self.assertEqual(self._open(delivery_id).status_code, 200)
        self.assertEqual(self._click(delivery_id, link_id).status_code, 404)

    def test_links_of_core(self):
        """Anybody can write another number into the links of core's mails (trap 4), and programs
        follow them (trap 5).
        """
        path = f"/r/{self.offer.code}/m/{{}}"
        other = self._create_mailing(subject="Other")
        trace = self._deliver(self.amal, other, idem_key="other").trace_id
        answer = self._ask(path.format(trace.id))
        self.assertEqual(answer.status_code, 302)
        self.assertFalse(trace.links_click_datetime)
        mine = self.to_amal.trace_id
        self._ask(path.format(mine.id))
        self.assertFalse(self._events_of(self.to_amal), "our own mails have signed links only")
        self.env.cr.execute("DELETE FROM crm_outbox WHERE id = %s", [self.to_amal.id])
        self.env.invalidate_all()
        self._ask(path.format(mine.id), agent="Googlebot/2.1")
        self._ask(path.format(mine.id), agent="Nokia", method="HEAD")
        self.assertEqual((mine.trace_status, mine.click_count), ("sent", 0))
        self._ask(path.format(mine.id))
        self.assertEqual((mine.trace_status, mine.click_count), ("open", 1))
        self.assertEqual(self._ask("/r/nothing/m/1").status_code, 404)

    def test_plain_links_are_not_kept_by_browsers(self):
        """Core's answer is, and later clicks are followed without us (trap 6)."""
        for _click in range(2):
            answer = self._ask(f"/r/{self.offer.code}")
            self.assertEqual(answer.status_code, 302)
            self.assertEqual(answer.headers["Location"], self.offer.redirected_url)
            self._assert_private(answer)
        self.assertEqual(self._ask("/r/nothing").status_code, 404)
