from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class CrmSlaApply(models.TransientModel):
    """Hold open tickets to what a policy is now."""

    _name = "crm.sla.apply"
    _description = "Apply a Policy to Open Tickets"

    policy_id = fields.Many2one("crm.sla.policy", required=True, readonly=True, ondelete="cascade")
    ticket_count = fields.Integer("Open Tickets", compute="_compute_ticket_count")
    changes = fields.Html(compute="_compute_ticket_count", sanitize=False)

    @api.depends("policy_id")
    def _compute_ticket_count(self):
        for wizard in self:
            policy = wizard.policy_id
            wizard.ticket_count = policy.outdated_ticket_count
            earlier = policy.revision_ids.filtered(lambda revision: not revision.is_present)
            held = earlier.filtered("ticket_count")
            first = min(held.mapped("number"), default=0)
            wizard.changes = Markup("").join(
                Markup("<p class='mb-1'><strong>%s</strong> %s</p><p class='ps-3'>%s</p>")
                % (
                    self.env._("Revision %s:", revision.number),
                    self.env._("open tickets: %s", revision.ticket_count)
                    if revision.ticket_count
                    else "",
                    Markup("<br/>").join((revision.summary or "").split("\n")),
                )
                for revision in policy.revision_ids.sorted("number")
                if held and revision.number >= first
            )

    def action_apply(self):
        """Move the tickets to the present revision, at once or by the scheduled job."""
        self.ensure_one()
        if not self.env.user.has_group("crm_suite_helpdesk.group_manager"):
            raise AccessError(self.env._("Only managers apply a policy to open tickets."))
        policy = self.policy_id
        policy.check_access("write")
        # All tickets of the policy, also those that are of no concern to whoever counts them
        tickets = policy._get_outdated_tickets()
        if not tickets:
            raise UserError(self.env._("All open tickets are held to the policy as it is already."))
        # sudo: nobody enters what was applied
        rollouts = self.env["crm.sla.rollout"].sudo()
        rollouts.search([("policy_id", "=", policy.id), ("state", "=", "running")]).write(
            {"state": "replaced"}
        )
        rollout = rollouts.create(
            {
                "policy_id": policy.id,
                "revision_id": policy.revision_id.id,
                "user_id": self.env.uid,
                "date": self.env["crm.ticket"]._now(),
                "total": len(tickets),
            }
        )
        rollout._run()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if rollout.failed else "success",
                "message": self._describe(rollout),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _describe(self, rollout):
        if rollout.state == "running":
            return self.env._(
                "A scheduled job moves the tickets (%s). How far it is shows on the policy.",
                rollout.total,
            )
        if rollout.failed:
            return self.env._(
                "Tickets moved: %(done)s. Not moved: %(failed)s.",
                done=rollout.done,
                failed=rollout.failed,
            )
        return self.env._("Tickets moved: %s.", rollout.done)
