import base64
from datetime import timedelta
from unittest.mock import patch

import psycopg2.errors

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ...lib.mail_journey import MailJourney
from .common import QuarantineCommon
from .corpus import PNG

INTAKE = "odoo.addons.crm_suite_helpdesk.models.intake.crm_ticket"


@tagged("post_install", "-at_install")
class TestQuarantine(QuarantineCommon):
    """What cannot be delivered is kept, seen, and delivered later."""

    def letter(self, name="one", subject="Help", body="text", **headers):
        lines = {
            "From": "Nour <nour@people.example.org>",
            "To": self.address,
            "Subject": subject,
            "Message-Id": f"<{name}@quarantine.example.org>",
            **{key.replace("_", "-"): value for key, value in headers.items()},
        }
        head = "\r\n".join(f"{key}: {value}" for key, value in lines.items() if value)
        return f"{head}\r\n\r\n{body}".encode()

    def keep(self, name="one", **options):
        """A mail in quarantine because of a passing trouble."""
        raw = self.letter(name, **options)
        with self.broken():
            row = self.process(raw)
        self.assertEqual(row._name, "crm.mail.quarantine")
        return row

    def as_manager(self, row):
        return row.with_user(self.manager)

    # ------------------------------------------------------------------ what is kept

    def test_an_error_keeps_the_mail(self):
        row = self.keep(subject="=?utf-8?B?2YXYsdit2KjYpw==?=")
        self.assertEqual(row.reason, "error")
        self.assertEqual(row.state, "waiting")
        self.assertEqual(row.name, "مرحبا")
        self.assertIn("nour@people.example.org", row.email_from)
        self.assertIn(self.address, row.email_to)
        self.assertEqual(row.team_id, self.team)
        self.assertEqual(row.company_id, self.company)
        self.assertIn("ZeroDivisionError", row.error)
        self.assertTrue(row.is_helpdesk)
        self.assertFalse(self.env["crm.ticket"].search([("email_from", "ilike", "nour@people")]))

    def test_an_error_in_what_follows_leaves_no_half_of_a_ticket(self):
        raw = self.letter()
        before = self.env["crm.ticket"].search_count([])
        with patch.object(
            self.registry["crm.ticket"], "_message_post_after_hook", side_effect=KeyError("x")
        ):
            row = self.process(raw)
        self.assertEqual(row.reason, "error")
        self.assertEqual(self.env["crm.ticket"].search_count([]), before)

    def test_once_however_often_it_comes(self):
        row = self.keep()
        self.assertEqual(self.keep(), row)

    def test_a_mail_that_came_again_and_got_through_is_no_second_ticket(self):
        row = self.keep()
        self.process(self.letter())
        self.as_manager(row).action_retry()
        self.assertEqual(row.state, "done")
        self.assertEqual(
            self.env["crm.ticket"].search_count([("email_normalized", "ilike", "nour@people")]), 1
        )

    def test_nobody_has_this_address(self):
        raw = self.letter(To="nobody@elsewhere.example.net")
        row = self.process(raw, model=None)
        self.assertEqual((row.reason, row.state), ("no_route", "waiting"))
        self.assertFalse(row.is_helpdesk)

    def test_another_mail_of_the_same_name_is_not_swallowed(self):
        """Core drops what has a Message-Id that is known."""
        self.process(self.letter("same", body="The one"))
        raw = self.letter("same", body="Something quite different", From="eve@evil.example.org")
        row = self.process(raw)
        self.assertEqual((row.reason, row.state), ("duplicate", "aside"))
        self.as_manager(row).action_retry()
        ticket = self.env["crm.ticket"].browse(row.res_id)
        self.assertIn("Something quite different", ticket.description)

    def test_the_same_mail_in_two_mailboxes_is_one(self):
        raw = self.letter("twice")
        self.process(raw)
        self.env["mail.thread"].message_process(
            "crm.ticket", b"Delivered-To: info@example.com\r\n" + raw
        )
        self.assertFalse(self.env["crm.mail.quarantine"].search([]))

    def test_a_conflict_is_tried_again_by_whoever_gave_the_mail(self):
        with (
            self.broken(error=psycopg2.errors.SerializationFailure("later")),
            self.assertRaises(psycopg2.errors.SerializationFailure),
        ):
            self.env["mail.thread"].message_process("crm.ticket", self.letter())

    def test_who_waits_is_not_told_that_his_mail_was_lost(self):
        with patch.object(self.registry["mail.thread"], "_routing_create_bounce_email") as bounce:
            self.keep()
        bounce.assert_not_called()

    def test_a_flood_is_kept(self):
        """Core drops what comes too often, and answers each of it."""
        self.env["ir.config_parameter"].set_param("mail.gateway.loop.threshold", "3")
        with patch.object(self.registry["mail.thread"], "_routing_create_bounce_email") as bounce:
            found = [self.process(self.letter(f"flood{n}")) for n in range(120)]
        self.assertTrue(all(found), "none is lost")
        kept = [one for one in found if one._name == "crm.mail.quarantine"]
        self.assertTrue(kept)
        self.assertEqual({row.reason for row in kept}, {"loop"})
        bounce.assert_not_called()
        self.as_manager(kept[0]).action_retry()
        self.assertEqual(kept[0].state, "done", "a person may let it in")

    # ------------------------------------------------------------------ limits

    def attach(self, *sizes):
        parts = "".join(
            f"--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=f{n}.txt"
            f"\r\n\r\n{'x' * size}\r\n"
            for n, size in enumerate(sizes)
        )
        text = "--b\r\nContent-Type: text/plain\r\n\r\nsee the files\r\n"
        return {"body": f"{text}{parts}--b--", "Content_Type": 'multipart/mixed; boundary="b"'}

    def limit(self, name, value):
        self.env["ir.config_parameter"].set_param(f"crm_suite_helpdesk.{name}", str(value))

    def test_too_many_files(self):
        self.limit("mail_files", 2)
        raw = self.letter(**self.attach(10, 10, 10))
        message = self.process(raw)
        self.assertEqual(message.attachment_ids.mapped("name"), ["f0.txt", "f1.txt"])
        self.assertCut(message, raw, "f2.txt")

    def test_too_large_files(self):
        self.limit("mail_size_mb", 1)
        raw = self.letter(**self.attach(10, 2**20 + 1, 10))
        message = self.process(raw)
        self.assertEqual(message.attachment_ids.mapped("name"), ["f0.txt", "f2.txt"])
        self.assertCut(message, raw, "f1.txt")

    def test_too_many_files_of_a_ticket(self):
        self.limit("ticket_files", 3)
        ticket = self.mail()
        self.reply(ticket)
        parent = ticket.message_ids.filtered(ticket._is_public_message)[:1].message_id
        for name in ("a", "b"):
            raw = self.letter(
                name,
                From=self.customer.email,
                In_Reply_To=parent,
                **self.attach(1, 1),
            )
            message = self.process(raw)
        self.assertEqual(message.res_id, ticket.id)
        self.assertEqual(len(message.attachment_ids), 1)
        self.assertCut(message, raw, "f1.txt")

    def test_no_limit(self):
        self.limit("mail_files", 0)
        message = self.process(self.letter(**self.attach(*([1] * 60))))
        self.assertEqual(len(message.attachment_ids), 60)

    def assertCut(self, message, raw, name):
        ticket = self.env["crm.ticket"].browse(message.res_id)
        row = self.quarantined(raw)
        self.assertEqual((row.reason, row.state, row.res_id), ("cut", "done", ticket.id))
        note = ticket.message_ids.filtered(lambda m: name in m.body)
        self.assertEqual(len(note), 1)
        self.assertTrue(note.subtype_id.internal, "the customer is not told")

    def test_customers_put_nothing_into_the_quarantine_by_remote_call(self):
        gateway = self.env["mail.thread"].with_user(self.customer_user)
        with self.assertRaises(AccessError):
            gateway.message_process("crm.ticket", self.letter("flood").decode())
        self.assertFalse(self.quarantined(self.letter("flood")))

    def test_images_in_the_text_become_files(self):
        pixel = base64.b64encode(PNG).decode()
        raw = self.letter(
            body=f'<p>look</p><img src="data:image/png;base64,{pixel}"/>', Content_Type="text/html"
        )
        message = self.process(raw)
        self.assertEqual(len(message.attachment_ids), 1)
        ticket = self.env["crm.ticket"].browse(message.res_id)
        self.assertNotIn("base64", message.body + ticket.description)
        self.assertIn("/web/image/", message.body)

    def test_pictures_of_other_servers_wait_for_a_click(self):
        """They would tell who reads the mail, and when."""
        picture = '<img src="https://spy.example.org/p.png?to=support" alt="Our box"/>'
        raw = self.letter(body=f"<p>look</p>{picture}", Content_Type="text/html")
        message = self.process(raw)
        ticket = self.env["crm.ticket"].browse(message.res_id)
        for text in (message.body, ticket.description):
            self.assertNotIn("<img", text)
            self.assertIn('<a href="https://spy.example.org/p.png?to=support"', text)
            self.assertIn("Our box", text)
        self.process(raw)
        self.assertFalse(self.quarantined(raw), "it is known when it comes again")

    def test_a_text_without_end(self):
        raw = self.letter(body="<p>word <b>word</b></p>" * 50_000, Content_Type="text/html")
        message = self.process(raw)
        self.assertLess(len(message.body), 700_000)
        self.assertEqual(message.attachment_ids.mapped("name"), ["text1.html"])

    def test_thousands_of_recipients(self):
        others = ", ".join(f"p{n}@people.example.org" for n in range(20_000))
        message = self.process(self.letter(To=f"{others}, {self.address}"), model=None)
        self.assertEqual(self.env["crm.ticket"].browse(message.res_id).team_id, self.team)

    # ------------------------------------------------------------------ what people do

    def test_try_again(self):
        row = self.keep()
        action = self.as_manager(row).action_retry()
        self.assertEqual(row.state, "done")
        self.assertEqual(row.settled_by_id, self.manager)
        ticket = self.env["crm.ticket"].browse(row.res_id)
        self.assertEqual((ticket.team_id, ticket.name), (self.team, "Help"))
        self.assertEqual(ticket.channel, "email")
        self.assertEqual((action["res_model"], action["res_id"]), ("crm.ticket", ticket.id))
        with self.assertRaises(UserError):
            self.as_manager(row).action_retry()

    def test_an_answer_finds_its_ticket_later(self):
        ticket = self.mail()
        self.reply(ticket)
        self.move(ticket, "waiting_customer")
        parent = ticket.message_ids.filtered(ticket._is_public_message)[:1].message_id
        raw = self.letter(From=self.customer.email, In_Reply_To=parent)
        with patch.object(self.registry["crm.ticket"], "message_update", side_effect=KeyError("x")):
            row = self.process(raw)
        self.as_manager(row).action_retry()
        self.assertEqual(row.res_id, ticket.id)
        self.assertEqual(ticket.stage_type, "open")

    def test_trying_in_vain(self):
        row = self.keep()
        with self.broken():
            action = self.as_manager(row).action_retry()
        self.assertEqual((row.state, row.attempts), ("waiting", 1))
        self.assertEqual(action["params"]["type"], "warning")
        self.assertTrue(row.tried_at)

    def test_many_at_once(self):
        rows = self.keep("one") | self.keep("two")
        action = self.as_manager(rows).action_retry()
        self.assertEqual(set(rows.mapped("state")), {"done"})
        self.assertEqual(action["params"]["type"], "success")

    def test_choose_who_gets_it(self):
        row = self.process(self.letter(To="nobody@elsewhere.example.net"), model=None)
        administrator = new_test_user(
            self.env, "q_admin", "base.group_system,crm_suite_helpdesk.group_manager"
        )
        other = self.env["crm.ticket.team"].create({"name": "Others"})
        mine = row.with_user(administrator)
        mine.team_id = other
        mine.action_retry()
        self.assertEqual(self.env["crm.ticket"].browse(row.res_id).team_id, other)

    def test_a_ticket_of_what_nobody_can_read(self):
        row = self.keep()
        parse = "_message_parse_extract_payload_postprocess"
        with patch.object(
            self.registry["mail.thread"], parse, side_effect=[KeyError("x")] * 2 + [None] * 3
        ):
            self.as_manager(row).action_retry()
        self.assertEqual(row.state, "waiting")
        self.as_manager(row).action_make_ticket()
        ticket = self.env["crm.ticket"].browse(row.res_id)
        self.assertEqual((ticket.name, ticket.team_id), ("Help", self.team))
        files = ticket.message_ids.attachment_ids
        self.assertEqual(files.raw, self.letter())

    def test_dismiss(self):
        row = self.keep()
        self.as_manager(row).action_dismiss()
        self.assertEqual((row.state, row.settled_by_id), ("dismissed", self.manager))
        self.as_manager(row).action_retry()
        self.assertEqual(row.state, "done", "it may be taken back")

    # ------------------------------------------------------------------ rights

    def test_who_may(self):
        row = self.keep()
        for user in (self.agent, self.employee, self.customer_user):
            for act in ("read", "action_retry", "action_dismiss", "action_make_ticket"):
                with self.assertRaises(AccessError):
                    getattr(row.with_user(user), act)()
        for values in ({"state": "done"}, {"error": ""}, {"original": b""}, {"is_helpdesk": True}):
            with self.assertRaises(AccessError):
                self.as_manager(row).write(values)
        with self.assertRaises(AccessError):
            self.as_manager(row).unlink()
        with self.assertRaises(AccessError):
            self.as_manager(row).create({"reason": "error", "digest": "x"})

    def test_mails_to_others_are_shown_to_administrators_only(self):
        row = self.process(self.letter(To="jobs@elsewhere.example.net"), model=None)
        with self.assertRaises(AccessError):
            self.as_manager(row).read(["original"])
        administrator = new_test_user(self.env, "q_admin", "base.group_system")
        self.assertTrue(row.with_user(administrator).original)

    def test_another_company_sees_nothing(self):
        row = self.keep()
        company = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "q_other",
            "crm_suite_helpdesk.group_manager",
            company_id=company.id,
            company_ids=[fields.Command.set(company.ids)],
        )
        with self.assertRaises(AccessError):
            row.with_user(stranger).read(["name"])

    def test_a_journey_cannot_be_sent(self):
        """Who calls from outside cannot say that he is the gateway."""
        thread = self.env["mail.thread"].with_context(
            crm_mail_journey={"is_retry": True}, crm_fetch_watch=True
        )
        with self.broken():
            self.assertFalse(thread.message_process("crm.ticket", self.letter()))
        self.assertTrue(self.quarantined(self.letter()))

    # ------------------------------------------------------------------ alert

    def alerts(self):
        return self.env["mail.message"].search([("subject", "ilike", "Mails in quarantine")])

    def alert(self):
        self.run_cron("crm.mail.quarantine", "_cron_alert")

    def test_managers_are_told_soon_and_then_daily(self):
        before = self.alerts()
        self.keep("one")
        self.alert()
        told = self.alerts() - before
        self.assertIn(self.manager.partner_id, told.partner_ids)
        self.assertNotIn(self.agent.partner_id, told.partner_ids)
        self.assertIn("nour@people.example.org", "".join(told.mapped("body")))
        self.keep("two")
        self.alert()
        self.assertEqual(self.alerts() - before, told, "not for each mail")
        self.travel(hours=2)
        self.alert()
        second = self.alerts() - before - told
        self.assertTrue(second)
        self.travel(hours=2)
        self.alert()
        self.assertEqual(self.alerts() - before - told, second)
        self.travel(hours=25)
        self.alert()
        self.assertGreater(len(self.alerts() - before - told), len(second), "still waiting")

    def test_nobody_is_told_of_machines(self):
        before = self.alerts()
        raw = self.letter(
            From="MAILER-DAEMON@people.example.org", Content_Type="multipart/report; boundary=b"
        )
        self.process(raw)
        self.alert()
        self.assertEqual(self.alerts(), before)

    def test_the_desk_counts_them(self):
        def count(user):
            desk = self.env["crm.ticket.desk"].with_user(user).get_desk()
            return {c["key"]: c["count"] for c in desk["counters"]}.get("quarantine")

        self.assertIsNone(count(self.manager), "a quiet desk")
        self.keep()
        self.assertEqual(count(self.manager), 1)
        self.assertIsNone(count(self.agent))

    # ------------------------------------------------------------------ upkeep

    def test_what_is_settled_is_deleted_and_what_waits_is_not(self):
        waiting, settled = self.keep("one"), self.keep("two")
        self.as_manager(settled).action_dismiss()
        (waiting | settled).date = fields.Datetime.now() - timedelta(days=400)
        self.env["crm.mail.quarantine"]._gc_quarantine()
        self.assertEqual((waiting | settled).exists(), waiting)

    def test_a_journey_knows_where_it_leads(self):
        journey = MailJourney(b"x", "crm.ticket")
        self.assertTrue(journey.leads_to("crm.ticket"))
        journey.routes = [("crm.lead", 0, {}, 1, None)]
        self.assertFalse(journey.leads_to("crm.ticket"))

    def test_a_good_mail_costs_two_queries(self):
        """The savepoint; where mails are fetched, not even that."""
        thread = self.env["mail.thread"]

        def count(name, **context):
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            thread.with_context(**context).message_process("crm.ticket", self.letter(name))
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        count("warm")
        ours = count("ours")
        without = count("core", crm_mail_journey=MailJourney(b""))
        self.assertLessEqual(ours - without, 2)


@tagged("post_install", "-at_install")
class TestMinimalTicket(QuarantineCommon):
    def test_a_ticket_that_cannot_be_made_whole_is_made_all_the_same(self):
        raw = b"From: a@people.example.org\r\nTo: %s\r\nMessage-Id: <min@x>\r\n\r\nx"
        with (
            patch.object(self.registry["crm.ticket"], "_link_to_source", side_effect=KeyError),
            mute_logger(INTAKE),
        ):
            found = self.process(raw % self.address.encode())
        self.assertEqual(found._name, "mail.message")
