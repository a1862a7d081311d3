from markupsafe import Markup

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import VoiceCommon


@tagged("post_install", "-at_install")
class TestRatingRights(VoiceCommon):
    """Nobody but the customer rates, and nobody sees more than his tickets."""

    def setUp(self):
        super().setUp()
        self.row = self.asked()
        self.row._submit("unhappy", "Slow", "mail")
        self.rating = self.row.rating_id
        self.env.flush_all()

    def users(self):
        return (self.agent, self.manager, self.employee, self.outsider)

    def test_who_sees_surveys_and_ratings(self):
        for user, sees in (
            (self.agent, True),
            (self.manager, True),
            (self.outsider, False),
        ):
            for record in (self.row, self.row.answer_ids, self.rating):
                found = record.with_user(user).search([("id", "=", record.id)])
                self.assertEqual(bool(found), sees, f"{user.name} {record}")
        ratings = self.rating.with_user(self.employee)
        self.assertFalse(ratings.search([("id", "=", self.rating.id)]))
        for user in (self.employee, self.customer_user):
            with self.assertRaises(AccessError):
                self.row.with_user(user).read(["satisfaction"])

    def test_other_companies_see_nothing(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.manager.write({"company_ids": [(6, 0, company.ids)], "company_id": company.id})
        for record in (self.row, self.row.answer_ids, self.rating):
            self.assertFalse(record.with_user(self.manager).search([("id", "=", record.id)]))

    def test_no_employee_reads_the_link(self):
        for user in (self.agent, self.manager):
            with self.assertRaises(AccessError):
                self.row.with_user(user).read(["access_token"])
            messages = self.env["mail.message"].with_user(user)
            self.assertFalse(
                messages.search([("model", "=", "crm.ticket.survey"), ("res_id", "=", self.row.id)])
            )
            with self.assertRaises(AccessError):
                self.row.with_user(user).search([("access_token", "=like", "a%")])

    def test_no_employee_changes_a_survey_or_a_rating(self):
        for user in self.users():
            with self.assertRaises(AccessError):
                self.row.with_user(user).write({"satisfaction": "happy"})
            with self.assertRaises(AccessError):
                self.row.with_user(user).unlink()
            with self.assertRaises(AccessError):
                self.rating.with_user(user).write({"rating": 5})
            with self.assertRaises(AccessError):
                self.rating.with_user(user).reset()
            with self.assertRaises(AccessError):
                self.env["rating.rating"].with_user(user).create(
                    {
                        "res_model_id": self.env["ir.model"]._get_id("crm.ticket"),
                        "res_id": self.row.ticket_id.id,
                        "rating": 5,
                        "consumed": True,
                    }
                )
            with self.assertRaises(AccessError):
                self.row.ticket_id.with_user(user).rating_apply(5, rating=self.rating)
        with self.assertRaises(AccessError):
            self.row.ticket_id.with_user(self.agent).write({"satisfaction": "happy"})

    def test_no_rating_is_moved_to_a_ticket(self):
        other = self.env["rating.rating"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                "res_id": self.customer.id,
                "rating": 5,
            }
        )
        with self.assertRaises(AccessError):
            other.with_user(self.agent).write(
                {
                    "res_model_id": self.env["ir.model"]._get_id("crm.ticket"),
                    "res_id": self.row.ticket_id.id,
                }
            )

    def test_ratings_of_other_documents_stay_cores(self):
        other = self.env["rating.rating"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                "res_id": self.customer.id,
                "rating": 5,
            }
        )
        for user in self.users():
            other.with_user(user).write({"feedback": "Fine"})

    def test_no_rating_comes_with_a_message(self):
        ticket = self.row.ticket_id
        before = self.env["rating.rating"].search_count([])
        for user in (self.customer_user, self.agent):
            ticket.with_user(user).message_post(
                body=Markup("<p>5</p>"),
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                rating_value=5,
            )
        self.assertEqual(self.env["rating.rating"].search_count([]), before)
        self.assertNotIn("rating_value", ticket._get_allowed_message_params())

    def test_deleting_a_ticket_deletes_what_was_said_of_it(self):
        self.row.ticket_id.with_user(self.manager).unlink()
        self.assertFalse(self.rating.exists() or self.row.exists())
