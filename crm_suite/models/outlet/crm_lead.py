from odoo import api, fields, models

from ..mixins.crm_rule_enforcement_mixin import KEEP_INCOMPLETE


class CrmLead(models.Model):
    """Custom fields of leads that are merged, or become something else."""

    _name = "crm.lead"
    _inherit = ["crm.lead"]

    @api.model
    def _get_custom_successors(self):
        return (*super()._get_custom_successors(), "res.partner", "sale.order")

    def _prepare_opportunity_quotation_context(self):
        context = super()._prepare_opportunity_quotation_context()
        values = self._get_custom_copies("sale.order")
        for copied in self.env["crm.custom.field"]._get_copies("crm.lead", "sale.order"):
            # files are too large to be defaults; the quotation takes them when it is saved
            if copied.target in values and copied.kind not in ("binary", "image"):
                value = _to_json(copied.kind, values[copied.target])
                context[f"default_{copied.target}"] = value
        return context

    def _prepare_customer_values(self, partner_name, is_company=False, parent_id=False):
        values = super()._prepare_customer_values(partner_name, is_company, parent_id)
        # once: of a company and its contact, the company takes them
        return values if parent_id else {**values, **self._get_custom_copies("res.partner")}

    # ------------------------------------------------------------------ merge

    def _merge_get_fields(self):
        carried = self.env["crm.custom.field"]._get_carried("crm.lead")
        return [
            *super()._merge_get_fields(),
            *(field.name for field in carried if not field.is_restricted),
        ]

    def _merge_get_fields_specific(self):
        callables = super()._merge_get_fields_specific()
        for field in self.env["crm.custom.field"]._get_carried("crm.lead"):
            if field.kind == "many2many" and not field.is_restricted:
                callables[field.name] = lambda name, leads: leads.mapped(name)
        return callables

    def _merge_dependences(self, opportunities):
        result = super()._merge_dependences(opportunities)
        self._take_restricted_values(opportunities)
        return result

    def _take_restricted_values(self, opportunities):
        """Fill what is empty here and what whoever merges may not even see."""
        carried = self.env["crm.custom.field"]._get_carried("crm.lead")
        names = [field.name for field in carried if field.is_restricted]
        if not names:
            return
        # sudo: values must not be lost because somebody merges who does not see them
        lead = self.sudo().with_context(crm_form_rules=KEEP_INCOMPLETE)
        others, values = opportunities.sudo(), {}  # sudo: as above
        for name in names:
            if lead._fields[name].type == "many2many":
                values[name] = (lead | others).mapped(name)
            elif not lead[name]:
                values[name] = next((o[name] for o in others if o[name]), False)
        lead.write(values)

    def _get_custom_summary(self):
        """Return the custom fields of a lead that was merged, as [(label, HTML)], for the log."""
        self.ensure_one()
        rows = []
        for field in self.env["crm.custom.field"]._get_carried("crm.lead"):
            if field.is_restricted or field.kind in ("binary", "image") or not self[field.name]:
                continue
            rows.append(
                (
                    self._fields[field.name]._description_string(self.env),
                    self._get_custom_html(field),
                )
            )
        return rows


def _to_json(kind, value):
    """Return a value as a context holds it, which travels to the browser and back."""
    if kind == "date":
        return fields.Date.to_string(value)
    return fields.Datetime.to_string(value) if kind == "datetime" else value
