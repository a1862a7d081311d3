from odoo import api, models


class MailAliasDomain(models.Model):
    _inherit = "mail.alias.domain"

    @api.model_create_multi
    def create(self, vals_list):
        is_first = not self.search_count([], limit=1)
        domains = super().create(vals_list)
        if is_first and domains:
            self._match_whole_addresses()
        return domains

    @api.model
    def _match_whole_addresses(self):
        """From the first e-mail domain on, whole addresses say whose a mail is.

        Teams that took mail by the part before the @ would otherwise take info@ of every customer
        for an address of their own: nobody could answer him, and his mails made no lead.
        """
        # sudo: aliases belong to the administrator, who has just told the domain
        aliases = self.env["mail.alias"].sudo()
        aliases.search(
            [
                ("alias_incoming_local", "=", True),
                ("alias_parent_model_id.model", "in", self._get_local_alias_models()),
            ]
        ).alias_incoming_local = False

    @api.model
    def _get_local_alias_models(self):
        """Models of teams whose aliases match by the part before the @ until there is a domain."""
        return ["crm.team"]
