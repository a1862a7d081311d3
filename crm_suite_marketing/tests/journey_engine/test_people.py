from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command, fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.journey_engine import cleaning
from .common import EngineCommon

WAIT = {"start": {}, "w": {"kind": "wait", "amount": 1, "unit": "days"}}


@tagged("post_install", "-at_install")
class TestPeople(EngineCommon):
    """Contacts are merged, erased and deleted while they are on the way; tests are decided."""

    def _run(self, **values):
        return self._go_live(self._make_journey(WAIT, ["start > w"], **values))

    def _merge(self, kept, other):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        with mute_logger("odoo.addons.base.models.res_partner"):
            wizard._merge((kept + other).ids, kept)

    def test_participants_follow_the_contact_that_is_kept(self):
        journey = self._run()
        self._enrol(journey, self.basil)
        self._merge(self.amal, self.basil)
        participant = self._participants(journey)
        self.assertEqual((participant.res_id, participant.partner_id), (self.amal.id, self.amal))
        self.assertEqual(self._enrol(journey, self.amal), 0)
        self._advance()
        self.assertEqual(self._where(journey), {self.amal.id: "w"})

    def test_where_both_are_in_it_the_younger_passage_ends(self):
        journey = self._run(reentry="ended")
        now = fields.Datetime.now()
        with freeze_time(now - timedelta(hours=2)):
            self._enrol(journey, self.basil)
        with freeze_time(now - timedelta(hours=1)):
            self._enrol(journey, self.amal)
        self._merge(self.amal, self.basil)
        first, second = self._participants(journey).sorted("entered_at")
        self.assertEqual((first.state, second.state), ("running", "left"))
        self.assertEqual(second.exit_reason, "merged")
        self.assertEqual((first + second).mapped("res_id"), [self.amal.id] * 2)
        self.assertEqual((first + second).mapped("rotation"), [1, 2])

    def test_journeys_of_other_records_follow_too(self):
        leads = self.env["crm.lead"].create(
            [{"name": one.name, "partner_id": one.id} for one in (self.amal, self.basil)]
        )
        journey = self._run(model_id=self.env["ir.model"]._get_id("crm.lead"))
        self._enrol(journey, leads)
        self._merge(self.amal, self.basil)
        self.assertEqual(set(self._where(journey).values()), {"w", "merged"})
        self.assertEqual(self._participants(journey).partner_id, self.amal)

    def test_leads_of_nobody_known_are_merged_as_well(self):
        leads = self.env["crm.lead"].create([{"name": "One"}, {"name": "Two"}])
        journey = self._run(model_id=self.env["ir.model"]._get_id("crm.lead"))
        self.assertEqual(self._enrol(journey, leads), 2)
        leads.merge_opportunity()
        self.assertEqual(sorted(self._participants(journey).mapped("state")), ["left", "running"])

    def test_participants_follow_the_lead_that_is_kept(self):
        leads = self.env["crm.lead"].create(
            [{"name": name, "email_from": f"{name}@example.com"} for name in ("one", "two")]
        )
        model_id = self.env["ir.model"]._get_id("crm.lead")
        in_one, in_both = (self._run(model_id=model_id, reentry="ended") for _place in range(2))
        # of two leads that are alike the first is kept
        self._enrol(in_one, leads[1])
        for lead in leads:
            self._enrol(in_both, lead)
        kept = leads.merge_opportunity()
        self.assertEqual(kept, leads[0])
        self._advance()
        self.assertEqual(self._where(in_one), {kept.id: "w"})
        passages = self._participants(in_both)
        self.assertEqual(set(passages.mapped("res_id")), set(kept.ids))
        self.assertEqual(sorted(passages.mapped("rotation")), [1, 2])
        self.assertEqual(
            sorted(passages.mapped("state")), ["left", "running"], "nobody is in it twice"
        )
        self.assertEqual(passages.filtered("exit_reason").exit_reason, "merged")

    def test_who_becomes_one_is_in_one_exclusive_journey(self):
        second = self._run(is_exclusive=True, sequence=2)
        first = self._run(is_exclusive=True, sequence=1)
        beside = self._run()
        self._enrol(second, self.amal)
        self._enrol(first, self.basil)
        self._enrol(beside, self.basil)
        self._merge(self.amal, self.basil)
        self.assertEqual(self._where(second), {self.amal.id: "priority"})
        self.assertEqual(self._where(first), {self.amal.id: "w"})
        self.assertEqual(self._where(beside), {self.amal.id: "w"})

    def test_whoever_has_left_the_segment_leaves_if_the_journey_says_so(self):
        nodes = WAIT | {"start": {"trigger": "segment_enter", "segment_id": self.segment.id}}
        for leaves in (True, False):
            with self.subTest(leaves=leaves), self.env.cr.savepoint() as point:
                journey = self._make_journey(nodes, ["start > w"], exit_on_leave=leaves)
                self._go_live(journey)
                self.segment._evaluate()
                self._enrol(journey, self.amal + self.emre)
                self._advance()
                self.amal.category_id = False
                self.env.flush_all()
                self.segment._evaluate()
                self._advance()
                expected = {self.amal.id: "left_segment" if leaves else "w", self.emre.id: "w"}
                self.assertEqual(self._where(journey), expected)
                point.rollback()
            self.env.invalidate_all()

    def test_whoever_was_put_in_by_hand_has_left_no_segment(self):
        nodes = WAIT | {"start": {"trigger": "segment_enter", "segment_id": self.segment.id}}
        journey = self._go_live(self._make_journey(nodes, ["start > w"], exit_on_leave=True))
        self.segment._evaluate()
        self._enrol(journey, self.amal + self.faris)
        self._advance()
        self.assertEqual(self._where(journey), {self.amal.id: "w", self.faris.id: "w"})
        self.amal.category_id = False
        self.env.flush_all()
        self.segment._evaluate()
        self._advance()
        self.assertEqual(self._where(journey), {self.amal.id: "left_segment", self.faris.id: "w"})

    def test_the_segment_that_somebody_has_left_is_that_by_which_he_entered(self):
        other = self._create_segment(self.marketer, name="Other", domain="[('id', '=', 0)]")
        nodes = WAIT | {"start": {"trigger": "segment_enter", "segment_id": self.segment.id}}
        journey = self._go_live(self._make_journey(nodes, ["start > w"], exit_on_leave=True))
        self.segment._evaluate()
        self._enrol(journey, self.amal, {"segment": self.segment.id})
        journey.with_user(self.marketer).action_edit()
        draft = journey.draft_version_id
        draft.node_ids.filtered(lambda node: node.kind == "trigger").segment_id = other
        draft.sudo()._launch()
        journey._move_people(draft)
        self._advance()
        self.assertEqual(self._where(journey), {self.amal.id: "w"})

    def test_whoever_is_erased_leaves_and_nothing_is_told_of_him(self):
        journey = self._run()
        self._enrol(journey, self.amal + self.emre, {"url": "https://example.com/me"})
        self._participants(journey).step_ids.sudo().write({"detail": "Amal said so"})
        Consent = self.env["crm.consent"].sudo()
        Consent._erase("amal@customer.example.com", "email", "asked")
        self.assertEqual(self._where(journey), {self.amal.id: "erased", self.emre.id: "w"})
        erased = self._participants(journey).filtered(lambda one: one.state == "left")
        self.assertFalse(erased.entry)
        self.assertFalse(erased.step_ids.detail)
        other = self._participants(journey) - erased
        self.assertTrue(other.entry and other.step_ids.detail)

    def test_whoever_is_erased_by_his_address_alone_leaves_too(self):
        lead = self.env["crm.lead"].create({"name": "X", "email_from": "x@customer.example.com"})
        journey = self._run(model_id=self.env["ir.model"]._get_id("crm.lead"))
        self._enrol(journey, lead)
        self.env["crm.consent"].sudo()._erase("x@customer.example.com", "email", "asked")
        self.assertEqual(self._where(journey), {lead.id: "erased"})

    def test_passages_of_deleted_contacts_stay_of_nobody(self):
        journey = self._run()
        self._enrol(journey, self.emre)
        gone = self.emre.id
        self.emre.unlink()
        self.assertEqual(self._where(journey), {gone: "gone"})
        self.assertFalse(self._participants(journey).partner_id)

    def test_a_test_is_decided_when_one_arm_is_better_for_certain(self):
        arms = [
            Command.create({"port": port, "name": port.upper(), "weight": 50})
            for port in ("a", "b")
        ]
        nodes = {
            "start": {},
            "t": {"kind": "ab", "arm_ids": arms, "ab_minimum": 30, "ab_confidence": 0.95},
            "a": {"kind": "wait", "amount": 9},
            "b": {"kind": "wait", "amount": 9},
            "g": {"kind": "goal", "domain": "[('city', '=', 'Gent')]"},
        }
        edges = ["start > t", "t.a > a", "t.b > b", "a > g"]
        journey = self._go_live(self._make_journey(nodes, edges))
        people = self.env["res.partner"].create([{"name": f"P{n}"} for n in range(120)])
        self._enrol(journey, people)
        self._advance()
        where = self._where(journey)
        test = journey.live_version_id.node_ids.filtered(lambda node: node.kind == "ab")
        self.assertFalse(test.ab_decided_port)
        on_b = people.filtered(lambda one: where[one.id] == "b")
        # too few to say anything
        on_b[:9].city = "Gent"
        self._advance()
        self.assertFalse(test.ab_decided_port)
        (on_b[:30]).city = "Gent"
        (people - on_b)[:2].city = "Gent"
        self._advance()
        self.assertEqual((test.ab_decided_port, test.ab_winner), ("b", "B"))
        later = self.env["res.partner"].create([{"name": f"L{n}"} for n in range(20)])
        self._enrol(journey, later)
        self._advance()
        where = self._where(journey)
        self.assertEqual({where[one.id] for one in later}, {"b"})

    def test_journeys_that_are_no_more_leave_nobody_behind(self):
        gone, stays = self._run(), self._run()
        for journey in (gone, stays):
            self._enrol(journey, self.amal + self.emre)
        number = gone.id
        self.env.flush_all()
        # as when the add-on of what goes through it is removed
        self.env.cr.execute("DELETE FROM crm_journey WHERE id = %s", [number])
        self.env.invalidate_all()
        # sudo: nobody sees them any more
        left = self.env["crm.journey.step"].sudo().search([("journey_id", "=", number)])
        people = left.participant_id
        self.assertEqual((len(left), len(people)), (2, 2))
        with patch.object(cleaning, "BATCH", 1):
            self.env["crm.journey"]._cron_clean()
        self.assertFalse(left.exists() or people.exists())
        self.assertEqual(len(self._participants(stays).step_ids), 2)

    def test_old_steps_are_forgotten_and_passages_kept(self):
        journey = self._run()
        self._enrol(journey, self.amal + self.emre)
        now = fields.Datetime.now()
        self.env["crm.journey.participant"]._exit(
            self._participants(journey).filtered(lambda one: one.res_id == self.amal.id).ids,
            "by_hand",
        )
        with freeze_time(now + timedelta(days=300)):
            self.env["crm.journey"]._cron_clean()
        self.assertEqual(len(self._participants(journey).step_ids), 2)
        with freeze_time(now + timedelta(days=1000)):
            self.env["crm.journey"]._cron_clean()
        amal = self._participants(journey).filtered(lambda one: one.res_id == self.amal.id)
        self.assertFalse(amal.step_ids)
        self.assertEqual(len(self._participants(journey).step_ids), 1)
