from odoo import api, models


class CrmJourneyVersion(models.Model):
    # each room extends a model by itself
    _inherit = "crm.journey.version"  # pylint: disable=consider-merging-classes-inherited

    @api.depends("number", "state")
    def _compute_display_name(self):
        for version in self:
            version.display_name = version._get_title()

    def _get_title(self):
        """:return: how people call this version"""
        self.ensure_one()
        states = dict(self._fields["state"]._description_selection(self.env))
        return self.env._(
            "Version %(number)s (%(state)s)", number=self.number, state=states[self.state]
        )
