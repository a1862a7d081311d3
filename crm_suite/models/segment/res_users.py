from odoo import api, models
from odoo.exceptions import UserError


class ResUsers(models.Model):
    _inherit = "res.users"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_owner_of_segments(self):
        # sudo: whoever deletes users need not see segments, nor those of other companies
        segments = (
            self.env["crm.segment"]
            .sudo()
            .with_context(active_test=False)
            .search([("user_id", "in", self.ids)])
        )
        if segments:
            raise UserError(
                self.env._(
                    "%(users)s own customer segments. Archive them instead of deleting them, or "
                    "hand their segments over first: %(segments)s",
                    users=", ".join(segments.user_id.mapped("name")),
                    segments=", ".join(segments.mapped("name")),
                )
            )
