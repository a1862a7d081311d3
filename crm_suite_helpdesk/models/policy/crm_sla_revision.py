from odoo import api, fields, models


class CrmSlaRevision(models.Model):
    """Who is still held to a revision."""

    _name = "crm.sla.revision"
    _inherit = ["crm.sla.revision"]

    ticket_count = fields.Integer(
        "Open Tickets", compute="_compute_ticket_count", help="Tickets that are held to it."
    )
    is_present = fields.Boolean("In Force", compute="_compute_is_present")
    promises = fields.Text(
        compute="_compute_promises", compute_sudo=True, help="What this revision promised."
    )

    def _compute_ticket_count(self):
        clocks = self.env["crm.sla.clock"]
        counts = dict(
            clocks._read_group(
                fields.Domain("revision_id", "in", self.ids) & clocks._get_open_domain(),
                ["revision_id"],
                ["ticket_id:count_distinct"],
            )
        )
        for revision in self:
            revision.ticket_count = counts.get(revision, 0)

    @api.depends("policy_id.revision_id")
    def _compute_is_present(self):
        for revision in self:
            revision.is_present = revision == revision.policy_id.revision_id

    @api.depends("snapshot")
    @api.depends_context("lang")
    def _compute_promises(self):
        for revision in self:
            revision.promises = "\n".join(
                self.env._(
                    "%(target)s: within %(time)s",
                    target=revision._get_target_name(target),
                    time=revision._show("crm.sla.target", "budget_s", target["budget_s"]),
                )
                for target in (revision.snapshot or {}).get("targets", [])
            )

    def action_open_tickets(self):
        """The open tickets that are held to these revisions."""
        return self.env["crm.sla.policy"]._open_tickets(
            fields.Domain("revision_id", "in", self.ids)
        )
