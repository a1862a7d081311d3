from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_datetime

from odoo.addons.crm_suite.models.mixins.filter_guard import FILTER_ERRORS

from ...lib import journey_simulation as lib
from .world import World, make_graph

ASKING = ("condition", "branch", "goal")
TESTS = ("split", "ab")
MESSAGES = ("sent", "put_off", "held", "usual")


class CrmJourneySimulation(models.TransientModel):
    """A walk of one record through a version, on paper: nothing is sent and nobody enters."""

    _name = "crm.journey.simulation"
    _description = "Simulation of a Journey"
    _rec_name = "journey_id"

    journey_id = fields.Many2one("crm.journey", required=True, ondelete="cascade")
    version_id = fields.Many2one(
        "crm.journey.version",
        required=True,
        ondelete="cascade",
        domain="[('journey_id', '=', journey_id)]",
        compute="_compute_version_id",
        store=True,
        precompute=True,
        readonly=False,
    )
    model_name = fields.Char(related="journey_id.model_name")
    res_id = fields.Many2oneReference("Who", model_field="model_name")
    start_id = fields.Many2one(
        "crm.journey.node",
        "Comes In by",
        ondelete="cascade",
        domain="[('version_id', '=', version_id), ('kind', '=', 'trigger')]",
        compute="_compute_start_id",
        store=True,
        readonly=False,
    )
    moment = fields.Datetime("Comes In on", required=True, default=fields.Datetime.now)
    days = fields.Integer("Show at Most (Days)", default=365)
    assumption_ids = fields.One2many(
        "crm.journey.simulation.assumption",
        "simulation_id",
        "Assumptions",
        compute="_compute_assumption_ids",
        store=True,
        readonly=False,
    )
    line_ids = fields.One2many("crm.journey.simulation.line", "simulation_id", readonly=True)
    summary = fields.Text(readonly=True)

    @api.depends("journey_id")
    def _compute_version_id(self):
        for simulation in self:
            journey = simulation.journey_id
            simulation.version_id = journey.draft_version_id or journey.live_version_id

    @api.depends("version_id")
    def _compute_start_id(self):
        for simulation in self:
            starts = simulation.version_id.node_ids.filtered(lambda node: node.kind == "trigger")
            simulation.start_id = starts[:1]

    @api.depends("version_id")
    def _compute_assumption_ids(self):
        for simulation in self:
            nodes = simulation.version_id.node_ids
            simulation.assumption_ids = [
                Command.clear(),
                *(
                    Command.create(
                        {
                            "node_id": node._origin.id or node.id,
                            "answer": "never" if node.asks == "event" else "now",
                        }
                    )
                    for node in nodes
                    if node.kind in ASKING and node._asks_anything()
                ),
                *(
                    Command.create({"node_id": node._origin.id or node.id})
                    for node in nodes
                    if node.kind in TESTS
                ),
            ]

    # ------------------------------------------------------------------
    # Simulation
    # ------------------------------------------------------------------

    def action_simulate(self):
        """Walk, and show each moment."""
        self.ensure_one()
        record = self._get_record()
        world = World(
            self.version_id,
            record,
            self.moment,
            {one.node_id.uid: one for one in self.assumption_ids},
        )
        try:
            walk = self._walk(world)
        except UserError:
            raise
        except FILTER_ERRORS as error:
            raise UserError(
                self.env._("There is a filter that cannot be evaluated: %s", error)
            ) from error
        self.line_ids.unlink()
        self.env["crm.journey.simulation.line"].create(
            [
                {"simulation_id": self.id, "sequence": place, **self._prepare_line(world, visit)}
                for place, visit in enumerate(walk.visits)
            ]
        )
        self.summary = self._describe_end(world, walk)
        return self._reopen()

    def _get_record(self):
        record = self.env[self.journey_id.model_name].browse(self.res_id or []).exists()
        if not record:
            raise UserError(self.env._("Choose for whom the journey is simulated."))
        record.check_access("read")
        self.version_id.check_access("read")
        return record

    def _walk(self, world):
        graph = make_graph(self.version_id)
        return lib.walk(
            graph,
            lib.find_first(graph, self.start_id.uid),
            self.moment,
            world,
            until=self.moment + timedelta(days=max(self.days, 1)),
        )

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Simulate"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    # ------------------------------------------------------------------
    # Words
    # ------------------------------------------------------------------

    def _prepare_line(self, world, visit):
        node, fate = world.nodes[visit.uid], visit.fate
        tone = "end" if fate.end or not fate.port else "other"
        if fate.code in (*MESSAGES, "refused"):
            tone = "refused" if fate.code == "refused" else "message"
        return {
            "came_at": visit.came,
            "moment": self._show(world, visit.came),
            "node_id": node.id,
            "port": fate.port,
            "what": self._describe_what(world, node, fate),
            "why": self._describe_why(world, node, fate),
            "tone": tone,
        }

    def _show(self, world, moment):
        """:return: a moment in words, on the clock of the participant"""
        return format_datetime(self.env, moment, tz=world.tz, dt_format="EEE d MMM y HH:mm")

    def _describe_what(self, world, node, fate):
        if fate.code in MESSAGES:
            address, goes = fate.detail
            name = node.mailing_id.subject or node.display_name
            return self.env._(
                "“%(name)s” goes to %(address)s on %(moment)s.",
                name=name,
                address=address,
                moment=self._show(world, goes),
            )
        if fate.code == "refused":
            return self.env._("“%s” is not sent.", node.display_name)
        if fate.code == "acts":
            return node._describe_action()
        if fate.end or fate.code == "stays":
            return {
                "stays": self.env._("Stays here."),
                "taken_out": self.env._("Leaves the journey."),
                "goal": self.env._("Reaches the goal and leaves the journey."),
            }.get(fate.code, self.env._("The journey ends."))
        if fate.code == "goal":
            return self.env._("Reaches the goal and goes on.")
        if fate.code in ("waited", "timeout", "missed", "met"):
            return self.env._("Waits until %s.", self._show(world, fate.left))
        return self.env._("Goes on by “%s”.", node._describe_port(fate.port))

    def _describe_why(self, world, node, fate):
        question = node._describe_question()
        refusals = self._get_labels("crm.outbox", "reason")
        exits = self._get_labels("crm.journey.participant", "exit_reason")
        words = {
            "waited": self._describe_wait(world, node),
            "timeout": self.env._("It did not happen in time: %s", question),
            "met": self.env._("It holds: %s", question),
            "yes": self.env._("It holds: %s", question),
            "no": self.env._("It does not hold: %s", question),
            "stays": self.env._("It never holds, and there is no time limit: %s", question),
            "missed": self.env._("There is no such date, or it is over."),
            "goal": self.env._("It holds: %s", question) if question else False,
            "no_goal": self.env._("Not reached: %s", question),
            "arm": self.env._("Chance decides; this way was assumed."),
            "jump": self.env._("Goes back for the %s. time.", fate.detail),
            "enough": self.env._("Went back %s times, which is enough.", fate.detail),
        }
        if fate.code == "refused":
            return refusals.get(fate.detail, fate.detail)
        if fate.code == "held":
            return self.env._("Not at once: he got enough messages already.")
        if fate.code == "usual":
            return self.env._("Not at once: in the hour in which he mostly reads.")
        if fate.code == "put_off":
            return self.env._("Not at once: quiet hours, or a day without sending.")
        if fate.code == "taken_out":
            return exits.get(fate.detail, fate.detail)
        return words.get(fate.code) or False

    def _get_labels(self, model, name):
        return dict(self.env[model]._fields[name]._description_selection(self.env))

    def _describe_wait(self, world, node):
        zone = world.tz.replace("_", " ")
        if world.tz_guessed:
            return self.env._("By the clock of the company (%s): the contact has none.", zone)
        return self.env._("By the clock of the contact (%s).", zone)

    def _describe_end(self, world, walk):
        exits = self._get_labels("crm.journey.participant", "exit_reason")
        sent = sum(visit.fate.code in MESSAGES for visit in walk.visits)
        refused = sum(visit.fate.code == "refused" for visit in walk.visits)
        last = walk.visits[-1].fate.left if walk.visits else self.moment
        words = {
            lib.STAYS: self.env._("He stays in the journey."),
            lib.BOUND: self.env._("The simulation stops here: there are too many steps."),
            lib.LATE: self.env._("The simulation stops here: the rest is later than asked for."),
        }
        end = words.get(walk.end) or self.env._(
            "It ends on %(moment)s: %(reason)s.",
            moment=self._show(world, last),
            reason=exits.get(walk.end, walk.end),
        )
        return self.env._(
            "%(sent)s messages are sent, %(refused)s are not. %(end)s",
            sent=sent,
            refused=refused,
            end=end,
        )
