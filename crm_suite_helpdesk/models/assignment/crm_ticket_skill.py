from random import randint

from odoo import fields, models


class CrmTicketSkill(models.Model):
    """Something that not every agent can do, and that certain tickets need."""

    _name = "crm.ticket.skill"
    _description = "Ticket Skill"
    _order = "name, id"

    def _get_default_color(self):
        return randint(1, 11)

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    color = fields.Integer(default=lambda self: self._get_default_color())
    description = fields.Text(translate=True)
    category_ids = fields.Many2many(
        "crm.ticket.category",
        string="Needed for Categories",
        help="Tickets in these categories, and in those below them, go to agents with this skill.",
    )
    tag_ids = fields.Many2many(
        "crm.ticket.tag",
        string="Needed for Tags",
        help="Tickets with one of these tags go to agents with this skill.",
    )
    agent_ids = fields.Many2many("crm.ticket.agent", string="Agents")

    _unique_name = models.UniqueIndex("(name)", "There is a skill of this name already.")

    def write(self, vals):
        res = super().write(vals)
        self.env["crm.ticket"]._retry_assignment()
        return res
