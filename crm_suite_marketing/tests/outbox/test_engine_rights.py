from datetime import datetime
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import OutboxCommon

LEFT_OUT = ("suppressed", "erased")


@tagged("post_install", "-at_install")
class TestEngineRights(OutboxCommon):
    """Core's job looks for recipients with the rights of the superuser (trap 9)."""

    def test_only_records_that_the_responsible_may_read(self):
        other = self.env["res.company"].create({"name": "Outbox other company"})
        self.amal.company_id = other
        mailing = self._create_mailing_to(self.amal + self.emre)
        self._launch(mailing)
        self.assertEqual(self._results(mailing), {"Emre": "planned"})

    def test_nobody_borrows_the_rights_of_the_responsible(self):
        other = self.env["res.company"].create({"name": "Outbox other company"})
        self.manager.company_ids += other
        self.amal.company_id = other
        mailing = self._create_mailing_to(self.amal + self.emre, user_id=self.manager.id)
        self._launch(mailing)
        self.assertEqual(self._results(mailing), {"Emre": "planned"})

    def test_a_model_that_the_responsible_may_not_read(self):
        lead = self.env["crm.lead"].create({"name": "X", "email_from": "x@lead.example.com"})
        mailing = self._create_mailing_to(lead)
        self._launch(mailing)
        self.assertEqual(mailing.state, "draft")
        self.assertFalse(self._rows(mailing))

    def test_a_field_that_the_responsible_may_not_read(self):
        secret = self.env["res.partner"]._fields["email_normalized"]
        self.patch(secret, "groups", "base.group_system")
        mailing = self._create_mailing_to(self.amal)
        mailing.sudo().mailing_domain = repr([("email_normalized", "!=", False)])
        self._launch(mailing)
        self.assertEqual(mailing.state, "draft")

    def test_what_was_launched_keeps_its_channel(self):
        """Its deliveries are addresses of e-mail: as numbers nobody could send them."""
        mailing = self._create_mailing()
        self._launch(mailing)
        lists = self.env["ir.model"]._get_id("mailing.list")
        for values in ({"mailing_type": "sms"}, {"mailing_model_id": lists}):
            with self.assertRaises(UserError):
                mailing.with_user(self.marketer).write(values)
        mailing.write({"mailing_type": "mail", "mailing_model_id": mailing.mailing_model_id.id})

    def test_nobody_writes_by_hand_who_launched_what(self):
        """Else somebody would launch, say that another one did, and write to whom that one sees."""
        mailing = self._create_mailing()
        mailing.action_launch()
        for values in (
            {"launched_by_id": False},
            {"launched_at": False},
            {"user_id": self.manager.id, "launched_by_id": self.manager.id},
            {"is_paused": True},
            {"pause_reason": "x"},
        ):
            with self.assertRaises(AccessError):
                mailing.write(values)
        Mailing = mailing.browse()
        made = {"subject": "X", "mailing_model_id": mailing.mailing_model_id.id}
        with self.assertRaises(AccessError):
            Mailing.create(made | {"launched_by_id": self.manager.id})
        with self.assertRaises(AccessError):
            Mailing.with_context(default_launched_by_id=self.manager.id).create(made)
        self.assertEqual(mailing.launched_by_id, self.marketer)

    def test_nobody_writes_by_hand_what_was_sent(self):
        """Who drags a mailing to another column tells what is not so; buttons do what they say."""
        mailing = self._create_mailing()
        mailing.state = "draft"
        mailing.action_launch()
        for user in (self.user_marketing, self.manager):
            mine = mailing.with_user(user)
            with self.assertRaisesRegex(AccessError, "Use its buttons"):
                mine.state = "draft"
        mailing.action_cancel()
        self.assertEqual(mailing.state, "draft")
        self._launch(mailing)
        self._set_state(self._rows(mailing, "planned"), "sent")
        mailing.with_user(self.marketer)._close_delivered()
        sent_date = datetime(2026, 1, 5, 9, 30)
        mailing.sudo().sent_date = sent_date
        for values in (
            {"state": "draft"},
            {"state": "sending"},
            {"sent_date": "2026-02-01 00:00:00"},
            {"sent_date": False},
            {"calendar_date": "2026-02-01 00:00:00"},
            {"kpi_mail_required": not mailing.kpi_mail_required},
            {"delivery_engine": "core", "state": "draft"},
        ):
            with self.subTest(values), self.assertRaises(UserError):
                mailing.with_user(self.user_marketing).with_context(suite_button=True).write(values)
        # a form may send what has not changed
        mailing.write({"state": "done", "sent_date": "2026-01-05 09:30:00", "subject": "Corrected"})
        self.assertEqual(mailing.copy().state, "draft")
        # a second launch that finds nobody
        self._launch(mailing)
        self.assertEqual((mailing.state, mailing.sent_date), ("done", sent_date))
        mailing.delivery_engine = "suite"
        cores = self._create_mailing(delivery_engine="core")
        cores.action_launch()
        cores.state = "draft"

    def test_what_was_sent_stays_sent(self):
        mailing = self._create_mailing()
        self._launch(mailing)
        self._set_state(self._rows(mailing, "planned"), "sent")
        mailing.sudo().state = "done"
        user = mailing.with_user(self.marketer)
        user.action_cancel()
        self.assertEqual(mailing.state, "done")
        user.action_put_in_queue()
        with self.assertRaisesRegex(UserError, "stays with the engine"):
            user.delivery_engine = "core"
        user.action_cancel()
        self.assertEqual(mailing.state, "done")
        other = self._create_mailing()
        other.action_put_in_queue()
        other.action_cancel()
        self.assertEqual(other.state, "draft")

    def test_what_has_been_launched_is_not_deleted(self):
        mailing = self._create_mailing()
        self._launch(mailing)
        for user in (self.marketer, self.manager):
            with self.assertRaisesRegex(UserError, "Archive it"):
                mailing.with_user(user).unlink()
        self._create_mailing().unlink()

    def test_what_has_been_launched_enters_no_test(self):
        """A test knows people by another key: one address would get the mailing twice."""
        mailing = self._create_mailing()
        self._launch(mailing)
        campaign = self.env["utm.campaign"].create({"name": "Late test"})
        mailing.campaign_id = campaign
        with self.assertRaisesRegex(UserError, "any more"):
            mailing.ab_testing_enabled = True

    def test_one_that_cannot_be_launched_does_not_stop_the_others(self):
        broken, sound = self._create_mailing(), self._create_mailing()
        (broken + sound).action_launch()
        original = type(broken)._freeze_audience

        def freeze(mailing, *arguments):
            if mailing == broken:
                raise ZeroDivisionError("nobody saw that coming")
            return original(mailing, *arguments)

        with (
            patch.object(type(broken), "_freeze_audience", freeze),
            mute_logger("odoo.addons.crm_suite_marketing.models.outbox.mailing_mailing"),
        ):
            self._run_core_queue()
        self.assertEqual((broken.state, sound.state), ("draft", "sending"))
        self.assertIn("nobody saw that coming", "".join(broken.message_ids.mapped("body")))

    def test_nobody_writes_deliveries_by_hand(self):
        mailing = self._create_mailing()
        self._launch(mailing)
        row = self._rows(mailing)[0]
        for user in (self.marketer, self.manager, self.user_marketing):
            mine = row.with_user(user)
            self.assertTrue(mine.read(["state"]))
            with self.assertRaises(AccessError):
                mine.write({"state": "sent"})
            with self.assertRaises(AccessError):
                mine.unlink()
            with self.assertRaises(AccessError):
                mine.create({"mailing_id": mailing.id, "state": "suppressed"})
        with self.assertRaises(UserError):
            row.sudo().unlink()

    def test_salespeople_see_and_decide_nothing(self):
        mailing = self._create_mailing()
        self._launch(mailing)
        rows = self._rows(mailing).with_user(self.salesperson)
        with self.assertRaises(AccessError):
            rows.read(["identity"])
        for name in ("action_mark_sent", "action_send_again"):
            with self.assertRaises(AccessError):
                getattr(rows, name)()
        for name in ("action_pause", "action_cancel_rest", "action_send_missed"):
            with self.assertRaises(AccessError):
                getattr(mailing.with_user(self.salesperson), name)()

    def test_companies(self):
        other = self.env["res.company"].create({"name": "Outbox other company"})
        self.manager.company_ids += other
        self.amal.company_id = other
        mailing = self._create_mailing_to(self.amal + self.emre, user=self.manager)
        self._launch(mailing)
        theirs = self._rows(mailing).filtered(lambda row: row.res_id == self.amal.id)
        self.assertEqual(theirs.company_id, other)
        seen = self.env["crm.outbox"].with_user(self.marketer)
        self.assertEqual(
            seen.search([("mailing_id", "=", mailing.id)]).mapped("record_name"), ["Emre"]
        )
        self.assertEqual(mailing.with_user(self.marketer).targeted_count, 1)
        lines = mailing.with_user(self.marketer).delivery_summary_ids
        self.assertEqual(sum(lines.mapped("count")), 1)
        # what waits for them keeps the mailing open, whoever looks
        self._set_state(self._rows(mailing) - theirs, "sent")
        mailing.with_user(self.marketer)._close_delivered()
        self.assertEqual(mailing.state, "sending")

    def test_the_form_of_a_mailing_user(self):
        mailing = self._create_mailing(user=self.user_marketing)
        with Form(mailing.with_user(self.user_marketing)) as form:
            form.keeps_quiet_hours = False
        # who sends uncertain messages again decides about doubles
        with self.assertRaises(AccessError):
            mailing.with_user(self.user_marketing).uncertain_policy = "resend"
        self._launch(mailing.with_user(self.user_marketing))
        self.assertEqual(mailing.with_user(self.user_marketing).waiting_count, 3)

    def test_who_is_erased_gets_nothing_and_is_not_named(self):
        """Deliveries hold the address; what has not gone must not go."""
        first, second = self._create_mailing(), self._create_mailing()
        self._launch(first + second)
        of_amal = [("res_id", "=", self.amal.id)]
        sent = self._rows(first).filtered_domain(of_amal)
        waiting = self._rows(second).filtered_domain(of_amal)
        self._set_state(sent, "sent", detail="250 amal@customer.example.com")
        self.consent._erase("amal@customer.example.com", "email", "asked")
        self.assertEqual((sent.state, waiting.state, waiting.reason), ("sent", *LEFT_OUT))
        for row in sent + waiting:
            self.assertNotIn("amal", str(row.read()).lower().replace("'amal'", ""))
