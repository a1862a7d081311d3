from odoo import api, models

AT_RISK = {"at_risk", "cannot_lose"}


class CrmCustomerMetric(models.Model):
    _name = "crm.customer.metric"
    _inherit = ["crm.customer.metric"]

    @api.model
    def _on_cells_changed(self, rows):
        result = super()._on_cells_changed(rows)
        # whose cell was not known before has not become anything: the figures are new
        known = [row for row in rows if row[2] and row[3]]
        changes = {
            "at_risk": [row[:2] for row in known if row[3] in AT_RISK and row[2] not in AT_RISK],
            "champion": [row[:2] for row in known if row[3] == "champion" and row[2] != "champion"],
        }
        # sudo: the rules act for the system, whoever makes the figures change
        Rule = self.env["crm.occasion.rule"].sudo()
        for kind, found in changes.items():
            if found:
                Rule._note_changes(kind, found)
        return result
