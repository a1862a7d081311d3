from odoo import api, models

# Names of filters are not translated in Odoo; those that we bring along are
REPORTS = {
    "crm.ticket.performance.report",
    "crm.ticket.backlog.report",
    "crm.sla.report",
}


class IrFilters(models.Model):
    _inherit = "ir.filters"

    @api.model
    def get_filters(self, model, *args, **kwargs):
        filters = super().get_filters(model, *args, **kwargs)
        if model in REPORTS:
            labels = self._get_helpdesk_labels()
            for each in filters:
                each["name"] = labels.get(each["name"], each["name"])
        return filters

    @api.model
    def _get_helpdesk_labels(self):
        """The favourites of the reports, in the language of the reader, by their stored names."""
        return {
            "Month by Month, Last 12 Months": self.env._("Month by Month, Last 12 Months"),
            "By Agent, Last 90 Days": self.env._("By Agent, Last 90 Days"),
            "By Category, Last 90 Days": self.env._("By Category, Last 90 Days"),
            "By Policy, Last 90 Days": self.env._("By Policy, Last 90 Days"),
            "By Customer, Last 90 Days": self.env._("By Customer, Last 90 Days"),
            "Why We Missed, Last 90 Days": self.env._("Why We Missed, Last 90 Days"),
            "Day by Day, Last 30 Days": self.env._("Day by Day, Last 30 Days"),
            "By Team, Week by Week": self.env._("By Team, Week by Week"),
        }
