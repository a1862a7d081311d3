from odoo.tests import Form, tagged

from ...lib import journey_graph
from ..journey.common import JourneyCommon


@tagged("post_install", "-at_install")
class TestForms(JourneyCommon):
    def test_a_journey_is_made_on_its_form(self):
        with Form(self.env["crm.journey"].with_user(self.marketer)) as form:
            form.name = "Welcome"
            form.reentry = "period"
            form.reentry_amount = 3
        self.assertEqual(form.record.draft_version_id.node_ids.kind, "trigger")

    def test_the_form_of_each_kind_of_node_opens_and_saves(self):
        nodes = {kind: {"kind": kind} for kind in journey_graph.KINDS}
        nodes |= {"start": {"trigger": "manual"}}
        nodes["trigger"]["trigger"] = "manual"
        journey = self._make_journey(nodes, [])
        view = "crm_suite_marketing.crm_journey_node_view_form"
        for node in journey.draft_version_id.node_ids:
            with self.subTest(kind=node.kind), Form(node, view=view) as form:
                form.name = f"My {node.kind}"
        self.assertEqual(
            set(journey.draft_version_id.node_ids.mapped("display_name")),
            {f"My {kind}" for kind in (*journey_graph.KINDS, "trigger")},
        )

    def test_the_card_of_a_journey_counts_people(self):
        journey = self._make_journey({}, [])
        self._go_live(journey)
        Participant = self.env["crm.journey.participant"].sudo()
        now = self.env.cr.now()
        for partner, state, goal in (
            (self.amal, "running", False),
            (self.basil, "running", now),
            (self.emre, "done", now),
            (self.dalia, "left", False),
        ):
            Participant.create(
                {
                    "journey_id": journey.id,
                    "version_id": journey.live_version_id.id,
                    "model": "res.partner",
                    "res_id": partner.id,
                    "state": state,
                    "entered_at": now,
                    "goal_at": goal,
                }
            )
        self.assertEqual(
            (journey.entered_count, journey.running_count, journey.goal_count, journey.goal_rate),
            (4, 2, 2, 50.0),
        )
        people = self.env["crm.journey.participant"].with_user(self.marketer)
        shown = people.search(journey.action_open_people()["domain"])
        self.assertEqual(set(shown.mapped("res_name")), {"Amal", "Basil"})
