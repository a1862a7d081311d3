import secrets

from odoo import api, fields, models

from ...lib import journey_graph
from .choices import EVENTS, NODE_KINDS, TRIGGERS, UNITS

BEFORE_AFTER = [("before", "Before"), ("after", "After")]


class CrmJourneyNode(models.Model):
    """One place of a version of a journey, and what happens there. Rooms of the kinds of nodes add
    what only they need.
    """

    _name = "crm.journey.node"
    _description = "Node of a Journey"
    _order = "version_id, y, x, id"

    version_id = fields.Many2one(
        "crm.journey.version", required=True, ondelete="cascade", index=True
    )
    journey_id = fields.Many2one(related="version_id.journey_id", store=True, index=True)
    journey_company_id = fields.Many2one(related="journey_id.company_id", string="Company")
    version_state = fields.Selection(related="version_id.state")
    model_id = fields.Many2one(related="journey_id.model_id", string="Participants")
    model_name = fields.Char(related="journey_id.model_id.model", string="Model")
    uid = fields.Char(
        "Key",
        required=True,
        default=lambda self: secrets.token_hex(4),
        help="The same in all versions: by it participants find their place in a new one.",
    )
    kind = fields.Selection(NODE_KINDS, required=True, default="wait")
    name = fields.Char(translate=True)
    x = fields.Integer("Place across", default=0)
    y = fields.Integer("Place down", default=0)
    arm_ids = fields.One2many("crm.journey.arm", "node_id", "Arms", copy=True)
    edge_ids = fields.One2many("crm.journey.edge", "source_id", "Ways Out")

    # ---- start
    trigger = fields.Selection(TRIGGERS, default="segment_enter")
    segment_id = fields.Many2one(
        "crm.segment", ondelete="restrict", index="btree_not_null", check_company=False
    )
    includes_members = fields.Boolean(
        "Also Who Is in It Already",
        default=True,
        help="Else only those who enter the segment after the launch.",
    )
    stage_id = fields.Many2one(
        "crm.lifecycle.stage", "Lifecycle Stage", ondelete="restrict", index="btree_not_null"
    )
    # also: what a condition, a branch or a goal asks
    domain = fields.Char(
        "Filter", default="[]", help="Evaluated with the rights of the responsible."
    )
    # mailings outside of the journey, for starts and conditions
    about_mailing_id = fields.Many2one(
        "mailing.mailing", "Mailing", ondelete="restrict", index="btree_not_null"
    )
    about_node_uid = fields.Char("Message of This Journey", help="Key of its node.")
    url_part = fields.Char("Address Contains", help="Empty: any page.")
    web_form_id = fields.Many2one(
        "crm.web.form",
        "Form",
        ondelete="restrict",
        index="btree_not_null",
        domain="[('company_id', '=', journey_company_id)]",
        help="Empty: any form.",
    )
    form_ref = fields.Char(
        "Form of a Page of Yours",
        help="Of forms that are not made here: its name, as “Page Visits” shows it.",
    )
    date_field_id = fields.Many2one(
        "ir.model.fields",
        "Date",
        # people may be waiting there
        ondelete="set null",
        index="btree_not_null",
        domain="[('model_id', '=', model_id), ('ttype', 'in', ('date', 'datetime')),"
        " ('store', '=', True)]",
    )

    # ---- time: wait, until, time-outs, offsets of dates, "within"
    amount = fields.Integer("Time", default=1)
    unit = fields.Selection(UNITS, default="days")
    side = fields.Selection(BEFORE_AFTER, "Before or After", default="after")
    at_hour = fields.Float(
        "At the Hour", help="On the clock of the participant; empty: at any time."
    )
    has_hour = fields.Boolean("At a Certain Hour")
    working_days = fields.Boolean("Working Days Only")
    until_kind = fields.Selection(
        [("moment", "Date and Time"), ("field", "Date of the Record")],
        "Until",
        default="moment",
    )
    until_at = fields.Datetime("Date and Time")
    # ---- condition, branch, goal
    asks = fields.Selection([("domain", "Filter"), ("event", "Event")], default="domain")
    event = fields.Selection(EVENTS)

    # ---- jump
    jump_uid = fields.Char("Jump to", help="Key of the node.")
    jump_most = fields.Integer("At Most So Often", default=3)

    # ---- actions
    expiry_amount = fields.Integer(
        "Not Later Than",
        default=0,
        help="Whoever has waited for it longer goes on without it. 0: it never expires.",
    )
    expiry_unit = fields.Selection(UNITS, "Unit of the Expiry", default="days")

    # ---- numbers of the canvas
    open_count = fields.Integer("People Here", compute="_compute_counts")
    failed_count = fields.Integer("Failed", compute="_compute_counts")
    passed_count = fields.Integer("Passed", compute="_compute_counts")

    _uid_uniq = models.UniqueIndex("(version_id, uid)", "Two nodes have the same key.")

    def _compute_counts(self):
        Step = self.env["crm.journey.step"]
        counts = {}
        if Step.has_access("read"):
            for node, state, count in Step._read_group(
                [("node_id", "in", self.ids)], ["node_id", "state"], ["__count"]
            ):
                counts[node.id, state] = count
        for node in self:
            of = {state: count for (id_, state), count in counts.items() if id_ == node._origin.id}
            node.failed_count = of.get("failed", 0)
            node.open_count = sum(of.get(state, 0) for state in ("waiting", "due", "claimed"))
            node.open_count += node.failed_count
            node.passed_count = sum(of.values()) - node.open_count

    @api.depends("name", "kind")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for node in self:
            node.display_name = node.name or kinds.get(node.kind)

    def _get_ports(self):
        """:return: keys of the ways out, in their order"""
        self.ensure_one()
        kind = journey_graph.KINDS[self.kind]
        return tuple(self.arm_ids.mapped("port")) if kind.has_arms else kind.ports

    def _find_setting_problems(self):
        """:return: what is missing or wrong in the settings, in words; the rooms of the kinds add
        theirs
        """
        self.ensure_one()
        return []

    def _find_setting_warnings(self):
        """:return: the same of what does not keep the journey from being launched"""
        self.ensure_one()
        return []
