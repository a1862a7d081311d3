from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...lib import consent as lib


class CrmSuppressedDomain(models.Model):
    """A domain at which nobody is written to: a competitor, a trap, a customer who asked for it."""

    _name = "crm.suppressed.domain"
    _description = "Suppressed Domain"
    _inherit = ["mail.thread"]
    _order = "domain"
    _rec_name = "domain"

    domain = fields.Char(required=True, tracking=True, help="For instance example.com")
    with_subdomains = fields.Boolean(
        "Subdomains Too", default=True, tracking=True, help="mail.example.com as well."
    )
    reason = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)

    _domain_uniq = models.UniqueIndex("(domain)", "This domain is in the list already.")

    @api.constrains("domain")
    def _check_domain(self):
        for row in self:
            if not lib.is_domain(row.domain):
                raise ValidationError(
                    self.env._("“%s” is no domain. Example: example.com", row.domain)
                )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._clean(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._clean(vals))

    def _clean(self, vals):
        if not isinstance(vals.get("domain"), str):
            return vals
        domain = vals["domain"].strip().rpartition("@")[2]
        return {**vals, "domain": lib.normalize_domain(domain)}
