from odoo import fields, models


class CrmTicketStage(models.Model):
    _name = "crm.ticket.stage"
    _inherit = ["crm.ticket.stage"]

    portal_name = fields.Char(
        "Shown to Customers as",
        translate=True,
        help="What customers read on the portal. Empty: the name of the stage.",
    )

    def _get_portal_name(self):
        """What customers call this stage; empty for none."""
        return self.portal_name or self.name or ""
