from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user
from odoo.tools import mute_logger

from ..common import CrmSuiteCase


class TestProfile(CrmSuiteCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.source = cls.env["utm.source"].create({"name": "Profile fair"})
        cls.medium = cls.env["utm.medium"].create({"name": "Profile stand"})
        cls.campaign = cls.env["utm.campaign"].create({"name": "Profile spring"})
        cls.office = cls.env["crm.interest"].create({"name": "Profile office"})
        cls.chairs = cls.env["crm.interest"].create(
            {"name": "Profile chairs", "parent_id": cls.office.id}
        )
        cls.chain = cls.env.ref("crm_suite.customer_type_chain")

    def _create_lead(self, **values):
        return self.env["crm.lead"].create(
            {
                "name": "Chairs",
                "type": "lead",
                "contact_name": "Rania Aziz",
                "partner_name": "Aziz Furniture",
                "user_id": self.omar.id,
                "source_id": self.source.id,
                "medium_id": self.medium.id,
                "campaign_id": self.campaign.id,
                "interest_ids": [Command.link(self.chairs.id)],
                **values,
            }
        )

    def _convert(self, lead, user=None, **values):
        lead = lead.with_user(user or self.omar)
        context = {"active_model": "crm.lead", "active_id": lead.id, "active_ids": lead.ids}
        wizard = self.env["crm.lead2opportunity.partner"].with_user(user or self.omar)
        wizard = wizard.with_context(**context).create({"name": "convert", **values})
        wizard.action_apply()

    def test_seven_kinds_of_customers(self):
        kinds = self.env["crm.customer.type"].search([])
        self.assertGreaterEqual(len(kinds), 7)
        with Form(self.haddad.with_user(self.omar)) as form:
            form.customer_type_id = self.chain
        # the people of a chain are found with it
        self.assertEqual(self.layla.customer_type_id, self.chain)
        found = (
            self.env["res.partner"]
            .with_user(self.omar)
            .search([("customer_type_id", "=", self.chain.id), ("id", "child_of", self.haddad.id)])
        )
        self.assertEqual(found, self.haddad | self.layla)

    def test_lead_teaches_its_customer(self):
        lead = self._create_lead()
        self._convert(lead, action="create")
        contact = lead.partner_id
        self.assertEqual(contact.interest_ids, self.chairs)
        for partner in contact | contact.commercial_partner_id:
            self.assertEqual(partner.acquisition_source_id, self.source)
            self.assertEqual(partner.acquisition_medium_id, self.medium)
            self.assertEqual(partner.acquisition_campaign_id, self.campaign)

    def test_the_first_lead_counts(self):
        self._convert(self._create_lead(), action="exist", partner_id=self.layla.id)
        self.assertEqual(self.haddad.acquisition_source_id, self.source)
        later = self.env["utm.source"].create({"name": "Profile later"})
        self._convert(
            self._create_lead(source_id=later.id), action="exist", partner_id=self.layla.id
        )
        self.assertEqual(self.haddad.acquisition_source_id, self.source)

    def test_what_was_chosen_stays(self):
        by_hand = self.env["utm.source"].create({"name": "Profile by hand"})
        self.haddad.acquisition_source_id = by_hand
        self._convert(self._create_lead(), action="exist", partner_id=self.layla.id)
        self.assertEqual(self.haddad.acquisition_source_id, by_hand)
        self.assertFalse(self.haddad.acquisition_campaign_id)

    def test_merged_leads_keep_interests(self):
        other = self._create_lead(interest_ids=[Command.link(self.office.id)])
        lead = self._create_lead()
        merged = (lead | other).with_user(self.omar).merge_opportunity()
        self.assertEqual(merged.interest_ids, self.chairs | self.office)

    def test_interests_are_a_tree(self):
        self.layla.interest_ids = self.chairs
        partners = self.env["res.partner"].with_user(self.omar)
        self.assertEqual(
            partners.search([("interest_ids", "child_of", self.office.id)]), self.layla
        )
        self.assertEqual(self.chairs.display_name, "Profile office / Profile chairs")
        with self.assertRaises(UserError):
            self.office.parent_id = self.chairs

    def test_income_bands(self):
        bands = self.env["crm.income.band"].with_user(self.mona)
        band = bands.create({"name": "Profile band", "income_from": 500, "income_until": 900})
        with self.assertRaises(ValidationError):
            band.income_until = 100
        with self.assertRaises(AccessError):
            band.with_user(self.omar).name = "Other"
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            bands.create({"name": "Profile band"})

    def test_personal_data_is_for_salespeople(self):
        portal = new_test_user(self.env, "crm_suite_profile_reader", groups="base.group_portal")
        clerk = new_test_user(self.env, "crm_suite_profile_other", groups="base.group_user")
        portal.partner_id.preferred_channel = "sms"
        names = [
            "income_band_id",
            "interest_ids",
            "acquisition_source_id",
            "preferred_channel",
            "preferred_weekday",
            "preferred_daytime",
            "disturbance_note",
            "relation_ids",
        ]
        for user in (portal, clerk):
            for name in names:
                with self.assertRaises(AccessError):
                    portal.partner_id.with_user(user).read([name])
        for model in ("crm.income.band", "crm.partner.relation", "crm.partner.relation.type"):
            for user in (portal, clerk):
                with self.assertRaises(AccessError):
                    self.env[model].with_user(user).search([])
        with self.assertRaises(AccessError):
            portal.partner_id.with_user(portal).read(["customer_type_id"])

    def test_interests_are_not_told_by_groups(self):
        """Core groups by a many2many without asking who may read it."""
        self.layla.interest_ids = self.env["crm.interest"].create({"name": "Sailing boats"})
        clerk = new_test_user(self.env, "profile_clerk", "base.group_user")
        for model, path in (
            ("res.partner", "interest_ids"),
            ("res.users", "interest_ids"),
            ("mail.followers", "partner_id.interest_ids"),
        ):
            with self.assertRaises(AccessError, msg=model):
                self.env[model].with_user(clerk).formatted_read_group([], [path], ["__count"])
        groups = (
            self.env["res.partner"]
            .with_user(self.omar)
            .formatted_read_group([("id", "=", self.layla.id)], ["interest_ids"], ["__count"])
        )
        self.assertEqual([group["__count"] for group in groups], [1])

    def test_import(self):
        partners = self.env["res.partner"].with_user(self.mona)
        result = partners.load(
            ["name", "customer_type_id", "interest_ids", "preferred_channel", "income_band_id"],
            [["Amal", self.chain.name, "Profile chairs", "WhatsApp", "Middle Income"]],
        )
        self.assertFalse(result["messages"])
        amal = partners.browse(result["ids"])
        self.assertEqual(amal.customer_type_id, self.chain)
        self.assertEqual(amal.interest_ids, self.chairs)
        self.assertEqual(amal.preferred_channel, "whatsapp")
        self.assertEqual(amal.income_band_id, self.env.ref("crm_suite.income_band_middle"))

    def test_groups_and_filters_of_the_search(self):
        self.layla.birthdate = "1990-05-01"
        partners = self.env["res.partner"].with_user(self.omar)
        for name in ("customer_type_id", "income_band_id", "interest_ids", "preferred_channel"):
            partners.formatted_read_group([("id", "child_of", self.haddad.id)], [name], ["__count"])
        arch = partners.get_view(view_type="search")["arch"]
        for text in ("Age 30 to 44", "Customer Type", "Income Band", "With Relations"):
            self.assertIn(text, arch)

    def test_merged_contact_keeps_what_is_known(self):
        twin = self.env["res.partner"].create(
            {
                "name": "Layla Hadad",
                "birthdate": "1990-05-01",
                "disturbance_note": "Not on Fridays",
                "interest_ids": [Command.link(self.chairs.id)],
                "acquisition_source_id": self.source.id,
            }
        )
        self.layla.interest_ids = self.office
        self.layla.disturbance_note = "Mornings only"
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.layla | twin).ids, self.layla)
        self.assertEqual(str(self.layla.birthdate), "1990-05-01")
        self.assertEqual(self.layla.disturbance_note, "Mornings only")
        self.assertEqual(self.layla.interest_ids, self.office | self.chairs)
        self.assertEqual(self.layla.acquisition_source_id, self.source)
