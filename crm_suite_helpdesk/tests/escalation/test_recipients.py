import pytz

from odoo.tests import tagged
from odoo.tests.common import new_test_user

from .common import EscalationCommon


@tagged("post_install", "-at_install")
class TestRecipients(EscalationCommon):
    """Who is told, and how; what is wrong with a rule is said and stops nobody."""

    def breach(self, **values):
        """A ticket whose first response is an hour late, after the tick."""
        ticket = self.create_ticket(**values)
        self.tick_at(hours=3)
        return ticket

    def told(self, ticket):
        return ticket.sla_event_ids.told_ids

    def problems(self, ticket):
        return [code for code, _value in ticket.sla_event_ids.outcome["problems"]]

    def test_the_agent_or_else_the_leader(self):
        self.set_rules({"kind": "after"})
        mine, nobodys = self.create_ticket(user_id=self.agent.id), self.create_ticket()
        self.tick_at(hours=3)
        self.assertEqual(self.told(mine), self.agent)
        self.assertEqual(self.told(nobodys), self.manager)

    def test_users_and_groups_once_each(self):
        group = self.env["res.groups"].create({"name": "Night shift"})
        self.agent.group_ids += group
        self.manager.group_ids += group
        self.set_rules(
            {
                "kind": "after",
                "to_leader": True,
                "user_ids": self.manager.ids,
                "group_ids": group.ids,
            }
        )
        ticket = self.breach(user_id=self.agent.id)
        self.assertEqual(self.told(ticket), self.agent | self.manager)
        self.assertEqual(len(self.messages(self.manager)), 1)
        self.assertEqual(self.problems(ticket), [])

    def test_managers_of_the_helpdesk(self):
        self.set_rules({"kind": "after", "to_agent": False, "to_managers": True})
        self.assertIn(self.manager, self.told(self.breach()))

    def test_in_odoo_by_mail_or_as_preferred(self):
        self.agent.write({"notification_type": "email", "email": "amal@example.com"})
        self.set_rules(
            {"kind": "after", "notify": "preference", "user_ids": self.manager.ids},
            {"kind": "after", "notify": "inbox", "metric": "resolution"},
        )
        self.breach(user_id=self.agent.id)
        self.assertEqual(self.inbox(self.manager), 1)
        self.assertEqual(self.inbox(self.agent), 0)
        mail = self.mails(self.agent)
        self.assertEqual((mail.state, mail.is_sent_once), ("waiting", True))
        self.tick_at(days=2)
        self.assertEqual(self.inbox(self.agent), 1)

    def test_by_mail_whatever_is_preferred(self):
        self.agent.email = "amal@example.com"
        self.set_rules({"kind": "after", "notify": "email"})
        self.breach(user_id=self.agent.id)
        self.assertEqual(self.mails(self.agent).state, "waiting")

    def test_the_message_says_what_is_late_in_the_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.agent.lang = "ar_001"
        self.set_rules({"kind": "after", "to_leader": True, "note": "Call the customer."})
        ticket = self.breach(user_id=self.agent.id)
        message = self.messages(self.manager)
        self.assertIn(ticket.number, message.subject)
        self.assertIn("First response: At the deadline", message.subject)
        for text in (ticket.name, self.customer_company.name, "Call the customer."):
            self.assertIn(text, message.body)
        self.assertEqual((message.model, message.res_id), ("crm.ticket", ticket.id))
        self.assertEqual(len(self.messages(self.agent)), 1)

    def test_times_are_those_of_the_reader_and_links_lead_to_the_ticket(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.agent.write({"lang": "ar_001", "tz": "Asia/Riyadh"})
        self.manager.write({"tz": "America/New_York"})
        self.set_rules({"kind": "after", "to_leader": True})
        ticket = self.breach(user_id=self.agent.id)
        deadline = ticket.sla_clock_ids.filtered(
            lambda clock: clock.metric == "first_response"
        ).deadline
        address = f"{ticket.get_base_url()}/mail/view?model=crm.ticket&amp;res_id={ticket.id}"
        for user, direction in ((self.agent, "rtl"), (self.manager, "ltr")):
            message = self.messages(user)
            local = pytz.utc.localize(deadline).astimezone(pytz.timezone(user.tz))
            self.assertIn(f"{local.hour % 12 or 12}:{local.minute:02d}", message.body)
            self.assertIn(f'dir="{direction}"', message.body)
            self.assertIn(f'href="{address}"', message.body)

    def test_archived_agent(self):
        self.set_rules({"kind": "after"})
        ticket = self.create_ticket(user_id=self.agent.id)
        self.agent.active = False
        self.tick_at(hours=3)
        self.assertEqual(self.told(ticket), self.manager, "the leader in his place")
        self.assertEqual(self.problems(ticket), ["archived"])
        self.assertIn("Amal Agent", ticket.sla_event_ids.problem_text)

    def test_no_mail_address(self):
        self.agent.write({"notification_type": "email", "email": False})
        self.set_rules({"kind": "after"})
        ticket = self.breach(user_id=self.agent.id)
        self.assertEqual(self.problems(ticket), ["no_email"])
        self.assertEqual(self.inbox(self.agent), 1, "told in Odoo instead")

    def test_empty_group(self):
        group = self.env["res.groups"].create({"name": "Night shift"})
        self.set_rules({"kind": "after", "to_agent": False, "group_ids": group.ids})
        ticket = self.breach()
        self.assertEqual(self.problems(ticket), ["empty_group", "nobody"])
        note = ticket.message_ids.filtered(lambda m: "Night shift" in m.body)
        self.assertTrue(note, "said in the history of the ticket")
        activity = ticket.activity_ids
        self.assertEqual(activity.user_id, self.manager, "the leader is asked to look after it")
        self.assertIn("Night shift", activity.note)
        rule = self.policy.rule_ids
        self.assertIn("Night shift", rule.problem)
        another = self.breach()
        self.assertFalse(another.activity_ids, "asked once, not for each ticket")
        rule.group_ids = self.env.ref("crm_suite_helpdesk.group_manager")
        self.assertFalse(rule.problem)

    def test_nobody_is_told_of_what_he_may_not_read(self):
        self.set_rules(
            {"kind": "after", "user_ids": (self.outsider | self.employee | self.manager).ids}
        )
        ticket = self.breach()
        self.assertEqual(self.told(ticket), self.manager)
        self.assertEqual(self.problems(ticket), ["no_access", "no_access"])

    def test_no_leader_and_no_agent(self):
        self.team.user_id = False
        self.set_rules({"kind": "after"})
        ticket = self.breach()
        self.assertEqual(self.problems(ticket), ["no_leader"])
        self.assertIn(self.manager, self.told(ticket), "the managers of the helpdesk")

    def test_users_of_another_company(self):
        sister = self.env["res.company"].create({"name": "Sister"})
        foreign = new_test_user(
            self.env,
            "hd_foreign",
            "crm_suite_helpdesk.group_manager",
            company_id=sister.id,
            company_ids=[(6, 0, sister.ids)],
        )
        self.set_rules(
            {
                "kind": "after",
                "to_managers": True,
                "group_ids": self.env.ref("crm_suite_helpdesk.group_manager").ids,
            }
        )
        self.assertNotIn(foreign, self.told(self.breach()))

    def test_a_mail_that_was_refused_is_said(self):
        self.agent.write({"notification_type": "email", "email": "amal@example.com"})
        self.set_rules({"kind": "after"})
        ticket = self.breach(user_id=self.agent.id)
        self.mails(self.agent)._set_failed("550 No such user")
        self.assertEqual(self.problems(ticket), ["not_delivered"])

    def test_an_activity_for_each_once(self):
        todo = self.env.ref("mail.mail_activity_data_todo")
        self.set_rules(
            {
                "kind": "after",
                "to_leader": True,
                "every": 1,
                "times": 0,
                "activity_type_id": todo.id,
                "notify": False,
                "note": "Call the customer.",
            }
        )
        ticket = self.breach(user_id=self.agent.id)
        self.assertEqual(ticket.activity_ids.user_id, self.agent | self.manager)
        self.assertIn("Call the customer.", ticket.activity_ids[0].note)
        self.assertFalse(self.messages(self.agent))
        self.tick_at(hours=2)
        self.assertEqual(len(ticket.sla_event_ids), 2)
        self.assertEqual(len(ticket.activity_ids), 2, "what is open is not planned again")

    def mails(self, user):
        return self.env["mail.mail"].search(
            [("mail_message_id", "in", self.messages(user).ids), ("is_sent_once", "=", True)]
        )
