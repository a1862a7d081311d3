from odoo import fields, models


class CrmJourney(models.Model):
    """What cards and lists of journeys say about the people in them."""

    # each room extends it by itself
    _inherit = "crm.journey"  # pylint: disable=consider-merging-classes-inherited

    running_count = fields.Integer("On the Way", compute="_compute_people")
    entered_count = fields.Integer("Entered", compute="_compute_people")
    goal_count = fields.Integer("Reached the Goal", compute="_compute_people")
    goal_rate = fields.Float(
        compute="_compute_people",
        help="How many percent of those who entered reached the goal.",
    )
    stuck_count = fields.Integer(
        "Failed", compute="_compute_people", help="They wait for somebody to look at what failed."
    )

    def _compute_people(self):
        Participant = self.env["crm.journey.participant"]
        mine = [("journey_id", "in", self.ids)]
        entered, running, goals, stuck = {}, {}, {}, {}
        if Participant.has_access("read"):
            for journey, state, count in Participant._read_group(
                mine, ["journey_id", "state"], ["__count"]
            ):
                entered[journey.id] = entered.get(journey.id, 0) + count
                if state == "running":
                    running[journey.id] = count
            goals = self._count_people(Participant, [*mine, ("goal_at", "!=", False)])
            stuck = self._count_people(
                self.env["crm.journey.step"], [*mine, ("state", "=", "failed")]
            )
        for journey in self:
            id_ = journey._origin.id
            journey.entered_count = entered.get(id_, 0)
            journey.running_count = running.get(id_, 0)
            journey.goal_count = goals.get(id_, 0)
            journey.stuck_count = stuck.get(id_, 0)
            journey.goal_rate = 100.0 * goals.get(id_, 0) / (entered.get(id_, 0) or 1)

    def _count_people(self, model, domain):
        return {
            journey.id: count
            for journey, count in model._read_group(domain, ["journey_id"], ["__count"])
        }

    def action_open_people(self):
        """Show who is on the way."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "crm.journey.participant",
            "view_mode": "list,form",
            "domain": [("journey_id", "=", self.id), ("state", "=", "running")],
        }
