from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CrmSlaPolicy(models.Model):
    """What is promised, to whom, in which working hours.

    A ticket is held to the first policy, by sequence, that covers it and has a target for its
    priority; each metric is looked up on its own. Policies that are added hold besides. Editing a
    policy makes a revision and does not touch the tickets that are open: they stay on theirs.
    """

    _name = "crm.sla.policy"
    _description = "SLA Policy"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(
        default=10, help="The first policy in this order that covers a ticket applies."
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    team_ids = fields.Many2many(
        "crm.ticket.team",
        string="Teams",
        ondelete="restrict",
        context={"active_test": False},  # what is archived still limits
        check_company=True,
        help="Teams whose tickets are covered. Empty: all teams of the company.",
    )
    partner_ids = fields.Many2many(
        "res.partner",
        string="Customers",
        ondelete="restrict",
        context={"active_test": False},
        domain="[('parent_id', '=', False)]",
        help="Customers who are covered, with everybody in their companies. Empty: all customers.",
    )
    tier_ids = fields.Many2many(
        "crm.customer.tier",
        string="Customer Tiers",
        ondelete="restrict",
        context={"active_test": False},
        help="Tiers whose customers are covered. Empty: customers of all tiers and of none.",
    )
    category_ids = fields.Many2many(
        "crm.ticket.category",
        string="Categories",
        ondelete="restrict",
        context={"active_test": False},
        help="Categories whose tickets are covered, with the categories below them. Empty: all.",
    )
    tag_ids = fields.Many2many(
        "crm.ticket.tag",
        string="Tags",
        ondelete="restrict",
        context={"active_test": False},
        help="Tags whose tickets are covered. Empty: all tickets.",
    )
    tag_match = fields.Selection(
        [("any", "Any of the tags"), ("all", "All of the tags")],
        "Tags Needed",
        default="any",
        required=True,
    )
    product_ids = fields.Many2many(
        "product.product",
        string="Products",
        ondelete="restrict",
        context={"active_test": False},
        check_company=True,
        help="Products whose tickets are covered. Empty: all tickets.",
    )
    product_categ_ids = fields.Many2many(
        "product.category",
        string="Product Categories",
        ondelete="restrict",
        help="Categories of products whose tickets are covered, with the categories below them. "
        "Empty: all tickets.",
    )
    order_ids = fields.Many2many(
        "sale.order",
        string="Orders",
        ondelete="restrict",
        check_company=True,
        help="Sales orders or contracts whose tickets are covered. Empty: all tickets.",
    )
    domain = fields.Char(
        "Further Conditions",
        groups="crm_suite_helpdesk.group_manager",
        help="Tickets that meet these conditions are covered. Empty: all tickets.",
    )
    date_from = fields.Date("Valid from", help="Empty: always was.")
    date_to = fields.Date("Valid until", help="The last day, included. Empty: for good.")
    stack = fields.Selection(
        [("exclusive", "First policy wins"), ("add", "Besides the others")],
        "With Other Policies",
        default="exclusive",
        required=True,
        help="First policy wins: for each kind of promise, the first policy that has a target "
        "for the ticket is the one that holds.\n"
        "Besides the others: the targets of this policy hold in addition, with clocks of their "
        "own.",
    )
    on_reopen = fields.Selection(
        [("resume", "Go on counting"), ("new_cycle", "Start again from zero")],
        "When Reopened",
        default="resume",
        required=True,
        help="The time in which the ticket was closed never counts.",
    )
    reopen_days = fields.Integer(
        "Reopened for (days)",
        aggregator=None,
        help="A message of the customer that comes later than this after the ticket was closed "
        "opens a new ticket that is linked to it. 0: it reopens the ticket, however late.",
    )
    mode = fields.Selection(
        [("working", "Working hours"), ("always", "Around the clock (24/7)")],
        "Time Counted",
        default="working",
        required=True,
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        "Working Hours",
        ondelete="restrict",
        check_company=True,
        domain="[('flexible_hours', '=', False), ('company_id', 'in', [company_id, False])]",
        help="Time is counted in these hours. Empty: those of the team of the ticket, else those "
        "of the company.",
    )
    target_ids = fields.One2many("crm.sla.target", "policy_id", "Targets", copy=True)
    revision_id = fields.Many2one(
        "crm.sla.revision", "Present Revision", readonly=True, copy=False, ondelete="set null"
    )
    revision_ids = fields.One2many("crm.sla.revision", "policy_id", "Revisions", readonly=True)
    clock_count = fields.Integer("Running Clocks", compute="_compute_clock_count")

    _reopen_days_positive = models.Constraint(
        "CHECK (reopen_days >= 0)", "A ticket cannot be reopened for less than no day."
    )
    _dates_in_order = models.Constraint(
        "CHECK (date_from <= date_to)", "A policy cannot end before it begins."
    )

    def _compute_clock_count(self):
        counts = dict(
            self.env["crm.sla.clock"]._read_group(
                [("policy_id", "in", self.ids), ("state", "in", ("running", "paused"))],
                ["policy_id"],
                ["__count"],
            )
        )
        for policy in self:
            policy.clock_count = counts.get(policy, 0)

    @api.constrains("mode", "calendar_id", "team_ids", "company_id")
    def _check_calendar(self):
        for policy in self.filtered(lambda p: p.mode == "working"):
            teams_without = policy.team_ids.filtered(lambda team: not team.calendar_id)
            if policy.calendar_id:
                calendars = policy.calendar_id
            elif policy.team_ids and not teams_without:
                calendars = policy.team_ids.calendar_id
            else:
                calendars = policy.company_id.resource_calendar_id
            if not calendars:
                raise ValidationError(
                    self.env._(
                        "No working hours for SLA policy %(policy)s: choose some on the policy, "
                        "on each of its teams, or on the company %(company)s, or count time "
                        "around the clock.",
                        policy=policy.name,
                        company=policy.company_id.name,
                    )
                )
            calendars._check_countable()

    @api.constrains("active", "target_ids")
    def _check_targets(self):
        for policy in self:
            if policy.active and not policy.target_ids:
                raise ValidationError(
                    self.env._("SLA policy %s promises nothing: add a target.", policy.name)
                )

    # ------------------------------------------------------------------ actions

    def action_open_clocks(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_helpdesk.crm_sla_clock_action"
        )
        action["domain"] = [("policy_id", "in", self.ids)]
        action["context"] = {}
        return action
