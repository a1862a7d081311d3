from random import randint

from odoo import fields, models


class CrmTicketTag(models.Model):
    """A word that tickets have in common, whatever they are about."""

    _name = "crm.ticket.tag"
    _description = "Ticket Tag"
    _order = "name, id"

    def _get_default_color(self):
        return randint(1, 11)

    name = fields.Char(required=True, translate=True)
    color = fields.Integer(default=lambda self: self._get_default_color())
    active = fields.Boolean(default=True)

    _unique_name = models.UniqueIndex("(name)", "There is a tag of this name already.")
