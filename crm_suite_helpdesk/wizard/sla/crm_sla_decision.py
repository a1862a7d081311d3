from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.crm_suite.lib.working_time import epoch, moment

LIVE = ("running", "paused")


class CrmSlaDecision(models.TransientModel):
    """What a leader decides about promises to a ticket, with the reason that everybody will read.

    Who may decide is checked where it is done, in the clocks and tickets themselves.
    """

    _name = "crm.sla.decision"
    _inherit = ["crm.ticket.dialog.mixin"]
    _description = "Decision on a Service Level"

    kind = fields.Selection(
        [
            ("forgive", "Forgive"),
            ("unforgive", "Take Back Forgiveness"),
            ("override", "Change Target"),
            ("hold", "Hold"),
            ("recount", "Count Again"),
        ],
        required=True,
        readonly=True,
    )
    clock_ids = fields.Many2many("crm.sla.clock", string="Promises", readonly=True)
    ticket_id = fields.Many2one("crm.ticket", readonly=True)
    clock_count = fields.Integer("Promises to Decide on", compute="_compute_clock_count")
    reason = fields.Char(required=True, help="It is written to the ticket.")
    budget = fields.Float("New Target", help="Working time, in hours and minutes.")
    is_overridden = fields.Boolean(compute="_compute_preview")
    takes_policy = fields.Boolean(
        "Target of the Policy", help="The target that was set by hand no longer holds."
    )
    present_budget = fields.Float("Present Target", compute="_compute_preview")
    present_deadline = fields.Datetime(compute="_compute_preview")
    new_deadline = fields.Datetime(compute="_compute_preview")
    is_spent = fields.Boolean(
        compute="_compute_preview", help="More than the new target is counted already."
    )

    @api.depends("clock_ids")
    def _compute_clock_count(self):
        for decision in self:
            decision.clock_count = len(decision.clock_ids)

    @api.depends("clock_ids", "budget", "takes_policy")
    def _compute_preview(self):
        """What the new target would lead to."""
        now = epoch(self.env["crm.ticket"]._now())
        for decision in self:
            clock = decision.clock_ids[:1]
            decision.present_budget = clock.budget_s / 3600
            decision.present_deadline = clock.deadline
            decision.is_overridden = clock.budget_overridden
            decision.new_deadline = decision.is_spent = False
            budget = decision._get_budget()
            if decision.kind != "override" or not clock or budget <= 0:
                continue
            hours, running = clock._get_hours(), clock.state == "running"
            worked = hours.worked(epoch(clock.state_since), now) if running else 0
            left = budget - clock.elapsed_s - worked
            decision.is_spent = left < 0
            if running and left >= 0:
                decision.new_deadline = moment(hours.add(now, left))

    @api.constrains("kind", "budget", "takes_policy")
    def _check_budget(self):
        for decision in self:
            if decision.kind == "override" and decision._get_budget() <= 0:
                raise ValidationError(self.env._("A target needs a time greater than zero."))

    # ------------------------------------------------------------------ actions

    def action_confirm(self):
        """Do what was decided.

        :raise AccessError: when the user may not decide about the ticket
        """
        self.ensure_one()
        reason = (self.reason or "").strip()
        if not reason:
            raise UserError(self.env._("Give a reason: it is written to the ticket."))
        if self.kind == "hold":
            self.ticket_id._sla_hold(reason)
        elif self.kind == "forgive":
            self.clock_ids._forgive(reason)
        elif self.kind == "unforgive":
            self.clock_ids._unforgive(reason)
        elif self.kind == "recount":
            self.clock_ids._recount_history(reason)
        else:
            self.clock_ids._override(0 if self.takes_policy else self._get_budget(), reason)
        return {"type": "ir.actions.act_window_close"}

    @api.model
    def _open(self, kind, clocks=None, ticket=None):
        """The dialog in which the reason is given.

        :raise UserError: when there is nothing to decide
        """
        if kind != "hold" and not clocks:
            raise UserError(self.env._("Choose promises first."))
        labels = {
            "forgive": self.env._("Forgive"),
            "unforgive": self.env._("Take Back Forgiveness"),
            "override": self.env._("Change Target"),
            "hold": self.env._("Hold the Clocks"),
            "recount": self.env._("Count Again"),
        }
        return {
            "type": "ir.actions.act_window",
            "name": labels[kind],
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_kind": kind,
                "default_clock_ids": clocks.ids if clocks else [],
                "default_ticket_id": ticket.id if ticket else False,
                "default_budget": clocks[:1].budget_s / 3600 if clocks else 0,
                "dialog_size": "medium",
            },
        }

    def _get_budget(self):
        """The new target in seconds."""
        self.ensure_one()
        if self.takes_policy:
            # sudo: agents who lead a team may not read all revisions
            return self.sudo().clock_ids[:1]._get_promised_budget()
        return self.env["crm.sla.target"]._budget_to_seconds(self.budget)
