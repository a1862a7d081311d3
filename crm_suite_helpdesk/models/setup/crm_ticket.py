from markupsafe import Markup

from odoo import api, models


class CrmTicket(models.Model):
    _name = "crm.ticket"
    _inherit = ["crm.ticket"]

    @api.model
    def get_empty_list_help(self, help_message):
        """Managers are shown from an empty board how a desk is set up."""
        message = super().get_empty_list_help(help_message)
        if not self.env.user.has_group("crm_suite_helpdesk.group_manager"):
            return message
        link = Markup('<p><a type="action" name="%s" class="btn btn-link">%s</a></p>') % (
            "crm_suite_helpdesk.crm_ticket_team_setup_action",
            self.env._("Set up a desk in five answers"),
        )
        return Markup("%s%s") % (Markup(message or ""), link)
