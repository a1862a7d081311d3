from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import EngineCommon

WAIT = {"start": {}, "w": {"kind": "wait", "amount": 1, "unit": "days"}}


@tagged("post_install", "-at_install")
class TestEnrolment(EngineCommon):
    def _run(self, **values):
        journey = self._make_journey(WAIT, ["start > w"], **values)
        return self._go_live(journey)

    def test_who_comes_in_stands_at_the_first_node(self):
        journey = self._run()
        self.assertEqual(self._enrol(journey, self.amal + self.emre, {"why": "test"}), 2)
        self.assertEqual(self._where(journey), {self.amal.id: "w", self.emre.id: "w"})
        amal = self._participants(journey).filtered(lambda one: one.res_id == self.amal.id)
        self.assertEqual((amal.partner_id, amal.entry), (self.amal, {"why": "test"}))
        self.assertEqual(amal.trigger_uid, "start")

    def test_nobody_is_in_it_twice(self):
        journey = self._run(reentry="ended")
        self._enrol(journey, self.amal)
        self.assertEqual(self._enrol(journey, self.amal + self.emre), 1)
        self.assertEqual(len(self._participants(journey)), 2)

    def test_two_records_of_one_person_are_one_participant(self):
        leads = self.env["crm.lead"].create(
            [
                {"name": "One", "partner_id": self.amal.id},
                {"name": "Two", "partner_id": self.amal.id},
                {"name": "Three", "email_from": "Nobody@Customer.example.com"},
                {"name": "Four", "email_from": "nobody@customer.example.com"},
            ]
        )
        journey = self._run(model_id=self.env["ir.model"]._get_id("crm.lead"), reentry="ended")
        self.assertEqual(self._enrol(journey, leads[0]), 1)
        self.assertEqual(self._enrol(journey, leads), 1)
        self.assertEqual(set(self._where(journey)), set((leads[0] + leads[2]).ids))

    def test_each_order_of_a_customer_goes_its_own_way(self):
        """A reminder of one invoice is none of the next."""
        self.marketer.group_ids += self.env.ref("sales_team.group_sale_salesman_all_leads")
        orders = self.env["sale.order"].create([{"partner_id": self.amal.id}] * 3)
        model = {"model_id": self.env["ir.model"]._get_id("sale.order")}
        journey = self._run(**model)
        self.assertEqual(self._enrol(journey, orders[:2]), 2)
        self.assertEqual(self._enrol(journey, orders[:2]), 0)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        with mute_logger("odoo.addons.base.models.res_partner"):
            wizard._merge((self.amal + self.basil).ids, self.basil)
        self.assertEqual(self._participants(journey).mapped("state"), ["running"] * 2)
        self.env["crm.journey.participant"]._exit(self._participants(journey).ids, "by_hand")
        self.assertEqual(self._enrol(journey, orders), 1, "once each")
        # of exclusive ones a person is in one only
        journey = self._run(is_exclusive=True, **model)
        self.assertEqual(self._enrol(journey, orders), 1)

    def test_whether_somebody_may_come_again(self):
        for reentry, later, earlier in (
            ("never", 0, 0),
            ("ended", 1, 1),
            ("period", 1, 0),
        ):
            with self.subTest(reentry=reentry):
                journey = self._run(reentry=reentry, reentry_amount=10, reentry_unit="days")
                self._enrol(journey, self.amal)
                now = fields.Datetime.now()
                with freeze_time(now + timedelta(days=1, minutes=1)):
                    self._advance()
                    self.assertEqual(self._where(journey), {self.amal.id: "end"})
                with freeze_time(now + timedelta(days=5)):
                    self.assertEqual(self._enrol(journey, self.amal), earlier)
                with freeze_time(now + timedelta(days=12)):
                    self._advance()
                    self.assertEqual(self._enrol(journey, self.amal), later)
                rotations = self._participants(journey).mapped("rotation")
                self.assertEqual(sorted(rotations), list(range(1, len(rotations) + 1)))

    def test_of_two_exclusive_journeys_the_one_that_goes_first_has_the_person(self):
        first = self._run(is_exclusive=True, sequence=1)
        second = self._run(is_exclusive=True, sequence=2)
        beside = self._run(sequence=1)
        self._enrol(second, self.amal + self.emre)
        self._enrol(beside, self.amal)
        self.assertEqual(self._enrol(first, self.amal), 1)
        self.assertEqual(self._where(second), {self.amal.id: "priority", self.emre.id: "w"})
        self.assertEqual(self._where(beside), {self.amal.id: "w"})
        self.assertEqual(self._enrol(second, self.amal + self.basil), 1)
        self.assertNotIn(
            self.amal,
            self._participants(second).filtered(lambda one: one.state == "running").partner_id,
        )

    def test_exit_rule_is_asked_at_the_door(self):
        journey = self._run(exit_domain=f"[('id', '=', {self.amal.id})]")
        self.assertEqual(self._enrol(journey, self.amal + self.emre), 1)
        self.assertEqual(self._where(journey), {self.emre.id: "w"})

    def test_a_journey_that_leads_nowhere_ends_at_once(self):
        journey = self._go_live(self._make_journey({"start": {}}, []))
        self.assertEqual(self._enrol(journey, self.amal), 1)
        self.assertEqual(self._where(journey), {self.amal.id: "end"})

    def test_nobody_comes_into_what_does_not_run(self):
        journey = self._run()
        journey.sudo().state = "paused"
        self.assertEqual(self._enrol(journey, self.amal), 0)

    def test_nobody_comes_in_for_somebody_who_has_left_the_firm(self):
        journey = self._run()
        self.marketer.active = False
        self.assertEqual(self._enrol(journey, self.amal), 0)
        self.assertEqual(journey.state, "paused")
        self.assertIn(self.marketer.name, journey.pause_reason)
