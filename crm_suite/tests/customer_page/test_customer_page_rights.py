from odoo.exceptions import AccessError
from odoo.tests import new_test_user

from .common import CustomerPageCase


class TestCustomerPageRights(CustomerPageCase):
    """Nobody learns more from the page than from the documents."""

    def test_own_documents(self):
        for user in (self.omar, self.sami):
            self._order(user)
            self._create_opportunity(user_id=user.id, team_id=user.sale_team_id.id)
            self._invoice(user, 100)
        self._order(self.sami, confirm=True)
        own = {"opportunities": 1, "quotations": 1, "deliveries": 0, "to_invoice": 0, "overdue": 1}
        self.assertEqual(self._count(self.omar), own)
        everything = self._count(self.alia)
        self.assertEqual(
            everything,
            {"opportunities": 2, "quotations": 2, "deliveries": 1, "to_invoice": 1, "overdue": 2},
        )
        for tile in self._get_tiles(self.omar).values():
            found = self.env[tile["model"]].with_user(self.omar).search(tile["domain"])
            self.assertEqual(len(found), tile["count"])

    def test_latest_of_a_colleague(self):
        self._order(self.sami)
        self._order(self.omar)
        models = [row["res_model"] for row in self._get_blocks(self.omar)["latest"]["rows"]]
        self.assertEqual(models.count("sale.order"), 1)
        models = [row["res_model"] for row in self._get_blocks(self.alia)["latest"]["rows"]]
        self.assertEqual(models.count("sale.order"), 2)

    def test_figures_follow_their_rows(self):
        """Figures count all documents: who may not read the row gets none of them."""
        metric = self._fill_metric(user_id=self.sami.id, team_id=self.south.id)
        for user in (self.omar, self.nora, self.alia, self.mona):
            readable = (
                self.env["crm.customer.metric"].with_user(user).search([("id", "=", metric.id)])
            )
            blocks = self._get_blocks(user)
            self.assertEqual(bool(blocks["figures"]["rows"]), bool(readable), user.name)
            chips = {chip["key"] for chip in (blocks["standing"] or {}).get("chips", ())}
            self.assertEqual("rfm_cell" in chips, bool(readable), user.name)
        self.assertTrue(self._get_blocks(self.alia)["figures"]["rows"])

    def test_two_companies_do_not_mix(self):
        other = self.env["res.company"].create({"name": "Page Elsewhere"})
        self.env.user.company_ids += other
        self._fill_metric(company=other)
        self._order(self.alia, company_id=other.id)
        self._create_opportunity(company_id=other.id, team_id=False, user_id=False)
        page = self._get_page(self.alia)
        self.assertEqual(page["blocks"]["figures"]["rows"], [])
        self.assertEqual(set(self._count(self.alia).values()), {0})
        self.assertEqual(page["customer"]["company"], "")
        self.alia.company_ids += other
        both = [self.company.id, other.id]
        page = self._get_page(self.alia, allowed_company_ids=both)
        self.assertEqual(page["blocks"]["figures"]["rows"], [])
        self.assertEqual(page["customer"]["company"], self.company.name)
        counts = self._count(self.alia, allowed_company_ids=both[::-1])
        self.assertEqual((counts["quotations"], counts["opportunities"]), (1, 1))

    def test_contacts_of_another_company(self):
        other = self.env["res.company"].create({"name": "Page Elsewhere"})
        foreign = self.env["res.partner"].create({"name": "Foreign", "company_id": other.id})
        with self.assertRaises(AccessError):
            self._get_page(self.alia, foreign)
        # a contact whom everybody may see, of a customer who is not for everybody
        self.haddad.company_id = other
        self.layla.company_id = False
        with self.assertRaises(AccessError):
            self._get_page(self.alia, self.layla)
        relation = self.env.ref("crm_suite.relation_type_supplier")
        near = self.env["res.partner"].create({"name": "Near"})
        self.env["crm.partner.relation"].create(
            {"left_id": near.id, "type_id": relation.id, "right_id": foreign.id}
        )
        self.assertEqual(self._get_blocks(self.alia, near)["relations"]["rows"], [])

    def test_not_for_the_portal(self):
        portal = new_test_user(self.env, "crm_suite_page_portal", groups="base.group_portal")
        portal.partner_id.parent_id = self.haddad
        for partner in (portal.partner_id, self.haddad):
            with self.assertRaises(AccessError):
                self._get_page(portal, partner)

    def test_employees_without_sales(self):
        self._fill_metric()
        self._order(self.omar)
        self._invoice(self.omar, 100)
        clerk = new_test_user(self.env, "crm_suite_page_clerk", groups="base.group_user")
        blocks = self._get_blocks(clerk)
        for key in ("figures", "documents", "profile", "relations"):
            self.assertIsNone(blocks[key], key)

    def test_accountants_see_invoices(self):
        self._invoice(self.omar, 100)
        accountant = new_test_user(
            self.env, "crm_suite_page_accountant", groups="account.group_account_invoice"
        )
        counts = self._count(accountant)
        self.assertEqual(counts["overdue"], 1)
        self.assertNotIn("opportunities", counts)
        blocks = self._get_blocks(accountant)
        self.assertIsNone(blocks["latest"], "the timeline is for salespeople")
        self.assertFalse((blocks["suggestions"] or {}).get("may_quote"))
        arch = self.env["res.partner"].with_user(accountant).get_view(view_type="form")["arch"]
        self.assertIn('name="crm_customer_page"', arch)

    def test_a_referrer_that_one_may_not_see(self):
        partners = self.env["res.partner"]
        if "referred_by_id" not in partners._fields:
            self.skipTest("The room referral/ is not there.")
        other = self.env["res.company"].create({"name": "Page Elsewhere"})
        referrer = partners.create({"name": "Referrer"})
        self.haddad.referred_by_id = referrer
        chips = {chip["key"]: chip for chip in self._get_blocks()["standing"]["chips"]}
        self.assertEqual(chips["referrer"]["partner_id"], referrer.id)
        self.env.cr.execute(
            "UPDATE res_partner SET company_id = %s WHERE id = %s", (other.id, referrer.id)
        )
        standing = self._get_blocks()["standing"] or {"chips": []}
        self.assertNotIn("referrer", {chip["key"] for chip in standing["chips"]})

    def test_contexts_change_nothing(self):
        self._order(self.sami)
        for context in (
            {"active_test": False},
            {"default_user_id": self.sami.id},
            {"relation_partner_id": "x"},
            {"uid": self.alia.id, "su": True},
        ):
            self.assertEqual(self._count(self.omar, **context)["quotations"], 0)
        with self.assertRaises(AccessError):
            other = self.env["res.company"].create({"name": "Page Elsewhere"})
            self._get_page(self.omar, allowed_company_ids=[other.id])
