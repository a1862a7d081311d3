from odoo.tests import tagged

from .common import ScoringCommon


@tagged("post_install", "-at_install")
class TestPrivacy(ScoringCommon):
    """People who are forgotten, merged or deleted."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.click = cls._make_rule("click", 10)
        cls.fit = cls._make_fit([("category_id", "in", cls.tag.ids)], 5)
        cls.threshold = cls.env["crm.contact.score.threshold"].create(
            {
                "name": "Hot",
                "bound": 12,
                "activity_type_id": cls.env.ref("mail.mail_activity_data_call").id,
                "user_id": cls.salesperson.id,
            }
        )
        cls.env["ir.config_parameter"].set_param("crm_suite_marketing.score_changed", False)

    def _erase(self, address):
        self.env["crm.consent.erasure"].with_user(self.manager).create(
            {"address": address, "reason": "request 9"}
        ).action_erase()

    def _rows(self, partner):
        models = ("crm.contact.score.entry", "crm.contact.score.hit", "crm.contact.score.snapshot")
        return [self.env[model].search_count([("partner_id", "=", partner.id)]) for model in models]

    def test_what_an_erased_person_did_is_forgotten(self):
        for partner in (self.amal, self.emre):
            self._visit(self.to_amal if partner == self.amal else self.to_emre, "click")
        self._refresh()
        self.env["crm.contact.score.snapshot"]._take(self.now.date())
        self.assertEqual(self._rows(self.amal), [2, 1, 1])
        self._erase("amal@customer.example.com")
        self.assertEqual(self._rows(self.amal), [0, 0, 0])
        # a contact that is kept gets points for who it is, and for nothing that it did
        self._refresh()
        self.assertEqual(self._entry(self.amal).rule_id, self.fit)
        self.assertEqual(self._total(self.amal), 5)
        # others keep theirs
        self.assertEqual(self._rows(self.emre), [2, 1, 1])

    def _merge(self, kept, *others):
        partners = kept
        for other in others:
            partners |= other
        self.env["base.partner.merge.automatic.wizard"]._merge(partners.ids, kept)
        self.env.flush_all()
        self.queue._write_collected()

    def test_merged_contacts_have_one_score(self):
        for partner in (self.amal, self.emre, self.emre):
            self._did(partner)
        self._refresh()
        self._merge(self.amal, self.emre)
        self.assertFalse(self.emre.exists())
        self.assertEqual(self.Score.search_count([("partner_id", "=", self.amal.id)]), 1)
        self._run_cron()
        self.assertEqual(self._total(self.amal), 35)
        self.assertEqual(self._entry(self.amal, self.click).count, 3)

    def test_a_threshold_does_not_act_again_because_of_a_merge(self):
        for partner in (self.amal, self.emre):
            self._did(partner)
        self._refresh()
        self.env["crm.contact.score.snapshot"]._take(self.now.date())
        self._run_cron()
        self._merge(self.amal, self.emre)
        self._refresh()
        hits = self.Hit.search([("partner_id", "=", self.amal.id)])
        self.assertEqual(len(hits), 2)
        self.assertEqual(len(hits.filtered(lambda hit: not hit.left_at)), 1)
        self.assertFalse(hits.filtered(lambda hit: hit.state == "waiting"))
        self.assertEqual(self._rows(self.amal)[2], 1)

    def test_the_score_of_the_one_that_goes_is_taken_over(self):
        self._did(self.emre)
        self._refresh()
        self.amal.category_id = False
        self._refresh()
        self.assertFalse(self.Score.search([("partner_id", "=", self.amal.id)]))
        self._merge(self.amal, self.emre)
        self._run_cron()
        self.assertEqual(self._total(self.amal), 15)

    def test_a_contact_that_is_deleted_takes_its_score_along(self):
        self._refresh()
        self.assertTrue(self._total(self.dalia))
        gone = self.dalia.id
        self.dalia.unlink()
        for model in ("crm.contact.score", "crm.contact.score.entry"):
            self.assertFalse(self.env[model].search([("partner_id", "=", gone)]))
        # whoever is on the list and gone does not matter
        self.queue._add_ids([gone])
        self._run_cron()
