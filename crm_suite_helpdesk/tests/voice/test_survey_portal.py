from odoo.fields import Command
from odoo.tests import tagged

from .common import VoiceHttpCase


@tagged("post_install", "-at_install")
class TestSurveyPortal(VoiceHttpCase):
    """The same question on the page of the ticket."""

    def setUp(self):
        super().setUp()
        self.ticket = self.closed_ticket()
        self.url = f"/my/tickets/{self.ticket.id}"

    def rate(self, face, url=None, **values):
        token = self.csrf(self.url_open("/my/tickets/new").text)
        return self.url_open(
            (url or self.url) + "/rate", data={"csrf_token": token, "face": face, **values}
        )

    def test_a_customer_rates_without_having_been_asked_and_is_not_asked_then(self):
        self.login(self.customer_user)
        self.assertIn("o_ticket_voice", self.url_open(self.url).text)
        response = self.rate("happy", feedback="Great")
        self.assertIn("o_ticket_voice_answer", response.text)
        survey = self.survey(self.ticket)
        self.assertEqual((survey.state, survey.satisfaction), ("answered", "happy"))
        self.assertEqual(survey.answer_ids.way, "portal")
        self.ask()
        self.assertEqual(len(self.ticket.survey_ids), 1)
        self.assertFalse(self.mails(survey))

    def test_looking_at_the_page_saves_nothing(self):
        self.login(self.customer_user)
        self.url_open(self.url)
        self.assertEqual(self.url_open(self.url + "/rate").status_code, 405)
        self.assertFalse(self.survey(self.ticket))

    def test_the_answer_to_the_mail_shows_and_can_be_changed(self):
        self.ask()
        survey = self.survey(self.ticket)
        survey._submit("neutral", "", "mail")
        self.login(self.customer_user)
        self.assertIn("o_ticket_voice_answer", self.url_open(self.url).text)
        self.rate("unhappy")
        self.assertEqual(survey.satisfaction, "unhappy")
        self.assertEqual(len(survey.answer_ids), 2)

    def test_open_tickets_are_not_rated(self):
        self.move(self.ticket, "open")
        self.login(self.customer_user)
        self.assertNotIn("o_ticket_voice", self.url_open(self.url).text)
        self.rate("happy")
        self.assertFalse(self.survey(self.ticket))

    def test_nor_where_the_team_does_not_ask(self):
        self.team.survey_enabled = False
        self.login(self.customer_user)
        self.assertNotIn("o_ticket_voice", self.url_open(self.url).text)
        self.rate("happy")
        self.assertFalse(self.survey(self.ticket))

    def test_nor_when_the_time_has_passed(self):
        self.travel(days=15)
        self.login(self.customer_user)
        self.assertNotIn("/rate", self.url_open(self.url).text)
        self.rate("happy")
        self.assertFalse(self.survey(self.ticket))

    def test_other_customers_agents_and_visitors_do_not_rate(self):
        self.login(self.stranger_user)
        self.rate("happy")
        self.ticket.message_subscribe(self.stranger_user.partner_id.ids)
        self.assertNotIn("o_ticket_voice", self.url_open(self.url).text)
        self.rate("happy")
        self.assertFalse(self.survey(self.ticket), "followers see, the customer judges")
        self.login(self.agent)
        self.rate("happy")
        self.assertFalse(self.survey(self.ticket))
        token = self.ticket._portal_ensure_token()
        self.login(None)
        self.assertNotIn("/rate", self.url_open(f"{self.url}?access_token={token}").text)
        self.assertIn("/web/login", self.url_open(self.url + "/rate", data={"face": "happy"}).url)
        self.assertFalse(self.survey(self.ticket))

    # ------------------------------------------------------------------ new tickets

    def open(self, **values):
        token = self.csrf(self.url_open("/my/tickets/new").text)
        response = self.url_open(
            "/my/tickets/new",
            data={"csrf_token": token, "subject": "Lamp", "description": "Broken", **values},
        )
        self.assertEqual(response.status_code, 200)
        return self.env["crm.ticket"].search([], order="id desc", limit=1)

    def test_a_customer_complains_about_what_he_bought(self):
        lamp, other = self.env["product.product"].create([{"name": "Lamp"}, {"name": "Secret"}])
        order, foreign = self.env["sale.order"].create(
            [
                {
                    "partner_id": partner.id,
                    "order_line": [Command.create({"product_id": product.id})],
                }
                for partner, product in (
                    (self.customer, lamp),
                    (self.stranger_user.partner_id, other),
                )
            ]
        )
        (order | foreign).action_confirm()
        self.env["crm.ticket.team"].search([]).write({"portal_open": False})
        self.login(self.customer_user)
        text = self.url_open("/my/tickets/new").text
        self.assertIn("ticket_product", text)
        self.assertNotIn("Secret", text)
        ticket = self.open(kind="complaint", product=str(lamp.id))
        self.assertEqual(ticket.kind, "complaint")
        self.assertEqual((ticket.product_id, ticket.sale_order_id), (lamp, order))
        for values in (
            {"kind": "x", "product": str(other.id)},
            {"kind": "\x00", "product": "-1"},
            {"kind": ["complaint"] * 2, "product": "1 or 1=1"},
        ):
            ticket = self.open(**values)
            self.assertFalse(ticket.product_id or ticket.sale_order_id)
            self.assertIn(ticket.kind, (False, "complaint"))

    def test_strange_values(self):
        self.login(self.customer_user)
        for face in ("", "5", "\x00"):
            self.rate(face)
        response = self.url_open("/my/tickets/99999999999/rate", data={})
        self.assertIn(response.status_code, (404, 405))
        self.assertFalse(self.survey(self.ticket))
