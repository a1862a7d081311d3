from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import CustomerReportCase


@tagged("post_install", "-at_install")
class TestCustomerRisk(CustomerReportCase):
    """Who may be leaving, why, and what to do about it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.one, cls.two, cls.three, cls.well = cls._create_customers(4)
        cls.env.cr.execute("DELETE FROM crm_customer_metric")
        day = timedelta(days=1)
        cls._set_metric(
            cls,
            cls.one,
            revenue=100.0,
            expected_order_date=cls.today - 12 * day,
            order_interval_days=30.4,
            user_id=cls.omar.id,
        )
        cls._set_metric(
            cls,
            cls.two,
            revenue=900.0,
            earlier_revenue=200.0,
            recent_revenue=90.0,
            payment_delay_days=20.0,
            user_id=cls.sami.id,
        )
        cls._set_metric(cls, cls.three, revenue=500.0, churn_risk=0.74)
        cls._set_metric(
            cls,
            cls.well,
            revenue=5000.0,
            earlier_revenue=100.0,
            recent_revenue=90.0,
            churn_risk=0.2,
            expected_order_date=cls.today,
            payment_delay_days=99.0,
        )

    def _find(self, domain=(), user=None):
        return self._read("crm.customer.risk", user).search([*self.mine, *domain])

    def test_the_fall_of_a_group_is_that_of_its_revenue(self):
        self._set_metric(
            self.one,
            earlier_revenue=1000.0,
            recent_revenue=990.0,
            expected_order_date=self.today - timedelta(days=12),
        )
        [(fall,)] = self._read("crm.customer.risk")._read_group(
            [*self.mine, ("partner_id", "in", (self.one | self.two).ids)], [], ["revenue_fall:avg"]
        )
        self.assertAlmostEqual(fall, 100 - 100 * (990 + 90) / (1000 + 200), 6)

    def test_listed_with_reasons_most_valuable_first(self):
        rows = self._find()
        self.assertEqual(list(rows.partner_id), [self.two, self.three, self.one])
        self.assertEqual(
            [row.reasons.splitlines() for row in rows],
            [
                [
                    "Revenue fell by 55 % against the year before.",
                    "Pays 20 days late on average.",
                    "No contact is known.",
                ],
                ["Churn risk of 74 %.", "No contact is known."],
                [
                    "Order overdue by 12 days against a usual interval of 30 days.",
                    "No contact is known.",
                ],
            ],
        )

    def test_who_ordered_once_has_no_usual_interval(self):
        self._set_metric(self.one, expected_order_date=self.today - timedelta(days=3))
        row = self._find([("partner_id", "=", self.one.id)])
        self.assertEqual(row.reasons.splitlines()[0], "Order overdue by 3 days.")

    def test_contacts(self):
        interaction = self.env["crm.interaction"].create(
            {
                "name": "Call",
                "partner_id": self.three.id,
                "channel": "phone",
                "date": fields.Datetime.now() - timedelta(days=100, hours=1),
                "user_id": self.alia.id,
            }
        )
        row = self._find([("partner_id", "=", self.three.id)])
        self.assertIn("No contact for 100 days.", row.reasons)
        domain = ["|", ("last_contact_at", "=", False), ("last_contact_at", "<", "today -90d")]
        self.assertEqual(len(self._find(domain)), 3)
        interaction.date = fields.Datetime.now() - timedelta(days=10)
        row = self._find([("partner_id", "=", self.three.id)])
        self.assertNotIn("No contact", row.reasons)
        self.assertEqual(len(self._find(domain)), 2)

    def test_filters(self):
        self.assertEqual(self._find([("days_overdue", ">", 0)]).partner_id, self.one)
        self.assertEqual(self._find([("revenue_fall", ">=", 25)]).partner_id, self.two)
        self.assertEqual(self._find([("payment_delay_days", ">=", 15)]).partner_id, self.two)

    def test_next_step(self):
        rows = self._find()
        action = rows.action_schedule_activity()
        wizard = Form(
            self.env[action["res_model"]].with_user(self.alia).with_context(**action["context"])
        )
        wizard.activity_type_id = self.env.ref("mail.mail_activity_data_call")
        wizard.save().action_schedule_activities()
        for customer in rows.partner_id:
            self.assertEqual(len(customer.activity_ids), 1)
        self.assertFalse(self.well.activity_ids)
        for row in self._find():
            self.assertEqual(row.next_step, "Call")
            self.assertEqual(row.next_step_date, row.partner_id.activity_ids.date_deadline)
        unplanned = [
            ("partner_id.interaction_next_step_date", "=", False),
            ("partner_id.activity_ids", "=", False),
        ]
        self.assertFalse(self._find(unplanned))

    def test_opportunity(self):
        row = self._find([("partner_id", "=", self.two.id)])
        action = row.action_create_opportunity()
        lead = Form(self.env["crm.lead"].with_user(self.alia).with_context(**action["context"]))
        lead = lead.save()
        self.assertEqual(lead.partner_id, self.two)
        self.assertEqual(lead.name, "Win back Customer 1")
        self.assertIn("Revenue fell", lead.description)
        self.assertEqual(lead.type, "opportunity")

    def test_segment(self):
        rows = self._find()
        action = rows.action_create_segment()
        segment = self.env["crm.segment"].browse(action["res_id"])
        self.assertEqual(segment.member_ids.partner_id, rows.partner_id)
        self.assertEqual(segment.user_id, self.alia)
        own = self._find(user=self.omar)
        self.assertEqual(own.partner_id, self.one)
        with self.assertRaises(AccessError):
            own.action_create_segment()
