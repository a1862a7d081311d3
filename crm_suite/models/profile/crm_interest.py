from random import randint

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CrmInterest(models.Model):
    """What customers like or ask about, as a tree: whoever likes a part is found by the whole."""

    _name = "crm.interest"
    _description = "Interest"
    _parent_store = True
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    parent_id = fields.Many2one("crm.interest", string="Part of", index=True, ondelete="restrict")
    parent_path = fields.Char(index=True)
    active = fields.Boolean(default=True)
    color = fields.Integer(default=lambda self: randint(1, 11), aggregator=False)

    _unique_name = models.UniqueIndex(
        "(name, COALESCE(parent_id, 0))", "There is an interest of this name already."
    )

    @api.constrains("parent_id")
    def _check_parent_id(self):
        if self._has_cycle():
            raise ValidationError(self.env._("An interest cannot be part of itself."))

    @api.depends("name", "parent_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for interest in self:
            names, current = [], interest
            while current:
                names.append(current.name or "")
                current = current.parent_id
            interest.display_name = " / ".join(reversed(names))

    @api.model
    def _search_display_name(self, operator, value):
        domain = super()._search_display_name(operator, value)
        if operator.endswith("like"):
            if operator.startswith("not"):
                return NotImplemented
            return [("id", "child_of", tuple(self._search(domain)))]
        return domain
