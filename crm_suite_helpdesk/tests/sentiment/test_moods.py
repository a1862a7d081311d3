from markupsafe import Markup

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..common import HelpdeskCommon

ANGRY = "<p>This is unacceptable. I am very disappointed.</p>"


@tagged("post_install", "-at_install")
class TestMoods(HelpdeskCommon):
    """Agents get a hint at what a message sounds like, where the company wants it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.company"].search([]).ticket_sentiment = False
        cls.company.ticket_sentiment = True
        cls.ticket = cls.create_ticket(user_id=cls.agent.id)

    def write_in(self, body, user=None, ticket=None, **values):
        return (
            (ticket or self.ticket)
            .with_user(user or self.customer_user)
            .message_post(
                **{
                    "body": Markup(body),
                    "message_type": "comment",
                    "subtype_xmlid": "mail.mt_comment",
                    **values,
                }
            )
        )

    def read_moods(self):
        self.env.flush_all()
        self.run_cron("crm.ticket.sentiment", "_cron_read_moods")

    def mood(self, message):
        return self.env["crm.ticket.sentiment"].search([("message_id", "=", message.id)])

    # ------------------------------------------------------------------ what is read

    def test_it_is_off_by_default(self):
        company = self.env["res.company"].create({"name": "Another"})
        self.assertFalse(company.ticket_sentiment)
        self.company.ticket_sentiment = False
        message = self.write_in(ANGRY)
        self.read_moods()
        self.assertFalse(self.mood(message))

    def test_a_message_is_read_later_and_names_its_words(self):
        message = self.write_in(ANGRY)
        self.assertFalse(self.ticket.sentiment, "nothing is computed while a message comes in")
        self.read_moods()
        self.assertEqual(self.ticket.sentiment, "negative")
        self.assertEqual(self.ticket.sentiment_evidence, "“unacceptable”, “very disappointed”")
        self.assertEqual(self.mood(message).version, 1)

    def test_arabic(self):
        self.write_in("<p>خدمة سيئة جداً ولا أحد يرد</p>")
        self.read_moods()
        self.assertEqual(self.ticket.sentiment, "negative")
        self.assertIn("سيئة جدا", self.ticket.sentiment_evidence)

    def test_the_newest_message_counts(self):
        self.write_in(ANGRY)
        self.write_in("<p>Thank you, excellent, it works now!</p>")
        self.read_moods()
        self.assertEqual(self.ticket.sentiment, "positive")
        self.write_in("<p>It is number 5.</p>")
        self.read_moods()
        self.assertEqual(self.ticket.sentiment, "neutral")

    def test_nothing_twice(self):
        self.write_in(ANGRY)
        self.read_moods()
        self.read_moods()
        self.travel(hours=2)
        self.write_in(ANGRY)
        self.read_moods()
        self.travel(hours=2)
        self.read_moods()
        self.assertEqual(
            self.env["crm.ticket.sentiment"].search_count([("ticket_id", "=", self.ticket.id)]), 2
        )
        self.assertGreater(self.company.ticket_sentiment_read_id, 0)

    def test_what_is_not_the_customers_is_not_read(self):
        others = [
            self.write_in(ANGRY, self.agent),
            self.write_in(ANGRY, self.agent, subtype_xmlid="mail.mt_note"),
            self.ticket._message_log(body=ANGRY),
            self.ticket.message_post(body=ANGRY, message_type="auto_comment"),
        ]
        spam = self.create_ticket()
        others.append(self.write_in(ANGRY, ticket=spam))
        self.move(spam, "spam")
        self.read_moods()
        for message in others:
            self.assertFalse(self.mood(message))

    def test_what_he_quotes_is_not_his(self):
        self.write_in(
            "<p>Fine, do so.</p><blockquote>terrible, unacceptable</blockquote>"
            "<div class='gmail_quote'>You are the worst</div>"
            "<p data-o-mail-quote='1'>horrible</p>"
        )
        self.read_moods()
        self.assertEqual(self.ticket.sentiment, "neutral")

    def test_what_was_before_is_not_read(self):
        self.company.ticket_sentiment = False
        before = self.write_in(ANGRY)
        self.travel(minutes=1)
        self.company.ticket_sentiment = True
        after = self.write_in(ANGRY)
        self.read_moods()
        self.assertFalse(self.mood(before))
        self.assertTrue(self.mood(after))

    def test_other_companies_do_not_want_it(self):
        company = self.env["res.company"].create({"name": "Other"})
        team = self.env["crm.ticket.team"].create({"name": "There", "company_id": company.id})
        ticket = self.env["crm.ticket"].create({"name": "x", "team_id": team.id})
        message = ticket.message_post(
            body=ANGRY,
            author_id=self.customer.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self.read_moods()
        self.assertFalse(self.mood(message))

    def test_broken_html_is_read_all_the_same(self):
        for body in ("<p>unacceptable", "", "<<<>>>", "<p>\x0b</p>", "<!-- x"):
            message = self.write_in("x")
            message.sudo().body = body
        self.read_moods()
        self.assertTrue(self.mood(message))

    def test_many_messages_cost_no_query_each(self):
        for _number in range(2):
            self.write_in(ANGRY)
        few = self.count_queries()
        for _number in range(20):
            self.write_in(ANGRY)
        self.assertLessEqual(self.count_queries(), few + 2)

    def count_queries(self):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.read_moods()
        return self.env.cr.sql_log_count - before

    # ------------------------------------------------------------------ a hint, no more

    def test_the_ticket_does_not_change(self):
        self.write_in(ANGRY)
        self.env.flush_all()
        fields = ["write_date", "write_uid", "stage_id", "user_id", "priority", "kind"]
        [before] = self.ticket.read(fields)
        messages = self.ticket.message_ids
        self.travel(minutes=5)
        self.read_moods()
        self.assertEqual(self.ticket.read(fields), [before])
        self.assertEqual(self.ticket.message_ids, messages)

    def test_an_agent_says_that_the_hint_is_wrong(self):
        message = self.write_in(ANGRY)
        self.read_moods()
        self.ticket.with_user(self.agent).action_dismiss_sentiment()
        self.assertFalse(self.ticket.sentiment)
        self.assertTrue(self.mood(message).is_wrong)
        self.assertEqual(self.mood(message).judged_by_id, self.agent)
        self.env.flush_all()
        report = self.env["crm.ticket.voice.report"].search([("ticket_id", "=", self.ticket.id)])
        self.assertFalse(report.sentiment)

    def test_rights(self):
        message = self.write_in(ANGRY)
        self.read_moods()
        mood = self.mood(message)
        self.assertTrue(mood.with_user(self.agent).read(["evidence"]))
        for user in (self.outsider, self.employee, self.customer_user):
            with self.assertRaises(AccessError):
                mood.with_user(user).read(["evidence"])
            with self.assertRaises(AccessError):
                self.ticket.with_user(user).action_dismiss_sentiment()
        with self.assertRaises(AccessError):
            mood.with_user(self.manager).write({"sentiment": "positive"})
        with self.assertRaises(AccessError):
            self.ticket.with_user(self.manager).write({"sentiment": "positive"})
        with self.assertRaises(AccessError):
            self.ticket.with_user(self.customer_user).read(["sentiment"])
