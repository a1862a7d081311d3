from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import SQL, email_normalize

from odoo.addons.mail.tests.common import mail_new_test_user

from ..sending.test_sending import SendingCommon
from .common import ActionCommon


@tagged("post_install", "-at_install")
class TestMessages(ActionCommon, SendingCommon):
    def _live(self, *args, **settings):
        node = self._make_message(*args, **settings)
        self._go_live(node.journey_id)
        return node

    def _reasons(self, node):
        return {row.res_id: row.reason or row.state for row in self._rows(node.mailing_id)}

    def test_the_message_is_written_in_the_form_of_the_node(self):
        node = self._make_node("mail", journey={"purpose_id": self.news.id})
        action = node.action_write_message()
        mailing = node.mailing_id
        self.assertEqual((action["res_model"], action["res_id"]), ("mailing.mailing", mailing.id))
        self.assertEqual(mailing.journey_id, node.journey_id)
        self.assertEqual(mailing.mailing_model_real, "res.partner")
        self.assertEqual(mailing.purpose_id, self.news)
        self.assertEqual(mailing.user_id, self.marketer)
        self.assertEqual(mailing.state, "draft")
        with Form(mailing) as form:
            form.subject = "Welcome [[name]]"
        self.assertEqual(node.mailing_subject, "Welcome [[name]]")
        node.action_write_message()
        self.assertEqual(node.mailing_id, mailing, "there is one")

    def test_everybody_at_the_node_gets_it_once(self):
        node = self._live()
        steps = self._stand(node, self.amal + self.emre)
        self.assertFalse(self._act(node, steps), "all of them go on")
        mails = self._work()
        self.assertEqual(set(mails), {"amal@customer.example.com", "emre@customer.example.com"})
        self.assertEqual(mails["amal@customer.example.com"]["subject"], "Step Amal")
        self.assertIn("Hello Amal", mails["amal@customer.example.com"]["body"])
        self.assertEqual(set(self._rows(node.mailing_id).mapped("state")), {"sent"})
        self.assertEqual(node.mailing_id.state, "sending", "others come later")
        self.assertFalse(self._act(node, steps), "the engine was killed before it noted the end")
        self.assertFalse(self._work())
        self.assertEqual(len(self._rows(node.mailing_id)), 2)

    def test_the_step_knows_its_delivery(self):
        node = self._live()
        [step] = self._stand(node, self.amal)
        outcome = node.with_user(self.marketer)._run_mail([step])[step["id"]]
        row = self._rows(node.mailing_id)
        self.assertEqual(outcome.outbox_id, row.id)
        self.assertEqual(row.journey_step_id.id, step["id"])
        self.assertEqual(row.trace_id.mass_mailing_id, node.mailing_id)

    def test_a_second_pass_gets_a_second_message(self):
        node = self._live()
        self._pass(node, self.amal)
        self.assertTrue(self._work())
        self._pass(node, self.amal, pass_number=2)
        self.assertEqual(set(self._work()), {"amal@customer.example.com"})
        self.assertEqual(len(self._rows(node.mailing_id, "sent")), 2)
        self.assertEqual(node.message_sent_count, 2)

    def test_a_second_passage_gets_a_second_message(self):
        node = self._live()
        self._pass(node, self.amal)
        participant = self.env["crm.journey.participant"].search(
            [("journey_id", "=", node.journey_id.id)]
        )
        self._work()
        participant.step_ids.state = "done"
        participant.write({"state": "done", "rotation": 1})
        self.env.flush_all()
        steps = self._stand(node, self.amal, rotation=2)
        self._act(node, steps)
        self.assertEqual(set(self._work()), {"amal@customer.example.com"})

    def test_who_is_refused_goes_on_with_the_reason(self):
        self.say("emre@customer.example.com", "withdrawn", self.news)
        node = self._live(journey={"purpose_id": self.news.id})
        records = self.amal + self.celine + self.dalia + self.emre
        outcomes = self._pass(node, records)
        self.assertEqual(
            {number: (one.state, one.reason, one.port) for number, one in outcomes.items()},
            {
                self.celine.id: ("skipped", "blacklist", "next"),
                self.dalia.id: ("skipped", "missing", "next"),
                self.emre.id: ("skipped", "withdrawn", "next"),
            },
        )
        self.assertEqual(outcomes[self.dalia.id].detail, "No Address")
        self.assertEqual(set(self._work()), {"amal@customer.example.com"})
        self._assert_traces(node)

    def _assert_traces(self, node):
        traces = self.env["mailing.trace"].search([("mass_mailing_id", "=", node.mailing_id.id)])
        self.assertEqual(len(traces), len(self._rows(node.mailing_id)))

    def test_a_purpose_that_needs_agreement(self):
        node = self._live(journey={"purpose_id": self.offers.id})
        self.say("amal@customer.example.com", "granted", self.offers)
        outcomes = self._pass(node, self.amal + self.emre)
        self.assertEqual(outcomes[self.emre.id].reason, "no_consent")
        self.assertEqual(set(self._work()), {"amal@customer.example.com"})

    def test_two_contacts_of_one_address_get_one(self):
        node = self._live()
        outcomes = self._pass(node, self.basil + self.assistant)
        self.assertEqual({one.reason for one in outcomes.values()}, {"duplicate"})
        self.assertEqual(len(outcomes), 1)
        self.assertEqual(set(self._work()), {"basil@customer.example.com"})

    def test_two_contacts_of_one_address_who_come_one_after_the_other(self):
        node = self._live()
        self.assertFalse(self._pass(node, self.basil))
        self.assertEqual(self._pass(node, self.assistant)[self.assistant.id].reason, "duplicate")

    def test_two_leads_of_a_customer_get_two(self):
        self._grant(self.marketer, "sales_team.group_sale_salesman_all_leads")
        node = self._live(model="crm.lead", text="<p>Hello</p>", values={"subject": "Hello"})
        leads = self._make_leads(self.amal, self.amal)
        self.assertFalse(self._pass(node, leads))
        with self.mock_mail_gateway():
            self.env["crm.outbox"]._cron_send()
        self.assertEqual(
            [email_normalize(mail["email_to"][0]) for mail in self._mails],
            ["amal@customer.example.com"] * 2,
        )

    def test_whom_the_responsible_may_not_read(self):
        self._grant(self.marketer, "sales_team.group_sale_salesman")
        node = self._live(model="crm.lead", text="<p>Hello</p>", values={"subject": "Hello"})
        [foreign] = self._make_leads(self.amal, user_id=self.salesperson.id)
        self.assertEqual(self._pass(node, foreign)[foreign.id].reason, "gone")
        self.assertFalse(self._work())

    def test_archived_and_deleted_records_go_on_without(self):
        node = self._live()
        steps = self._stand(node, self.amal + self.faris)
        self.amal.active = False
        self.faris.unlink()
        self.assertEqual(
            {one.reason for one in self._act(node, steps).values()},
            {"gone"},
        )
        self.assertFalse(self._rows(node.mailing_id))

    def test_a_record_deleted_between_planning_and_sending(self):
        node = self._live()
        self._pass(node, self.faris)
        self.faris.unlink()
        self.assertFalse(self._work())
        self.assertEqual(self._rows(node.mailing_id).reason, "gone")

    def test_who_unsubscribes_between_planning_and_sending(self):
        node = self._live(journey={"purpose_id": self.news.id})
        self._pass(node, self.amal)
        self.say("amal@customer.example.com", "withdrawn", self.news)
        self.assertFalse(self._work())
        self.assertEqual(self._rows(node.mailing_id).reason, "withdrawn")

    def test_who_has_left_the_journey_gets_nothing_more(self):
        node = self._live()
        [step] = self._stand(node, self.amal)
        self._act(node, [step])
        participant = self.env["crm.journey.participant"].browse(step["participant_id"])
        participant.write({"state": "left", "exit_reason": "goal"})
        self.assertFalse(self._work())
        self.assertEqual(self._rows(node.mailing_id).reason, "left")

    def test_a_message_that_waited_too_long_does_not_go(self):
        node = self._live(expiry_amount=2, expiry_unit="days")
        [late] = self._stand(node, self.amal)
        self.env["crm.journey.step"].browse(late["id"]).entered_at -= timedelta(days=3)
        fresh = self._stand(node, self.emre)
        self._act(node, [late, *fresh])
        self.assertEqual(set(self._work()), {"emre@customer.example.com"})
        self.assertEqual(self._reasons(node)[self.amal.id], "expired")

    def test_quiet_hours_of_the_company_of_the_journey(self):
        company = self.env.company
        company.write({"quiet_hours": True, "quiet_from": 0.0, "quiet_until": 23.99})
        node = self._live()
        self._pass(node, self.amal)
        self.assertFalse(self._work())
        row = self._rows(node.mailing_id)
        self.assertEqual((row.state, row.reason), ("planned", "quiet"))
        self.assertGreater(row.due_at, fields.Datetime.now())

    def test_a_journey_that_keeps_no_quiet_hours(self):
        self.env.company.write({"quiet_hours": True, "quiet_from": 0.0, "quiet_until": 23.99})
        node = self._live(journey={"keeps_quiet_hours": False})
        self._pass(node, self.amal)
        self.assertTrue(self._work())

    def test_the_limit_of_messages_holds_him_and_lets_him_go_on(self):
        self.env.company.write({"cap_messages": 1, "cap_days": 7})
        node = self._live()
        self._pass(node, self.amal)
        self._work()
        self.assertFalse(self._pass(node, self.amal, pass_number=2), "he goes on")
        self.assertFalse(self._work())
        self.assertEqual(self._rows(node.mailing_id, "held").reason, "cap")

    def test_opens_count_for_the_node(self):
        node = self._live()
        self._pass(node, self.amal)
        self._work()
        self._rows(node.mailing_id).trace_id.set_opened()
        node.invalidate_recordset()
        self.assertEqual(node.message_opened_count, 1)

    def test_the_queue_of_core_leaves_it_alone(self):
        node = self._live()
        self._run_core_queue()
        self.assertEqual(node.mailing_id.state, "sending")
        self.env.flush_all()
        self.assertNotIn(node.mailing_id, self._find_due())
        self._pass(node, self.amal)
        self.assertTrue(self._work())

    def _find_due(self):
        Mailing = self.env["mailing.mailing"]
        return Mailing.search(Mailing._get_due_domain())

    def test_nobody_launches_it_by_hand(self):
        for node in (self._make_message(), self._live()):
            mailing = node.mailing_id.with_user(self.marketer)
            doors = (
                "action_put_in_queue",
                "action_launch",
                "action_send_mail",
                "action_send_missed",
                "action_retry_failed",
                "action_cancel",
            )
            for name in doors:
                if name == "action_retry_failed" and not mailing.launched_at:
                    continue
                with self.subTest(name), self.assertRaises(UserError):
                    getattr(mailing, name)()
            with self.assertRaises(UserError):
                mailing.state = "in_queue"
            self.assertFalse(self._rows(mailing))

    def test_its_recipients_are_the_journeys(self):
        mailing = self._make_message().mailing_id
        for values in (
            {"mailing_model_id": self.env["ir.model"]._get_id("crm.lead")},
            {"mailing_domain": "[('id', '>', 0)]", "segment_id": self.segment.id},
            {"segment_id": self.segment.id},
            {"mailing_type": "sms"},
            {"active": False},
            {"ab_testing_enabled": True},
            {"journey_id": False},
            {"delivery_engine": "core"},
        ):
            with self.subTest(str(values)), self.assertRaises(UserError):
                mailing.write(values)

    def test_who_may_not_change_the_journey_does_not_change_its_message(self):
        mailing = self._make_message().mailing_id
        mailer = mail_new_test_user(
            self.env,
            login="mailer",
            groups="base.group_user,mass_mailing.group_mass_mailing_user",
        )
        with self.assertRaises(AccessError):
            mailing.with_user(mailer).subject = "Other"
        other = self.env["res.company"].create({"name": "Other"})
        stranger = mail_new_test_user(
            self.env,
            login="stranger",
            groups="base.group_user,crm_suite_marketing.group_marketing_user",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        with self.assertRaises(AccessError):
            mailing.with_user(stranger).subject = "Other"
        mailing.with_user(self.other_marketer).subject = "A colleague's"

    def test_what_was_launched_stays_as_it_was(self):
        node = self._live()
        mailing = node.mailing_id.with_user(self.marketer)
        for values in ({"subject": "Other"}, {"body_html": "<p>Other</p>"}, {"preview": "Other"}):
            with self.subTest(str(values)), self.assertRaises(UserError):
                mailing.write(values)
        mailing.write({"subject": mailing.subject, "uncertain_policy": "leave"})

    def test_it_cannot_be_deleted_or_made_by_hand(self):
        node = self._make_message()
        with self.assertRaises(UserError):
            node.mailing_id.unlink()
        with self.assertRaises(UserError):
            self._create_mailing(journey_id=node.journey_id.id)
        with self.assertRaises(UserError):
            node.mailing_id = False

    def test_a_deleted_node_takes_its_message_along(self):
        node = self._make_message()
        mailing = node.mailing_id
        node.unlink()
        self.assertFalse(mailing.exists())

    def test_a_deleted_journey_takes_its_messages_along(self):
        node = self._make_message()
        mailing = node.mailing_id
        node.journey_id.unlink()
        self.assertFalse(mailing.exists())

    def test_a_node_that_becomes_another_loses_its_message(self):
        node = self._make_message()
        mailing = node.mailing_id
        node.kind = "wait"
        self.assertFalse(node.mailing_id)
        self.assertFalse(mailing.exists())

    def test_a_copied_node_has_a_message_of_its_own(self):
        node = self._make_message()
        twin = node.copy({"uid": "twin"})
        self.assertTrue(twin.mailing_id)
        self.assertNotEqual(twin.mailing_id, node.mailing_id)
        self.assertEqual(twin.mailing_id.subject, node.mailing_id.subject)
        self.assertEqual(twin.mailing_id.body_html, node.mailing_id.body_html)
        self.assertEqual(twin.mailing_id.journey_id, node.journey_id)

    def test_what_it_says_travels_as_plain_data(self):
        content = self._make_message()._export_message()
        self.assertEqual(content["subject"], "Step [[name]]")
        other = self._make_node("mail")
        self.assertEqual(other._export_message(), {})
        other._import_message(content | {"user_id": 1, "state": "done"})
        self.assertEqual(other._export_message(), content)
        self.assertEqual(other.mailing_id.state, "draft")
        self.assertEqual(other.mailing_id.user_id, self.marketer)

    def test_when_it_is_delivered_travels_along(self):
        node, other = self._make_message(), self._make_node("mail")
        node.mailing_id.at_usual_hour = True
        other._import_message(node._export_message())
        self.assertTrue(other.mailing_id.at_usual_hour)

    def test_the_copy_of_a_message_that_goes_is_a_draft(self):
        node = self._live()
        copied = node.with_user(self.marketer).mailing_id.copy()
        self.assertEqual(copied.state, "draft")
        self.assertFalse(copied.journey_id, "an ordinary mailing")
        self.assertFalse(copied.launched_at)

    def test_messages_pause_with_their_journey(self):
        node = self._live()
        self._pass(node, self.amal)
        node.journey_id.sudo().state = "paused"
        self.assertTrue(node.mailing_id.is_paused)
        self.assertFalse(self._work())
        node.journey_id.sudo().state = "running"
        self.assertFalse(node.mailing_id.is_paused)
        self.assertEqual(set(self._work()), {"amal@customer.example.com"})

    def test_what_was_due_in_a_pause_can_be_skipped(self):
        node = self._live()
        self._pass(node, self.amal)
        journey = node.journey_id.sudo()
        journey.state = "paused"
        journey.with_context(journey_overdue="skip").state = "running"
        self.assertFalse(self._work())
        self.assertEqual(self._rows(node.mailing_id).reason, "skipped")

    def test_a_message_stopped_by_a_breaker_stays_so_and_tells_the_journey(self):
        node = self._live()
        journey, mailing = node.journey_id.sudo(), node.mailing_id.sudo()
        mailing._pause("Too many bounced.")
        self.assertIn("Too many bounced.", journey.message_ids[0].body)
        self.assertEqual(journey.message_ids[0].partner_ids, self.marketer.partner_id)
        journey.state = "paused"
        journey.state = "running"
        self.assertTrue(mailing.is_paused)

    def test_a_stopped_journey_sends_nothing_more(self):
        node = self._live()
        self._pass(node, self.amal)
        node.journey_id.sudo().state = "stopped"
        self.assertFalse(self._work())
        self.assertEqual(node.mailing_id.state, "done")
        self.assertEqual(self._rows(node.mailing_id).reason, "left")

    def test_lists_of_mailings_do_not_show_it_at_first(self):
        node = self._live()
        self._create_mailing()
        for action in ("mass_mailing.mailing_mailing_action_mail",):
            context = self.env.ref(action).context
            self.assertIn("search_default_filter_no_journey", context)
        arch = self.env["mailing.mailing"].get_view(view_type="search")["arch"]
        self.assertIn('name="filter_no_journey"', arch)
        self.assertIn(node.mailing_id, node.mailing_id.search([("journey_id", "!=", False)]))

    def test_text_messages(self):
        node = self._live("sms", "Hello [[name]]")
        outcomes = self._pass(node, self.amal + self.celine + self.dalia)
        self.assertEqual(
            {number: one.reason for number, one in outcomes.items()},
            {self.celine.id: "blacklist", self.dalia.id: "missing"},
        )
        row = self._rows(node.mailing_id, "planned")
        self.assertEqual((row.channel, row.address), ("sms", "+32456000001"))

    def test_webhooks_go_through_the_outbox(self):
        hook = self.env["crm.webhook"].create(
            {"name": "Messenger", "url": "https://hooks.example.com/x"}
        )
        node = self._live("webhook", "Hello [[name]]", {"webhook_id": hook.id})
        self.assertFalse(self._pass(node, self.amal))
        row = self._rows(node.mailing_id)
        self.assertEqual((row.channel, row.state), ("webhook", "planned"))
        messages = node.mailing_id._render_own_messages(self.amal)
        self.assertEqual(messages[self.amal.id]["text"], "Hello Amal")
        payload = node.mailing_id._make_webhook_payload("campaign.messages", [])
        self.assertEqual(payload["journey"], "Test")

    def test_one_statement_however_many(self):
        node = self._live()
        many = self.env["res.partner"].create(
            [{"name": f"P{n}", "email": f"p{n}@many.example.com"} for n in range(60)]
        )
        few, rest = self._stand(node, many[:5]), self._stand(node, many[5:])
        self._act(node, self._stand(node, self.amal))
        self.env.invalidate_all()
        start = self.cr.sql_log_count
        self._act(node, few)
        small = self.cr.sql_log_count - start
        self.env.invalidate_all()
        start = self.cr.sql_log_count
        self._act(node, rest)
        self.assertLessEqual(self.cr.sql_log_count - start, small + 3)
        self.env.cr.execute(
            SQL("SELECT count(*) FROM crm_outbox WHERE mailing_id = %s", node.mailing_id.id)
        )
        self.assertEqual(self.env.cr.fetchone()[0], 61)
