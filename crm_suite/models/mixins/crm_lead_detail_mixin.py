from odoo import models


class CrmLeadDetailMixin(models.AbstractModel):
    """What belongs to a lead and shows values of it.

    Values that are followed through `lead_id` are computed with higher rights, and a form computes
    them before anything is saved: without a check, whoever states a foreign lead reads of it.
    """

    _name = "crm.lead.detail.mixin"
    _description = "Detail of a Lead"

    def onchange(self, values, field_names, fields_spec):
        if not self.env.su:
            stated = values if "lead_id" in values else self.default_get(["lead_id"])
            # programs write a link as a number, a pair or a dict: `new` reads them all
            lead = self.new({"lead_id": stated.get("lead_id")}).lead_id._origin
            (lead - self.lead_id).check_access("read")
        return super().onchange(values, field_names, fields_spec)
