from odoo import api, models


class CrmCustomizationWriter(models.AbstractModel):
    _name = "crm.customization.writer"
    _inherit = ["crm.customization.writer"]

    @api.model
    def _check_record(self, kind, values, record, plan):
        problem = super()._check_record(kind, values, record, plan)
        if problem:
            return problem
        if kind.key == "ticket_macro" and values.get("assign") == "user":
            return self.env._("A pack cannot name the user to whom a macro assigns tickets.")
        if kind.key == "ticket_stage" and record and values.get("type") != record.type:
            # sudo: tickets that the user may not see count as well
            tickets = self.env["crm.ticket"].sudo().with_context(active_test=False)
            if tickets.search_count([("stage_id", "=", record.id)], limit=1):
                return self.env._("There are tickets in this stage: its type cannot be changed.")
        return None

    @api.model
    def _get_own_models(self, kind):
        models_ = super()._get_own_models(kind)
        if kind.key == "sla_policy":
            # what is made of a policy; clocks of tickets are not
            models_ |= {"crm.sla.revision", "crm.sla.rule"}
        return models_
