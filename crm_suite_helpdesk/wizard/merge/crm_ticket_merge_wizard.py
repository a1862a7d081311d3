from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class CrmTicketMergeWizard(models.TransientModel):
    """Choose which of several tickets goes on, and see beforehand what moves there."""

    _name = "crm.ticket.merge.wizard"
    _inherit = ["crm.ticket.dialog.mixin"]
    _description = "Merge Tickets"
    _dialog_subject = "survivor_id"

    ticket_ids = fields.Many2many(
        "crm.ticket",
        "crm_ticket_merge_wizard_rel",
        "wizard_id",
        "ticket_id",
        "Tickets",
        domain="[('company_id', '=', company_id), ('merged_into_id', '=', False)]",
    )
    company_id = fields.Many2one("res.company")
    survivor_id = fields.Many2one(
        "crm.ticket",
        "Merge into",
        domain="[('id', 'in', ticket_ids)]",
        help="The ticket in which the others go on.",
    )
    has_other_customers = fields.Boolean(compute="_compute_preview")
    has_older_start = fields.Boolean(compute="_compute_preview")
    with_outsiders = fields.Boolean(
        "All Customers See Everything",
        help="The customers of all these tickets read and get the whole conversation.",
    )
    takes_start = fields.Boolean(
        "Count From the Oldest Start",
        help="The service levels of the ticket that goes on are counted from the moment when the "
        "oldest of these tickets was opened.",
    )
    preview = fields.Html(compute="_compute_preview")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if self.env.context.get("active_model") == "crm.ticket":
            ids = self.env.context.get("active_ids") or []
            tickets = self.env["crm.ticket"].browse(ids).exists()
            tickets.check_access("write")
            mergeable = tickets.filtered(lambda t: not t.merged_into_id)
            values["ticket_ids"] = [Command.set(mergeable.ids)]
            values["company_id"] = mergeable[:1].company_id.id
            survivor = mergeable.filtered(lambda t: not t.closed_at) or mergeable
            values["survivor_id"] = survivor.sorted(lambda t: (t.opened_at, t.id))[:1].id
        return values

    @api.depends("ticket_ids", "survivor_id", "with_outsiders")
    def _compute_preview(self):
        for wizard in self:
            tickets, survivor = wizard._get_tickets()
            sources = tickets - survivor
            # sudo: whose tickets these are, of tickets that the user may write
            apart = sources.filtered(lambda t, s=survivor: not t.sudo()._is_same_customer(s.sudo()))
            wizard.has_other_customers = bool(survivor and apart)
            wizard.has_older_start = bool(survivor) and any(
                ticket.opened_at < survivor.opened_at for ticket in sources
            )
            wizard.preview = (
                self.env["ir.qweb"]._render(
                    "crm_suite_helpdesk.ticket_merge_preview",
                    {"lines": wizard._prepare_preview(sources, survivor, apart)},
                )
                if survivor and sources
                else False
            )

    def _get_tickets(self):
        """The tickets chosen, as far as the user may write them, and the one that goes on."""
        tickets = self.ticket_ids._origin.exists()
        tickets.check_access("write")
        return tickets, self.survivor_id._origin & tickets

    def _prepare_preview(self, sources, survivor, apart):
        # sudo: what moves does not depend on who sees it; the user may write all these tickets
        sources, survivor, apart = sources.sudo(), survivor.sudo(), apart.sudo()
        lines = []
        for source in sources.sorted("opened_at"):
            is_apart = source in apart and not self.with_outsiders
            records = {r._name: len(r) for r, _name in source._get_carried_records()}
            merge = self.env["crm.ticket.merge"].new({"is_apart": is_apart})
            partners = source.message_partner_ids | source.partner_id
            followers = partners.filtered(
                lambda p, s=source, m=merge: s._may_carry_follower(
                    p, survivor, m, self.with_outsiders
                )
            )
            lines.append(
                {
                    "ticket": source,
                    "customer": source.partner_id.display_name or source.email_from or "",
                    "is_apart": is_apart,
                    "is_joined": source in apart and self.with_outsiders,
                    "messages": len(source._get_carried_messages()),
                    "files": len(source._get_carried_files()),
                    "activities": records["mail.activity"],
                    "interactions": records["crm.interaction"],
                    "children": len(source.child_ids),
                    "followers": ", ".join(
                        (followers - survivor.message_partner_ids).mapped("display_name")
                    ),
                }
            )
        return lines

    def action_merge(self):
        self.ensure_one()
        tickets, survivor = self._get_tickets()
        if not survivor:
            raise UserError(self.env._("Choose the ticket that goes on."))
        survivor._absorb(
            tickets - survivor,
            with_outsiders=self.with_outsiders,
            takes_start=self.takes_start,
        )
        return survivor._open_afresh()
