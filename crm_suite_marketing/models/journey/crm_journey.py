from odoo import Command, api, fields, models

from .choices import JOURNEY_STATES, REENTRY, UNITS


class CrmJourney(models.Model):
    """What happens to people one after the other: who enters, and the rules for all versions.

    The steps themselves are in versions (`crm.journey.version`), which never change once they are
    launched.
    """

    _name = "crm.journey"
    _description = "Journey"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(default=True)
    description = fields.Text(translate=True)
    color = fields.Integer()
    sequence = fields.Integer(
        "Priority",
        default=10,
        help="Small numbers go first, where a person can be in one journey only.",
    )
    state = fields.Selection(
        JOURNEY_STATES,
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        index=True,
        tracking=True,
    )
    user_id = fields.Many2one(
        "res.users",
        "Responsible",
        required=True,
        copy=False,
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        index=True,
        tracking=True,
        help="Filters and actions run with the rights of this user.",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
        help="Quiet hours, time zone and senders are those of this company.",
    )
    model_id = fields.Many2one(
        "ir.model",
        "Participants",
        required=True,
        ondelete="cascade",
        index=True,
        default=lambda self: self.env["ir.model"]._get_id("res.partner"),
        domain=[("is_mail_thread", "=", True), ("transient", "=", False)],
        help="What goes through the journey: contacts, leads, quotations, invoices, tickets …",
    )
    model_name = fields.Char(related="model_id.model", string="Model", store=True)
    purpose_id = fields.Many2one(
        "crm.consent.purpose",
        tracking=True,
        index="btree_not_null",
        help="What the messages are for: who has not agreed gets none, and goes on without it.",
    )
    # ---- who may be in it
    reentry = fields.Selection(
        REENTRY,
        "Enter Again",
        required=True,
        default="never",
        tracking=True,
        help="Whether somebody who has been through may enter again. Nobody is in it twice at the "
        "same time.",
    )
    reentry_amount = fields.Integer("Time until They May Enter Again", default=30)
    reentry_unit = fields.Selection(UNITS, "Unit of That Time", default="days")
    is_exclusive = fields.Boolean(
        "No Other Exclusive Journey Beside It",
        tracking=True,
        help="Nobody is in two exclusive journeys: the one that goes first takes people out of "
        "the others, and does not give them away.",
    )
    exit_domain = fields.Char(
        "Take Out Whoever Matches", default="[]", help="Asked before each step."
    )
    exit_on_goal = fields.Boolean("Take Out Whoever Reaches the Goal", default=True)
    exit_on_unsubscribe = fields.Boolean("Take Out Whoever Unsubscribes", default=True)
    exit_on_leave = fields.Boolean(
        "Take Out Whoever Leaves the Segment", help="The segment by which they entered."
    )
    keeps_quiet_hours = fields.Boolean(
        "Keep Quiet Hours",
        default=True,
        help="Messages wait for the hours and days of the company's settings, on the clock of the "
        "recipient.",
    )
    # ---- its versions
    version_ids = fields.One2many("crm.journey.version", "journey_id")
    live_version_id = fields.Many2one(
        "crm.journey.version",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="Whoever enters now goes through this one.",
    )
    draft_version_id = fields.Many2one(
        "crm.journey.version",
        "Draft",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="What is being changed; nobody goes through it before it is launched.",
    )
    launched_at = fields.Datetime("Launched on", readonly=True, copy=False)
    paused_at = fields.Datetime("Paused on", readonly=True, copy=False)
    pause_reason = fields.Text("Reason of the Pause", readonly=True, copy=False)

    _reentry_positive = models.Constraint(
        "CHECK (reentry_amount >= 0)", "The time until people may enter again is not negative."
    )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        journeys = super().create(vals_list)
        journeys.filtered(lambda one: not one.version_ids)._add_first_version()
        return journeys

    def _add_first_version(self):
        """Give each a draft that holds the place where people come in."""
        for journey in self:
            # sudo: the state of journeys is written by the system alone
            journey.sudo().draft_version_id = self.env["crm.journey.version"].create(
                {
                    "journey_id": journey.id,
                    "node_ids": [
                        Command.create({"kind": "trigger", "uid": "start", "x": 0, "y": 0})
                    ],
                }
            )
