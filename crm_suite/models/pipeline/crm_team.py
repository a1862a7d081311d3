from odoo import api, models


class CrmTeam(models.Model):
    _inherit = "crm.team"

    @api.model
    def _receive_mail_without_domain(self):
        """Let the default team receive mail on a database that has no e-mail domain yet.

        Its alias then matches by the part before the @. As soon as there is a domain, addresses
        are matched as a whole and nothing is to be done.
        """
        team = self.env.ref("sales_team.team_sales_department", raise_if_not_found=False)
        if team and not self.env["mail.alias.domain"].search_count([], limit=1):
            team.alias_id.alias_incoming_local = True
