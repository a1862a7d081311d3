from datetime import timedelta

from odoo import Command, fields
from odoo.tests import tagged

from .common import TriggerCommon


@tagged("post_install", "-at_install")
class TestPeople(TriggerCommon):
    """Segments, lifecycle, by hand."""

    def test_members_of_the_segment_and_who_enters_later(self):
        journey = self._start("segment_enter", segment_id=self.segment.id)
        self._check_who(journey, self.segment.member_ids.partner_id)
        self.faris.category_id = [Command.link(self.tag.id)]
        self.segment.action_evaluate()
        self._check_who(journey, self.segment.member_ids.partner_id)
        self.assertIn(self.faris.id, self._participants(journey).mapped("res_id"))
        [mine] = self._participants(journey).filtered(lambda one: one.res_id == self.faris.id)
        self.assertEqual(mine.entry["segment"], self.segment.id)

    def test_members_stay_out_where_only_new_ones_come_in(self):
        self.env["crm.segment.member"].search([]).sudo()
        journey = self._start(
            "segment_enter",
            segment_id=self.segment.id,
            includes_members=False,
            launched_at=fields.Datetime.now() + timedelta(seconds=5),
        )
        self._check_who(journey, self.env["res.partner"])

    def test_who_enters_after_the_launch_comes_in(self):
        self.env.cr.execute(
            "UPDATE crm_segment_member SET entered_at = entered_at - interval '1 day'"
            " WHERE segment_id = %s",
            [self.segment.id],
        )
        journey = self._start("segment_enter", segment_id=self.segment.id, includes_members=False)
        self._check_who(journey, self.env["res.partner"])
        self.faris.category_id = [Command.link(self.tag.id)]
        self.segment.action_evaluate()
        self._check_who(journey, self.faris)
        # looking again changes nothing
        self._check_who(journey, self.faris)

    def test_who_left_the_segment_again_does_not_come_in(self):
        journey = self._start("segment_enter", segment_id=self.segment.id)
        self.amal.category_id = [Command.clear()]
        self.segment.action_evaluate()
        self.assertNotIn(self.amal, self._who(journey))

    def test_who_leaves_a_segment(self):
        journey = self._start("segment_leave", segment_id=self.segment.id)
        self._check_who(journey, self.env["res.partner"])
        self.amal.category_id = [Command.clear()]
        self.segment.action_evaluate()
        self._check_who(journey, self.amal)

    def test_who_comes_back_has_not_left(self):
        journey = self._start("segment_leave", segment_id=self.segment.id)
        for command in (Command.clear(), Command.link(self.tag.id)):
            self.amal.category_id = [command]
            self.segment.action_evaluate()
        self._check_who(journey, self.env["res.partner"])

    def test_who_leaves_the_segment_leaves_the_journey(self):
        journey = self._start("segment_enter", segment_id=self.segment.id, exit_on_leave=True)
        self._process()
        self.amal.category_id = [Command.clear()]
        self.segment.action_evaluate()
        self._process()
        left = self._participants(journey).filtered(lambda one: one.state == "left")
        self.assertEqual(left.mapped("res_id"), self.amal.ids)
        self.assertEqual(left.exit_reason, "left_segment")

    def test_lifecycle(self):
        first, second = self.env["crm.lifecycle.stage"].search([], limit=2)
        journey = self._start("lifecycle", stage_id=second.id)
        self.amal.lifecycle_stage_id = second
        self.emre.lifecycle_stage_id = first
        self._check_who(journey, self.amal)

    def test_the_filter_narrows(self):
        domain = repr([("name", "=", "Emre")])
        journey = self._start("segment_enter", segment_id=self.segment.id, domain=domain)
        self._check_who(journey, self.emre)

    def test_nobody_comes_in_by_himself_where_it_is_by_hand(self):
        self._check_who(self._start("manual"), self.env["res.partner"])

    def test_who_the_responsible_cannot_read_stays_out(self):
        rule = self.env["ir.rule"].create(
            {
                "name": "Not Emre",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": repr([("id", "!=", self.emre.id)]),
            }
        )
        journey = self._start("segment_enter", segment_id=self.segment.id)
        self.assertTrue(rule)
        self.assertNotIn(self.emre, self._who(journey))

    def test_again_only_by_what_happens_after_the_end(self):
        stage = self.env["crm.lifecycle.stage"].search([], limit=1)
        journey = self._start("lifecycle", stage_id=stage.id, reentry="ended")
        self.amal.lifecycle_stage_id = stage
        self._check_who(journey, self.amal)
        participant = self._participants(journey)
        self.env["crm.journey.participant"]._exit(participant.ids, "by_hand")
        self._check_who(journey, self.amal)
        # a day later he moves there again
        past = "UPDATE {} SET {} = {} - interval '1 day'"
        for table, name in (
            ("crm_journey_participant", "exited_at"),
            ("crm_journey_participant", "entered_at"),
            ("crm_lifecycle_move", "moved_at"),
        ):
            self.env.cr.execute(past.format(table, name, name))
        self.env.invalidate_all()
        self.amal.lifecycle_stage_id = False
        self.amal.lifecycle_stage_id = stage
        self._check_who(journey, self.amal + self.amal)

    def test_what_does_not_work_holds_up_nobody(self):
        broken = self._start("match", domain=repr([("name", "=", "Amal")]))
        self.env.cr.execute(
            "UPDATE crm_journey_node SET domain = %s WHERE journey_id = %s AND kind = 'trigger'",
            ["[('no_such_field', '=', 1)]", broken.id],
        )
        self.env.invalidate_all()
        other = self._start("segment_enter", segment_id=self.segment.id)
        self._check_who(other, self.segment.member_ids.partner_id)
        self.assertIn("no_such_field", broken.trigger_problem)
        self.assertEqual(len(broken.activity_ids), 1)
        self._process()
        self.assertEqual(len(broken.activity_ids), 1)
        self.env.cr.execute(
            "UPDATE crm_journey_node SET domain = '[]' WHERE journey_id = %s", [broken.id]
        )
        self.env.invalidate_all()
        self._process()
        self.assertFalse(broken.trigger_problem)
        self.assertFalse(broken.activity_ids)

    def test_without_the_responsible_the_journey_stands_still(self):
        journey = self._start("segment_enter", segment_id=self.segment.id)
        self.marketer.active = False
        self._check_who(journey, self.env["res.partner"])
        self.assertEqual(journey.state, "paused")
        self.assertIn("marketer", journey.pause_reason)
