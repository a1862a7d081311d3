from odoo import api, fields, models
from odoo.exceptions import UserError


class CrmJourneyLaunch(models.TransientModel):
    """What a launch would do, before it does: what is wrong, who enters, who moves or leaves."""

    _name = "crm.journey.launch"
    _description = "Launch of a Journey"

    journey_id = fields.Many2one("crm.journey", required=True, readonly=True, ondelete="cascade")
    version_id = fields.Many2one("crm.journey.version", readonly=True, ondelete="cascade")
    user_id = fields.Many2one(related="journey_id.user_id")
    journey_state = fields.Selection(related="journey_id.state")
    fingerprint = fields.Char(readonly=True, help="Of what was looked at.")
    problem_ids = fields.One2many(
        "crm.journey.launch.line", "launch_id", domain=[("kind", "=", "problem")], readonly=True
    )
    start_ids = fields.One2many(
        "crm.journey.launch.line", "launch_id", domain=[("kind", "=", "start")], readonly=True
    )
    place_ids = fields.One2many(
        "crm.journey.launch.line", "launch_id", domain=[("kind", "=", "place")], readonly=True
    )
    error_count = fields.Integer("Errors", compute="_compute_counts")
    move_count = fields.Integer("Would Move", compute="_compute_counts")
    leave_count = fields.Integer("Would Leave", compute="_compute_counts")
    older = fields.Selection(
        [
            ("stay", "They finish the version they are in"),
            ("move", "They go on in the new version"),
        ],
        "People on Their Way",
        default="stay",
        required=True,
    )

    @api.depends("problem_ids.is_warning", "place_ids.has_place", "place_ids.count")
    def _compute_counts(self):
        for launch in self:
            launch.error_count = len(launch.problem_ids.filtered(lambda one: not one.is_warning))
            places = launch.place_ids
            launch.move_count = sum(places.filtered("has_place").mapped("count"))
            launch.leave_count = sum(places.mapped("count")) - launch.move_count

    @api.model_create_multi
    def create(self, vals_list):
        # what was looked at is written by the look only
        for values in vals_list:
            values |= {"version_id": False, "fingerprint": False}
        return super().create(vals_list)

    def _fill(self):
        self.ensure_one()
        journey = self.journey_id
        version = journey.draft_version_id
        _graph, fingerprint = version._compile()
        lines = [
            {
                "kind": "problem",
                "uid": one["uid"],
                "name": one["text"],
                "is_warning": one["is_warning"],
            }
            for one in version.find_problems()
        ]
        lines += self._prepare_starts(version)
        Node = self.env["crm.journey.node"]
        lines += [
            {
                "kind": "place",
                "uid": uid,
                "name": Node.browse(node_id).display_name,
                "has_place": has_place,
                "count": count,
            }
            for node_id, uid, has_place, count in journey._count_places(version)
        ]
        self.env["crm.journey.launch.line"].search([("launch_id", "=", self.id)]).unlink()
        self.env["crm.journey.launch.line"].create(
            [{"launch_id": self.id, "sequence": at, **values} for at, values in enumerate(lines)]
        )
        self.write({"version_id": version.id, "fingerprint": fingerprint})

    def _prepare_starts(self, version):
        starts = version.node_ids.filtered(lambda node: node.kind == "trigger")
        return [
            {
                "kind": "start",
                "uid": node.uid,
                "name": node.display_name,
                "count": count,
                "is_known": count is not None,
            }
            for node in starts
            for count in [node._count_entrants()]
        ]

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_launch(self):
        """Launch what was looked at, if it can be and is still the same."""
        self.ensure_one()
        journey = self.journey_id
        journey._check_may_launch()
        journey._lock()
        version = journey.draft_version_id
        if not version or version != self.version_id:
            raise UserError(self.env._("Somebody else has launched or discarded it meanwhile."))
        if version._compile()[1] != self.fingerprint:
            raise UserError(self.env._("The journey has been changed meanwhile. Look at it again."))
        errors = [one["text"] for one in version.find_problems() if not one["is_warning"]]
        if errors:
            raise UserError(
                self.env._("The journey cannot be launched yet:\n%s", "\n".join(errors))
            )
        version._launch()
        if self.older == "move":
            journey._move_people(version)
        journey._announce_launch(version)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
