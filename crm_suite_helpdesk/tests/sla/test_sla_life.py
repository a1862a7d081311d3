from datetime import datetime
from itertools import count

from odoo.fields import Command
from odoo.tests import Form, tagged

from ..common import HOUR, MONDAY, HelpdeskCommon


@tagged("post_install", "-at_install")
class TestSlaLife(HelpdeskCommon):
    """What happens to the clocks of a ticket from its first message to the last."""

    def test_a_new_ticket_gets_its_deadlines(self):
        ticket = self.create_ticket()
        self.assertEqual(self.clock(ticket, "first_response").deadline, datetime(2026, 3, 2, 11))
        # Eight hours from nine, without the lunch break, end at nine the next day
        self.assertEqual(self.clock(ticket, "resolution").deadline, datetime(2026, 3, 3, 9))
        self.assertEqual(ticket.sla_deadline, datetime(2026, 3, 2, 11), "the nearest one")

    def test_the_form_is_enough_to_get_a_deadline(self):
        with Form(self.env["crm.ticket"].with_user(self.agent)) as form:
            form.name = "Lost password"
            form.partner_id = self.customer
        self.assertEqual(form.record.team_id, self.team, "the agent's own team")
        self.assertTrue(form.record.sla_deadline)

    def test_an_answer_ends_the_first_response(self):
        ticket = self.create_ticket()
        self.travel(hours=1)
        self.reply(ticket)
        clock = self.clock(ticket, "first_response")
        self.assertEqual((clock.state, clock.result), ("stopped", "met"))
        self.assertEqual(clock.elapsed_s, HOUR)
        self.assertEqual(ticket.first_response_at, datetime(2026, 3, 2, 10))

    def test_moving_the_ticket_is_no_answer(self):
        ticket = self.create_ticket()
        for stage_type in ("open", "waiting_customer", "solved", "closed"):
            self.move(ticket, stage_type)
            self.assertEqual(self.clock(ticket, "first_response").state, "running", stage_type)
        self.assertFalse(ticket.first_response_at)

    def test_a_note_is_no_answer(self):
        ticket = self.create_ticket()
        self.reply(ticket, subtype_xmlid="mail.mt_note")
        self.reply(ticket, message_type="auto_comment")
        self.reply(ticket, message_type="notification")
        self.customer_writes(ticket)
        self.assertEqual(self.clock(ticket, "first_response").state, "running")

    def test_a_late_answer_is_missed_since_the_deadline(self):
        ticket = self.create_ticket()
        self.travel(hours=5)
        self.reply(ticket)
        clock = self.clock(ticket, "first_response")
        self.assertEqual(clock.result, "missed")
        self.assertEqual(clock.breached_at, datetime(2026, 3, 2, 11))
        self.assertEqual(clock.overrun_s, 2 * HOUR, "an hour of lunch does not count")
        self.assertTrue(ticket.sla_breached)

    def test_waiting_for_the_customer_is_not_counted(self):
        ticket = self.create_ticket()
        self.reply(ticket)
        self.travel(hours=2)
        self.move(ticket, "waiting_customer")
        self.assertFalse(ticket.sla_deadline)
        self.assertEqual(ticket.waiting_on, "customer")
        self.travel(datetime(2026, 3, 5, 10))
        self.move(ticket, "open")
        clock = self.clock(ticket, "resolution")
        self.assertEqual(clock.elapsed_s, 2 * HOUR)
        # Six hours are left on Thursday at ten: 10-12, 13-17
        self.assertEqual(clock.deadline, datetime(2026, 3, 5, 17))

    def test_waiting_for_a_third_party_is(self):
        stage = self.env["crm.ticket.stage"].create({"name": "Supplier", "type": "waiting_third"})
        ticket = self.create_ticket()
        ticket.stage_id = stage
        self.assertEqual(self.clock(ticket, "resolution").state, "running")
        self.assertEqual(ticket.waiting_on, "third")

    def test_the_customer_answers_and_the_clock_runs_again(self):
        ticket = self.create_ticket()
        self.move(ticket, "waiting_customer")
        self.travel(hours=1)
        self.customer_writes(ticket)
        self.assertEqual(ticket.stage_type, "open")
        self.assertEqual(ticket.waiting_on, "us")
        self.assertEqual(self.clock(ticket, "resolution").state, "running")

    def test_solved_from_waiting_is_met_however_long_it_took(self):
        ticket = self.create_ticket()
        self.reply(ticket)
        self.move(ticket, "waiting_customer")
        self.travel(days=30)
        self.move(ticket, "solved")
        self.assertEqual(self.clock(ticket, "resolution").result, "met")
        self.assertEqual(ticket.sla_state, "met")

    def test_reopening_resumes_in_another_cycle(self):
        ticket = self.create_ticket()
        self.travel(hours=2)
        self.move(ticket, "solved")
        first = self.clock(ticket, "resolution")
        self.travel(days=1)
        self.customer_writes(ticket)
        second = self.clock(ticket, "resolution")
        self.assertEqual((first.cycle, first.result, second.cycle), (1, "met", 2))
        self.assertEqual((second.carried_s, second.elapsed_s), (2 * HOUR, 2 * HOUR))
        self.assertEqual(second.deadline, datetime(2026, 3, 4, 9), "six hours from eleven")
        self.assertFalse(ticket.closed_at)

    def test_a_first_response_stays_the_first(self):
        ticket = self.create_ticket()
        self.reply(ticket)
        self.move(ticket, "closed")
        self.customer_writes(ticket)
        clocks = ticket.sla_clock_ids.filtered(lambda c: c.metric == "first_response")
        self.assertEqual(clocks.mapped("result"), ["met"])

    def test_reopened_too_late_and_closed_again_in_the_same_second(self):
        extra = self.policy.copy({"name": "Besides", "stack": "add", "sequence": 1})
        extra.target_ids.pause_customer = False
        ticket = self.create_ticket()
        self.travel(days=2)
        self.move(ticket, "solved")
        self.travel(days=1)
        self.move(ticket, "open")
        self.move(ticket, "waiting_customer")
        clocks = ticket.sla_clock_ids.filtered(lambda c: c.cycle == 2)
        self.assertEqual(set(clocks.mapped("state")), {"running", "paused"})
        self.assertEqual(set(clocks.mapped("breached_at")), {self.env["crm.ticket"]._now()})
        for clock, (values, _whole) in clocks._replay().items():
            self.assertFalse(clock._compare(values))
        self.move(ticket, "closed")
        self.assertEqual(set(clocks.mapped("result")), {"missed"})
        self.env["crm.sla.clock"]._rebuild(clocks.ids)
        self.assertEqual(set(clocks.mapped("result")), {"missed"}, "the ledger knows")

    def test_spam_breaks_no_promise(self):
        ticket = self.create_ticket()
        self.travel(days=3)
        self.move(ticket, "spam")
        self.assertEqual(set(ticket.sla_clock_ids.mapped("state")), {"cancelled"})
        self.assertFalse(ticket.sla_state)
        self.assertFalse(ticket.sla_breached)

    def test_more_urgent_keeps_what_was_spent(self):
        ticket = self.create_ticket()
        self.reply(ticket)
        self.travel(hours=2)
        ticket.priority = "3"
        clock = self.clock(ticket, "resolution")
        self.assertEqual((clock.budget_s, clock.elapsed_s), (4 * HOUR, 2 * HOUR))
        self.assertEqual(clock.deadline, datetime(2026, 3, 2, 14), "11-12 and 13-14")

    def test_more_urgent_than_can_be_kept_is_breached_now(self):
        ticket = self.create_ticket()
        self.travel(hours=6)
        ticket.priority = "3"
        clock = self.clock(ticket, "resolution")
        self.assertEqual(clock.breached_at, datetime(2026, 3, 2, 15))
        ticket.priority = "1"
        self.assertTrue(self.clock(ticket, "resolution").breached_at, "and stays so")

    def test_a_pause_survives_another_priority(self):
        ticket = self.create_ticket()
        self.travel(hours=1)
        self.move(ticket, "waiting_customer")
        ticket.priority = "3"
        clock = self.clock(ticket, "resolution")
        self.assertEqual((clock.state, clock.budget_s), ("paused", 4 * HOUR))
        self.travel(hours=24)
        self.move(ticket, "open")
        self.assertEqual(self.clock(ticket, "resolution").elapsed_s, HOUR)

    def test_another_team_counts_in_its_own_hours(self):
        night = self._create_calendar("Night", [(str(day), 0, 6) for day in range(7)])
        team = self.env["crm.ticket.team"].create({"name": "Night", "calendar_id": night.id})
        ticket = self.create_ticket()
        self.travel(hours=2)
        ticket.team_id = team
        clock = self.clock(ticket, "resolution")
        self.assertEqual((clock.calendar_id, clock.elapsed_s), (night, 2 * HOUR))
        self.assertEqual(clock.deadline, datetime(2026, 3, 3, 6))
        self.assertEqual(clock.segment_ids.calendar_id, self.calendar)

    def test_the_ledger_explains_the_elapsed_time(self):
        ticket = self.create_ticket()
        for stage_type, hours in (("open", 1), ("waiting_customer", 3), ("open", 20)):
            self.move(ticket, stage_type)
            self.travel(hours=hours)
        ticket.priority = "3"
        self.travel(hours=1)
        self.move(ticket, "solved")
        clock = self.clock(ticket, "resolution")
        segments = clock.segment_ids.sorted("start_at")
        self.assertEqual(sum(segments.mapped("worked_s")), clock.elapsed_s)
        self.assertEqual(segments.mapped("cause"), ["stage", "stage", "priority", "stage"])
        self.assertEqual(segments.mapped("state"), ["running", "paused", "running", "running"])
        self.assertEqual(segments[0].start_at, MONDAY)
        self.assertEqual(segments[1:].mapped("start_at"), segments[:-1].mapped("end_at"))

    def test_back_and_forth_in_one_moment_leaves_no_trace(self):
        ticket = self.create_ticket()
        for stage_type in ("waiting_customer", "open", "waiting_customer", "open"):
            self.move(ticket, stage_type)
        clock = self.clock(ticket, "resolution")
        self.assertFalse(clock.segment_ids)
        self.assertEqual(clock.deadline, datetime(2026, 3, 3, 9))

    def test_what_was_handled_elsewhere_is_imported_as_it_was(self):
        columns = ["name", "team_id/.id", "stage_id/.id", "opened_at", "first_response_at"]
        rows = [
            ["Old", str(self.team.id), str(self.stages["solved"].id)]
            + ["2026-02-23 09:00:00", "2026-02-23 10:00:00", "2026-02-23 15:00:00"],
            [
                "Future",
                str(self.team.id),
                str(self.stages["new"].id),
                "2027-01-01 00:00:00",
                "",
                "",
            ],
        ]
        result = self.env["crm.ticket"].load([*columns, "closed_at"], rows)
        self.assertFalse(result["messages"])
        old, future = self.env["crm.ticket"].browse(result["ids"])
        self.assertEqual(self.clock(old, "first_response").elapsed_s, HOUR)
        self.assertEqual(self.clock(old, "resolution").elapsed_s, 5 * HOUR)
        self.assertEqual(old.sla_state, "met")
        self.assertEqual(future.opened_at, MONDAY, "nobody opens a ticket tomorrow")

    def test_many_tickets_cost_no_more_queries_than_one(self):
        numbers = count()

        def create(how_many):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["crm.ticket"].with_context(tracking_disable=True).create(
                [
                    {"name": str(i), "team_id": self.team.id, "number": f"X{next(numbers)}"}
                    for i in range(how_many)
                ]
            )
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        create(1)
        one, many = create(1), create(50)
        self.assertLessEqual(many, one + 5)

    def test_targets_for_a_priority_go_before_those_for_all(self):
        urgent = self.create_ticket(priority="3")
        self.assertEqual(self.clock(urgent, "first_response").budget_s, HOUR)

    def test_the_first_policy_that_covers_the_customer_applies(self):
        gold = self.env["crm.sla.policy"].create(
            {
                "name": "Gold",
                "sequence": -1,
                "mode": "always",
                "partner_ids": [Command.set(self.customer_company.ids)],
                "target_ids": [Command.create({"metric": "resolution", "budget_s": HOUR})],
            }
        )
        ticket = self.create_ticket()
        self.assertEqual(self.clock(ticket, "resolution").policy_id, gold)
        self.assertEqual(self.clock(ticket, "first_response").policy_id, self.policy)
        ticket.partner_id = self.stranger_user.partner_id
        self.assertEqual(self.clock(ticket, "resolution").policy_id, self.policy)

    def test_editing_a_policy_leaves_open_tickets_alone(self):
        ticket = self.create_ticket()
        self.policy.target_ids.filtered(lambda t: not t.priority).budget = 1
        self.move(ticket, "open")
        self.assertEqual(self.clock(ticket, "resolution").budget_s, 8 * HOUR)
        self.assertEqual(self.clock(self.create_ticket(), "resolution").budget_s, HOUR)

    def test_archiving_a_policy_ends_its_promises(self):
        ticket = self.create_ticket()
        self.policy.action_archive()
        self.assertEqual(set(ticket.sla_clock_ids.mapped("state")), {"cancelled"})
        self.assertFalse(ticket.sla_deadline)

    def test_without_a_promise_there_is_no_clock(self):
        self.policy.action_archive()
        ticket = self.create_ticket()
        self.move(ticket, "solved")
        self.assertFalse(ticket.sla_clock_ids)
        self.assertFalse(ticket.sla_state)
