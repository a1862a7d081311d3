from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form

from ..lifecycle.common import LifecycleCase


class TestReferral(LifecycleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.najd = cls._customer("Najd Schools")
        cls.rania = cls._customer("Rania", is_company=False)

    def test_lead_hands_it_on_to_the_customer(self):
        lead = self.env["crm.lead"].create(
            {
                "name": "Tables",
                "type": "lead",
                "partner_name": "New Restaurant",
                "contact_name": "Huda",
                "email_from": "huda@restaurant.example.com",
                "referred_by_id": self.layla.id,
            }
        )
        lead._handle_partner_assignment()
        lead.convert_opportunity(lead.partner_id)
        customer = lead.partner_id.commercial_partner_id
        self.assertEqual(customer.name, "New Restaurant")
        self.assertEqual(customer.referred_by_id, self.layla)
        self.assertEqual((self.haddad.referral_count, self.layla.referral_count), (1, 1))
        action = self.haddad.with_user(self.omar).action_view_referrals()
        self.assertEqual(self.env["res.partner"].search(action["domain"]), customer)

    def test_who_is_noted_first_stays(self):
        self.najd.referred_by_id = self.rania
        self._create_opportunity(partner_id=self.najd.id, referred_by_id=self.layla.id)
        self.assertEqual(self.najd.referred_by_id, self.rania)

    def test_lead_of_the_referrer_himself(self):
        self._create_opportunity(partner_id=self.layla.id, referred_by_id=self.haddad.id)
        self.assertFalse(self.haddad.referred_by_id)
        self.haddad.referred_by_id = self.najd
        self._create_opportunity(partner_id=self.najd.id, referred_by_id=self.layla.id)
        self.assertFalse(self.najd.referred_by_id, "a lead is kept, the loop is not")

    def test_loops(self):
        with self.assertRaisesRegex(ValidationError, "himself"):
            self.haddad.referred_by_id = self.haddad
        with self.assertRaisesRegex(ValidationError, "himself"):
            self.haddad.referred_by_id = self.layla
        self.najd.referred_by_id = self.layla
        with self.assertRaisesRegex(ValidationError, "brought himself"):
            self.haddad.referred_by_id = self.najd
        self.rania.referred_by_id = self.najd
        with self.assertRaisesRegex(ValidationError, "Rania ← Najd Schools"):
            self.haddad.with_user(self.omar).referred_by_id = self.rania
        with self.assertRaises(UserError):
            self.layla.referred_by_id = self.rania

    def test_a_loop_through_another_company_names_nobody_of_it(self):
        other = self.env["res.company"].create({"name": "Other"})
        hidden = self._customer("Hidden Bank")
        hidden.referred_by_id = self.haddad
        self.najd.referred_by_id = hidden
        hidden.company_id = other
        with self.assertRaisesRegex(ValidationError, "brought himself") as caught:
            self.haddad.with_user(self.omar).referred_by_id = self.najd
        self.assertNotIn("Hidden", str(caught.exception))

    def test_contacts_of_other_companies(self):
        """Nobody learns the name of a contact by its id, and no company that of another."""
        other = self.env["res.company"].create({"name": "Other"})
        hidden = self._customer("Hidden Bank", company_id=other.id)
        najd = self.najd.with_user(self.omar)
        for company in (False, self.env.company):
            self.najd.company_id = company
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                najd.referred_by_id = hidden.id
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                najd.create({"name": "New", "referred_by_id": hidden.id})
            with self.assertRaisesRegex(UserError, "company"), self.env.cr.savepoint():
                self.najd.referred_by_id = hidden
        self.najd.company_id = False
        lead = self._create_opportunity(
            partner_id=self.najd.id,
            company_id=other.id,
            team_id=False,
            user_id=False,
            referred_by_id=hidden.id,
        )
        self.assertEqual(lead.referred_by_id, hidden)
        self.assertFalse(self.najd.referred_by_id, "the customer is of all companies")

    def test_merge_of_companies_that_do_not_fit(self):
        other = self.env["res.company"].create({"name": "Other"})
        hidden = self._customer("Hidden Bank", company_id=other.id)
        source = self._customer("Najd", company_id=other.id, referred_by_id=hidden.id)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge([source.id, self.najd.id], self.najd)
        self.assertFalse(source.exists())
        self.assertIn(self.najd.referred_by_id, (hidden, self.env["res.partner"]))
        self.najd._check_company()

    def test_a_contact_who_changes_his_employer_closes_no_loop(self):
        self.najd.referred_by_id = self.rania
        self.rania.referred_by_id = self.layla
        bakri = self._customer("Bakri Trading")
        bakri.referred_by_id = self.najd
        self.layla.parent_id = bakri
        self.assertFalse(bakri.referred_by_id)
        self.assertEqual(self.rania.referred_by_id, self.layla)
        self.assertNotIn(self.najd, self.najd._get_referral_chain())

    def test_by_the_form_and_by_import(self):
        with Form(self.najd.with_user(self.omar)) as form:
            form.referred_by_id = self.layla
        self.assertEqual(self.najd.referred_by_id, self.layla)
        result = self.env["res.partner"].load(
            [".id", "referred_by_id/.id"], [[str(self.haddad.id), str(self.najd.id)]]
        )
        self.assertIn("brought himself", result["messages"][0]["message"])

    def test_merge(self):
        self.najd.referred_by_id = self.layla
        self.rania.referred_by_id = self.najd
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        other = self._customer("Haddad", referred_by_id=False)
        wizard._merge([other.id, self.rania.id], other)
        self.assertEqual(other.referred_by_id, self.najd, "who was brought takes it along")
        wizard._merge([self.najd.id, other.id], self.najd)
        self.assertEqual(self.najd.referred_by_id, self.layla, "nobody brings himself")

    def test_merge_that_would_close_a_loop(self):
        self.najd.referred_by_id = self.haddad
        self.rania.referred_by_id = self.najd
        other = self._customer("Haddad Factory")
        other.referred_by_id = self.rania
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge([self.haddad.id, other.id], self.haddad)
        self.assertFalse(self.haddad.referred_by_id)
        self.assertEqual(self.najd.referred_by_id, self.haddad)

    def test_customer_becomes_a_contact(self):
        self.rania.referred_by_id = self.layla
        self.rania.parent_id = self.najd
        self.assertFalse(self.rania.referred_by_id)
        self.assertEqual(self.najd.referred_by_id, self.layla)

    def test_revenue_is_that_of_the_reader(self):
        self.najd.referred_by_id = self.layla
        self._metric(self.najd, revenue=500, order_count=1, user_id=self.omar.id)
        self.env.invalidate_all()
        self.assertEqual(self.haddad.with_user(self.alia).referral_revenue, 500)
        groups = self.env["crm.customer.metric"].formatted_read_group(
            [("partner_id", "=", self.najd.id)], ["referred_by_id"], ["revenue:sum"]
        )
        self.assertEqual(groups[0]["referred_by_id"][0], self.layla.id)
        with self.assertRaises(AccessError):
            self.haddad.with_user(self.cora).read(["referral_revenue"])

    def test_who_brings_a_customer_becomes_an_advocate(self):
        self.haddad.write({"lifecycle_stage_id": self.customer.id, "lifecycle_hold_until": False})
        self.najd.referred_by_id = self.layla
        self._run()
        self.assertEqual(self.haddad.lifecycle_stage_id, self.customer, "nothing was sold yet")
        self._order(self.najd)
        self._run()
        self.assertEqual(self.haddad.lifecycle_stage_id, self.advocate)
        self.assertEqual(self._last(self.haddad)._get_document(), self.najd)

    def test_views(self):
        for xmlid in (
            "res_partner_action_referral",
            "res_partner_action_advocate",
            "crm_customer_metric_action_referral",
        ):
            action = self.env.ref(f"crm_suite.{xmlid}")
            self.env[action.res_model].with_user(self.omar).get_views(action.views)
