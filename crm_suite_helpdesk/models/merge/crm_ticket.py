from odoo import fields, models


class CrmTicket(models.Model):
    """Tickets that go on in another one."""

    _name = "crm.ticket"
    _inherit = ["crm.ticket"]

    merged_into_id = fields.Many2one(
        "crm.ticket",
        "Merged into",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The ticket in which this one goes on. What is written to this one arrives there.",
    )
    merged_ids = fields.One2many(
        "crm.ticket", "merged_into_id", "Merged Tickets", readonly=True, copy=False
    )
