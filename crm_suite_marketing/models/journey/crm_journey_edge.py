from odoo import fields, models


class CrmJourneyEdge(models.Model):
    """The way from a port of one node to another node of the same version."""

    _name = "crm.journey.edge"
    _description = "Way of a Journey"
    _order = "version_id, source_id, port"
    _rec_name = "port"

    version_id = fields.Many2one(
        "crm.journey.version", required=True, ondelete="cascade", index=True
    )
    source_id = fields.Many2one("crm.journey.node", required=True, ondelete="cascade")
    port = fields.Char(required=True, default="next")
    target_id = fields.Many2one("crm.journey.node", required=True, ondelete="cascade", index=True)

    _source_uniq = models.UniqueIndex(
        "(source_id, port)", "One way only leads out of each place of a node."
    )
