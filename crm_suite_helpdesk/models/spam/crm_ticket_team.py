from odoo import models


class CrmTicketTeam(models.Model):
    _name = "crm.ticket.team"
    _inherit = ["crm.ticket.team"]

    def _get_spam_stage(self):
        """The stage of spam that this team may use; one is made where there is none left.

        Works for no team, too: tickets without a team use the stages of everybody.
        """
        # sudo: what comes in by mail has to be put somewhere, whoever sent it
        Stage = self.env["crm.ticket.stage"].sudo()
        stage = Stage._get_team_stages(self, ["spam"])[:1]
        return stage or Stage.create(
            {
                "name": self.env._("Spam"),
                "type": "spam",
                "fold": True,
                "sequence": 70,
                "team_ids": self.ids,
            }
        )
