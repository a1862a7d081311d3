from datetime import timedelta
from unittest.mock import patch

import pytz

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL

from ...models.sending import claims
from ..consent.test_mailing_consent import AMAL, BASIL, EMRE
from .common import OutboxCommon


@tagged("post_install", "-at_install")
class TestAskedAgain(OutboxCommon):
    """Right before a message goes, the clock and the limit are asked once more."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.marketer.company_id
        cls.company.partner_id.tz = "Europe/Berlin"

    def _make_quiet(self):
        now = pytz.utc.localize(fields.Datetime.now())
        hour = now.astimezone(pytz.timezone("Europe/Berlin")).hour
        self.company.write(
            {
                "quiet_hours": True,
                "quiet_from": float((hour - 1) % 24),
                "quiet_until": float((hour + 2) % 24),
            }
        )

    def test_what_is_due_in_quiet_hours_waits_for_their_end(self):
        """A backlog, what a server has put off, and what is sent again."""
        mailing, loud = self._create_mailing(), self._create_mailing(keeps_quiet_hours=False)
        self._launch(mailing + loud)
        self._make_quiet()
        self.assertEqual(self._run_workers(), [AMAL, BASIL, EMRE])
        self.assertEqual(loud.state, "done")
        rows = self._rows(mailing, "planned")
        self.assertEqual(len(rows), 3)
        self.assertTrue(all(row.due_at > fields.Datetime.now() for row in rows))
        self.assertEqual(set(rows.mapped("reason")), {"quiet"})
        self.company.quiet_hours = False
        self._set_state(rows, "planned", due_at=fields.Datetime.now())
        self.assertEqual(self._run_workers(), [AMAL, BASIL, EMRE])
        self.assertFalse(any(rows.mapped("reason")))

    def test_where_it_is_not_quiet_the_job_locks_nothing(self):
        mailing = self._create_mailing()
        self._launch(mailing)
        self._make_quiet()
        self._set_state(self._rows(mailing, "planned"), "planned", tz=self._find_loud_zone())
        with patch.object(type(self.env["crm.outbox"]), "_write_beside_workers") as write:
            self.env["crm.outbox"]._put_off_quiet(self.company, mailing)
        write.assert_not_called()

    def _find_loud_zone(self):
        """:return: a time zone in which it is the middle of the hours that are not quiet"""
        wanted = (self.company.quiet_until + 10) % 24
        now = pytz.utc.localize(fields.Datetime.now())
        return next(
            name
            for name in (f"Etc/GMT{offset:+d}" for offset in range(-12, 13))
            if now.astimezone(pytz.timezone(name)).hour == wanted
        )

    def test_what_is_spread_keeps_quiet_hours(self):
        mailing = self._create_mailing()
        self._launch(mailing)
        mailing.action_pause()
        self._make_quiet()
        mailing._resume("spread", 1)
        soon = fields.Datetime.now() + timedelta(minutes=59)
        self.assertTrue(all(row.due_at > soon for row in self._rows(mailing, "planned")))

    def test_two_launches_that_did_not_see_each_other(self):
        first, second = (self._create_mailing_to(self.amal) for _number in range(2))
        self._launch(first + second)
        self.company.write({"cap_messages": 1, "cap_days": 7})
        self.assertEqual(self._run_workers(), [AMAL])
        states = (self._rows(first) + self._rows(second)).mapped("state")
        self.assertEqual(states, ["sent", "held"])
        self.assertGreater(self._rows(second).due_at, fields.Datetime.now() + timedelta(days=6))
        self._assert_reconciles(second)

    def test_whom_the_limit_counts(self):
        """Messages of Odoo's own engine, but not what somebody has stopped."""
        self.company.write({"cap_messages": 1, "cap_days": 7})
        stopped, after, late = (self._create_mailing_to(self.amal) for _number in range(3))
        self._launch(stopped)
        stopped.action_pause()
        self._launch(after)
        self.assertEqual(self._rows(after).state, "planned")
        after.action_cancel_rest()
        cores = self._create_mailing_to(self.amal, delivery_engine="core")
        trace = self.env["mailing.trace"].create(
            {
                "mass_mailing_id": cores.id,
                "model": "res.partner",
                "res_id": self.amal.id,
                "email": AMAL,
                "trace_status": "sent",
                "sent_datetime": fields.Datetime.now() - timedelta(days=1),
            }
        )
        self._launch(late)
        self.assertEqual((self._rows(late).state, self._rows(late).reason), ("held", "cap"))
        trace.sent_datetime -= timedelta(days=9)
        self.env["crm.outbox"]._release_capped(self.company, late)
        self.assertEqual(self._rows(late).state, "planned")

    def test_the_limit_is_of_a_person(self):
        """Whichever the channel, and also what he gets on his birthday."""
        self.company.write({"cap_messages": 1, "cap_days": 7})
        self.amal.phone = "+962 79 555 0140"
        text = self._create_mailing_to(self.amal, mailing_type="sms", body_plaintext="Come soon")
        self._launch(text)
        self.assertEqual(self._rows(text).state, "planned")
        mailing, greeted = self._create_mailing_to(self.amal), self._create_mailing_to(self.emre)
        rule = self.env["crm.occasion.rule"].search([], limit=1)
        self.env["crm.occasion"].create(
            {
                "rule_id": rule.id,
                "kind": rule.kind,
                "partner_id": self.emre.id,
                "date": fields.Date.today(),
                "state": "sent",
            }
        )
        self._launch(mailing + greeted)
        self.assertEqual(self._results(mailing), {"Amal": "cap"})
        self.assertEqual(self._results(greeted), {"Emre": "cap"})

    def test_what_is_due_later_costs_nothing(self):
        """Workers read what is due, however much waits for tomorrow."""
        busy, waiting = (self._create_mailing_to(self.amal) for _number in range(2))
        self._launch(busy + waiting)
        tomorrow = fields.Datetime.now() + timedelta(days=1)
        self._set_state(self._rows(waiting), "planned", due_at=tomorrow)
        self.env.cr.execute(
            SQL(
                """INSERT INTO crm_outbox (create_date, mailing_id, channel, model, res_id, state,
                          idem_key, due_at, priority)
                   SELECT now(), %s, 'mail', 'later', n, 'planned', 'later' || n, %s, 10
                     FROM generate_series(1, 20000) AS n""",
                busy.id,
                tomorrow,
            )
        )
        self.env.cr.execute("ANALYZE crm_outbox")
        now = fields.Datetime.now()
        live = [number for [number] in self.env.execute_query(claims.make_live_query(now))]
        self.assertIn(busy.id, live)
        self.assertNotIn(waiting.id, live)
        query = claims.make_claim_query("x", [busy.id], now, tomorrow, 200)
        [(found,)] = self.env.execute_query(SQL("EXPLAIN (ANALYZE, FORMAT JSON) %s", query))
        self.assertLess(count_read(found[0]["Plan"]), 50)


def count_read(plan):
    """:return: how many rows the scans of a plan have read"""
    read = 0
    if "Relation Name" in plan:
        rows = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
        read = rows * plan["Actual Loops"]
    return read + sum(count_read(one) for one in plan.get("Plans", ()))
