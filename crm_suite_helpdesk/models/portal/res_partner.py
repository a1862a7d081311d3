from odoo import fields, models


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner"]

    ticket_access = fields.Selection(
        [
            ("own", "Own tickets"),
            ("organisation", "Tickets of the organisation"),
            ("manager", "Tickets of the organisation, and manages them"),
        ],
        "Tickets in the Portal",
        default="own",
        tracking=True,
        groups="crm_suite_helpdesk.group_agent",
        help="What this contact sees on the portal. Own: what he asked and takes part in. "
        "Organisation: also what his colleagues asked, and he may answer there. Who manages them "
        "also closes these tickets and says who takes part.",
    )

    def _sees_organisation(self):
        """Whether this contact sees the tickets of his colleagues on the portal."""
        self.ensure_one()
        return self.ticket_access in ("organisation", "manager")
