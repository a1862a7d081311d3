from datetime import timedelta

import pytz

from odoo import fields
from odoo.tests import tagged
from odoo.tools import format_datetime

from .common import OutboxCommon


@tagged("post_install", "-at_install")
class TestWaiting(OutboxCommon):
    """Whatever waits says how many, why, and until when, in the time of the reader."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.marketer.company_id
        cls.company.partner_id.tz = "Europe/Berlin"
        cls.marketer.tz = "Asia/Tokyo"
        cls.now = fields.Datetime.now()

    def _make_quiet(self):
        now = pytz.utc.localize(self.now).astimezone(pytz.timezone("Europe/Berlin"))
        self.company.write(
            {
                "quiet_hours": True,
                "quiet_from": float((now.hour - 1) % 24),
                "quiet_until": float((now.hour + 3) % 24),
            }
        )

    def _hold(self, *days):
        """Amal has had messages so many days ago, and the limit is so many in a week.

        :return: a mailing to her after the other that the limit holds
        """
        self.company.write({"cap_messages": len(days), "cap_days": 7})
        got = [self._create_mailing_to(self.amal) for _day in days]
        for mailing, day in zip(got, days, strict=True):
            self._launch(mailing)
            self._set_state(self._rows(mailing), "sent", sent_at=self._in(-day))
        held = [self._create_mailing_to(self.amal) for _number in range(3)]
        for mailing in held:
            self._launch(mailing)
        return held

    def _in(self, days):
        return self.now + timedelta(days=days)

    def _due(self, mailings):
        self.env.invalidate_all()
        return [self._rows(mailing).due_at for mailing in mailings]

    def _run_times(self):
        with self.enter_registry_test_mode():
            self.env.ref("crm_suite_marketing.ir_cron_keep_times").sudo().method_direct_trigger()

    def _read_page(self, mailing):
        page = self.env["crm.campaign.page"].with_user(self.marketer)
        page = page.get_progress(False, mailing.id)
        reasons = page["deliveries"]["reasons"]
        return page["running"], [(one["part"], one["reason"], one["count"]) for one in reasons]

    def test_quiet_hours_say_how_many_wait_and_until_when(self):
        self._make_quiet()
        mailing = self._create_mailing()
        self._launch(mailing)
        rows = self._rows(mailing, "planned")
        self.assertEqual(rows.mapped("reason"), ["quiet"] * 3)
        reader = mailing.with_user(self.marketer)
        until = format_datetime(reader.env, rows[0].due_at, dt_format="short")
        self.assertIn(f"3 wait until {until}", reader.waiting_text)
        self.assertIn(until, rows[0].with_user(self.marketer).waiting_text)
        [running], reasons = self._read_page(mailing)
        self.assertEqual(running["waits"], [reader.waiting_text])
        self.assertIn(("waiting", "quiet", 3), reasons)
        settings = self.env["res.config.settings"].create({"company_id": self.company.id})
        self.assertEqual(settings.quiet_waiting_count, 3)
        reader.action_pause()
        self.env.invalidate_all()
        self.assertNotIn(until, reader.waiting_text)
        self.assertNotIn(until, rows[0].with_user(self.marketer).waiting_text)

    def test_what_waits_for_later_has_no_speed(self):
        mailing = self._create_mailing()
        self._launch(mailing)
        self._set_state(self._rows(mailing, "planned")[0], "sent", sent_at=self.now)
        others = self._rows(mailing, "planned")
        self._set_state(others, "planned", reason="quiet", due_at=self._in(1))
        [running], _reasons = self._read_page(mailing)
        self.assertEqual(running["per_minute"], 0)
        self.assertEqual(running["ends_at"], fields.Datetime.to_string(self._in(1)))

    def test_what_goes_now_has_no_reason_to_wait(self):
        self._make_quiet()
        mailing = self._create_mailing()
        self._launch(mailing)
        rows = self._rows(mailing, "planned")
        # the morning after, before a worker has come to them
        self._set_state(rows[:2], "planned", due_at=self._in(-1))
        _running, reasons = self._read_page(mailing)
        self.assertIn(("waiting", "quiet", 1), reasons)

    def test_when_the_limit_lets_him_have_one_more(self):
        held = self._hold(6, 3)
        self.assertEqual(self._due(held), [self._in(1), self._in(4), self._in(8)])
        row = self._rows(held[0]).with_user(self.marketer)
        self.assertIn("2 in 7 days", row.waiting_text)
        self.assertIn(format_datetime(row.env, self._in(1), dt_format="short"), row.waiting_text)
        self.assertIn("2 in 7 days", held[0].waiting_text)
        self._rows(held[0]).with_user(self.marketer).action_cancel_messages()
        self._run_times()
        self.assertEqual(self._due(held[1:]), [self._in(1), self._in(4)])

    def test_how_long_one_waits_for_those_that_are_planned(self):
        self.company.write({"cap_messages": 1, "cap_days": 7})
        planned, held = (self._create_mailing_to(self.amal) for _number in range(2))
        self._launch(planned)
        self._set_state(self._rows(planned), "planned", due_at=self._in(2))
        self._launch(held)
        self.assertEqual(self._due([held]), [self._in(9)])
        self.company.cap_messages = 2
        self._run_times()
        self.assertEqual(self._rows(held).state, "planned")

    def test_words_cost_no_query_for_each(self):
        held = self._hold(6)
        rows = self.env["crm.outbox"].union(*map(self._rows, held)).with_user(self.marketer)

        def count(some):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some.mapped("waiting_text")
            return self.env.cr.sql_log_count - before

        count(rows)
        self.assertEqual(count(rows), count(rows[:1]))

    def test_before_the_launch_it_says_whom_the_limit_would_hold(self):
        self._hold(6)
        mailing = self._create_mailing()
        self.assertIn("1 of them", mailing.cap_text)
        mailing.keeps_cap = False
        self.assertFalse(mailing.cap_text)
