from odoo.exceptions import UserError
from odoo.tests import Form, tagged
from odoo.tools import SQL

from ...lib import ab_test
from .common import AbTestCommon


@tagged("post_install", "-at_install")
class TestArms(AbTestCommon):
    def test_bucket_is_the_same_in_python_and_in_sql(self):
        addresses = [f"p{n}@x.example" for n in range(500)]
        addresses += [
            "josé@münchen.de",
            "سارة@مثال.إختبار",
            "a'b\"c\\d@x.example",
            "",
            "%s@x",
        ]
        rows = self.env.execute_query(
            SQL(
                """SELECT identity,
                          ('x'||substr(md5(%s||':'||identity),1,8))::bit(32)::bigint %% 10000
                     FROM unnest(%s::text[]) AS identity""",
                "c42",
                addresses,
            )
        )
        self.assertEqual(dict(rows), {one: ab_test.get_bucket("c42", one) for one in addresses})

    def test_everybody_is_in_one_group(self):
        campaign, variants = self._run_test(25, 25)
        a, b = (self._get_people(one) for one in variants)
        held = self._get_people(variants[0], "holdout")
        self.assertEqual(held, self._get_people(variants[1], "holdout"))
        self.assertFalse(a & b or a & held or b & held)
        for group, share in ((a, 0.25), (b, 0.25), (held, 0.1)):
            self.assertAlmostEqual(len(group) / self.SIZE, share, delta=0.1)
        expected = {
            partner.id
            for partner in self.people
            if ab_test.get_bucket(f"c{campaign.id}", partner.email_normalized) < 1000
        }
        self.assertEqual(held, expected)

    def test_winner_goes_to_all_others_and_to_nobody_twice(self):
        """Core's winner searches its recipients anew, and takes out who has a trace of a sibling:
        a trace that a retry deleted brings a second mail.
        """
        campaign, variants = self._run_test(25, 25)
        a, b = (self._get_people(one) for one in variants)
        held = self._get_people(variants[0], "holdout")
        variants[0].mailing_trace_ids.sudo().unlink()
        variants[0].action_select_as_winner()
        final = self._get_final(campaign)
        self._fix_recipients(final)
        rest = self._get_people(final)
        self.assertFalse(rest & (a | b | held))
        self.assertEqual(rest | a | b | held, set(self.people.ids))
        keys = self.env["crm.outbox"].search(
            [("campaign_id", "=", campaign.id), ("idem_key", "!=", False)]
        )
        self.assertEqual(len(keys), len(set(keys.mapped("idem_key"))))
        self.assertEqual(len(keys), len(rest | a | b))

    def test_a_run_after_another_draws_nobody_else(self):
        """Core draws `ab_testing_pc` percent of those without a trace on every run: a test of 10 %
        that is put in the queue again went from 10 to 20 to 30 % of the list (trap 10).
        """
        _campaign, variants = self._make_test(25, 25)
        self._launch(variants[0])
        first = self._get_people(variants[0])
        for _again in range(3):
            self._deliver(variants[0])
            self.env.cr.execute(
                SQL(
                    """UPDATE crm_outbox SET state = 'failed', reason = 'smtp'
                        WHERE id = (SELECT min(id) FROM crm_outbox
                                     WHERE mailing_id = %s AND state = 'sent')""",
                    variants[0].id,
                )
            )
            self.env["crm.outbox"].invalidate_model()
            variants[0].action_put_in_queue()
            self._fix_recipients(variants[0])
            self.assertEqual(
                self._get_people(variants[0]) | self._get_people(variants[0], "smtp"), first
            )
        self._launch(variants[1])
        self.assertFalse(self._get_people(variants[1]) & first)

    def test_core_draws_again_as_it_always_did(self):
        """With Odoo's own engine nothing is changed: each run draws another sample."""
        mailing = self._create_mailing(
            subject="Of core",
            segment_id=self.ab_segment.id,
            ab_testing_enabled=True,
            ab_testing_pc=10,
            delivery_engine="core",
        )
        self.assertIsNone(mailing._get_bucket_range())
        self.assertIsNone(mailing._get_holdout_range())
        first = mailing._get_recipients()
        self.assertEqual(len(first), self.SIZE // 10)
        self.env["mailing.trace"].create(
            [
                {"mass_mailing_id": mailing.id, "model": "res.partner", "res_id": res_id}
                for res_id in first
            ]
        )
        self.assertFalse(set(mailing._get_recipients()) & set(first))

    def test_a_new_member_gets_the_arm_of_his_address(self):
        """Who comes later never changes what the others have."""
        _campaign, variants = self._run_test(25, 25)
        before = [self._get_people(one) for one in variants]
        self.people[:50].copy()
        variants[0]._launch(res_ids=self.people.ids)
        self.assertEqual([self._get_people(one) for one in variants], before)

    def test_percentages_are_fixed_by_the_first_launch(self):
        campaign, variants = self._make_test(25, 25)
        with Form(variants[1]) as form:
            form.ab_testing_pc = 30
        self._launch(variants[0])
        self.assertEqual(campaign.ab_state, "running")
        self.assertEqual((variants[1].ab_bucket_low, variants[1].ab_bucket_high), (3500, 6500))
        for variant in variants:
            with self.assertRaisesRegex(UserError, "were fixed"):
                variant.ab_testing_pc = 50
        with self.assertRaisesRegex(UserError, "was fixed"):
            campaign.ab_holdout_pc = 20
        # what changes nothing may be saved
        variants[1].write({"ab_testing_pc": 30, "ab_testing_enabled": True})
        campaign.write({"ab_holdout_pc": 10})

    def test_a_launched_variant_stays_one(self):
        campaign, variants = self._make_test(25, 25)
        self._launch(variants[0])
        for values in (
            {"ab_testing_enabled": False},
            {"campaign_id": campaign.copy({"title": "Other", "name": "Other"}).id},
            {"mailing_type": "sms"},
        ):
            with self.assertRaisesRegex(UserError, "stays one"):
                variants[0].write(values)
        with self.assertRaises(UserError):
            variants[0].unlink()
        # one that nobody got may leave, and its people go to the winner
        variants[1].ab_testing_enabled = False
        self.assertFalse(variants[1].ab_bucket_high)
        self.assertEqual(campaign.sudo()._get_ab_rest(), (3500, 10_000))

    def test_a_later_variant_gets_people_who_have_none(self):
        campaign, variants = self._run_test(25, 25)
        taken = set().union(*(self._get_people(one) for one in variants))
        third = variants[0].copy({"subject": "Offer C", "ab_testing_pc": 20})
        self.assertEqual(third._get_bucket_range(), (6000, 8000))
        self._launch(third)
        self.assertFalse(self._get_people(third) & taken)
        self.assertEqual(campaign.sudo()._get_ab_rest(), (8000, 10_000))
        with self.assertRaisesRegex(UserError, "more than 100"):
            variants[0].copy({"subject": "Offer D", "ab_testing_pc": 21}).action_launch()

    def test_people_of_a_variant_that_never_went_get_the_winner(self):
        campaign, variants = self._make_test(25, 25)
        self._launch(variants[1])
        self._deliver(variants[1])
        variants[1].action_select_as_winner()
        final = self._get_final(campaign)
        self._fix_recipients(final)
        held = self._get_people(final, "holdout")
        self.assertEqual(
            self._get_people(final) | self._get_people(variants[1]) | held, set(self.people.ids)
        )
        with self.assertRaisesRegex(UserError, "is decided"):
            variants[0].action_launch()

    def test_more_than_everybody_is_refused(self):
        _campaign, variants = self._make_test(50, 45)
        with self.assertRaisesRegex(UserError, "more than 100"):
            variants[0].action_launch()
        self.assertEqual(variants[0].state, "draft")

    def test_no_share_is_refused(self):
        _campaign, variants = self._make_test(0, 50)
        with self.assertRaisesRegex(UserError, "no share"):
            variants[0].action_launch()

    def test_both_engines_in_one_test_are_refused(self):
        _campaign, variants = self._make_test(25, 25)
        variants[1].delivery_engine = "core"
        with self.assertRaisesRegex(UserError, "Let one of them"):
            variants[0].action_launch()

    def test_the_look_at_a_draft_fixes_nothing(self):
        campaign, variants = self._make_test(25, 25)
        self.assertEqual(variants[1]._get_bucket_range(), (3500, 6000))
        self.assertEqual(variants[1]._get_holdout_range(), (0, 1000))
        self.assertFalse(campaign.ab_shares_fixed_on)
        variants[0].ab_testing_pc = 10
        self.assertEqual(variants[1]._get_bucket_range(), (2000, 4500))

    def test_other_models_in_one_test(self):
        """Core's list of those who were written to does not look at the model: a contact and a
        member of a mailing list with the same number shut each other out. An address counts here.
        """
        campaign, variants = self._make_test(50, 50, holdout=0.0)
        self._launch(variants[0])
        mailing_list = self.env["mailing.list"].create(
            {
                "name": "The same people",
                "contact_ids": [
                    (0, 0, {"name": partner.name, "email": partner.email})
                    for partner in self.people
                ],
            }
        )
        variants[1].write(
            {
                "segment_id": False,
                "mailing_model_id": self.env["ir.model"]._get_id("mailing.list"),
                "contact_list_ids": mailing_list.ids,
            }
        )
        self._launch(variants[1])
        Outbox = self.env["crm.outbox"]
        sent = Outbox.search([("campaign_id", "=", campaign.id), ("state", "=", "planned")])
        self.assertEqual(sorted(sent.mapped("identity")), sorted(self.people.mapped("email")))

    def test_who_may_not_be_written_to_is_not_held_out(self):
        """Else the hold-out group would be another kind of people than those who get a variant."""
        refusing = self.people[::4]
        for partner in refusing:
            self.env["mail.blacklist"]._add(partner.email)
        _campaign, variants = self._make_test(25, 25, holdout=50.0)
        variants.write(
            {
                "segment_id": False,
                "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                "mailing_domain": repr([("id", "in", self.people.ids)]),
            }
        )
        self._launch(variants[0])
        held = self._get_people(variants[0], "holdout")
        self.assertGreater(len(held), 100)
        self.assertFalse(held & set(refusing.ids))
