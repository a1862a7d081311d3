from odoo import fields, models

from .choices import VERSION_STATES


class CrmJourneyVersion(models.Model):
    """One state of the steps of a journey. The draft may be changed; what was launched never is."""

    _name = "crm.journey.version"
    _description = "Version of a Journey"
    _order = "journey_id, number desc"
    _rec_name = "number"

    journey_id = fields.Many2one(
        "crm.journey", required=True, readonly=True, ondelete="cascade", index=True
    )
    number = fields.Integer(required=True, readonly=True, default=1)
    state = fields.Selection(
        VERSION_STATES, required=True, readonly=True, default="draft", copy=False
    )
    node_ids = fields.One2many("crm.journey.node", "version_id", "Nodes", copy=True)
    edge_ids = fields.One2many("crm.journey.edge", "version_id", "Ways")
    graph = fields.Json(
        readonly=True, copy=False, help="Nodes and ways as they were launched, as lib/journey_graph"
    )
    graph_hash = fields.Char("Fingerprint", readonly=True, copy=False)
    launched_at = fields.Datetime("Launched on", readonly=True, copy=False)
    launched_by_id = fields.Many2one("res.users", "Launched by", readonly=True, copy=False)
    note = fields.Text("What Changed")

    _number_uniq = models.UniqueIndex(
        "(journey_id, number)", "This journey has a version with that number."
    )
    _one_draft = models.UniqueIndex(
        "(journey_id) WHERE state = 'draft'", "This journey has a draft already."
    )
    _one_live = models.UniqueIndex(
        "(journey_id) WHERE state = 'live'", "This journey has a live version already."
    )
