from odoo import fields, models

from .choices import STEP_STATES
from .copied_many2one import CopiedMany2one


class CrmJourneyStep(models.Model):
    """One visit of one participant at one node. Each has exactly one open step while it is on the
    way. Rows are written by the engine, by SQL.
    """

    _name = "crm.journey.step"
    _description = "Step of a Participant"
    _order = "id desc"
    _rec_name = "node_id"
    _log_access = False

    # whoever deletes participants deletes these
    participant_id = CopiedMany2one("crm.journey.participant", required=True, readonly=True)
    journey_id = CopiedMany2one("crm.journey", required=True, readonly=True)
    node_id = CopiedMany2one("crm.journey.node", "Node", required=True, readonly=True)
    node_uid = fields.Char("Key of the Node", required=True, readonly=True)
    # "pass" is a word of Python
    pass_number = fields.Integer("Pass", required=True, readonly=True, default=1)
    state = fields.Selection(STEP_STATES, required=True, readonly=True, default="due")
    entered_at = fields.Datetime("Came on", required=True, readonly=True)
    due_at = fields.Datetime("Due on", readonly=True)
    done_at = fields.Datetime("Left on", readonly=True)
    port = fields.Char("Way Out", readonly=True)
    reason = fields.Char(readonly=True, help="Code of why it was skipped, failed or put off.")
    detail = fields.Text("What Happened", readonly=True)
    attempt = fields.Integer("Attempts", readonly=True, default=0)
    lease_until = fields.Datetime("Taken until", readonly=True)
    worker = fields.Char(readonly=True)
    outbox_id = fields.Many2one(
        "crm.outbox", "Delivery", readonly=True, ondelete="set null", index="btree_not_null"
    )

    _pass_uniq = models.UniqueIndex("(participant_id, node_uid, pass_number)")
    _open_uniq = models.UniqueIndex(
        "(participant_id) WHERE state IN ('waiting', 'due', 'claimed', 'failed')"
    )
    # the engine takes what is due node by node
    _due_idx = models.Index("(node_id, due_at, id) WHERE state = 'due'")
    _waiting_idx = models.Index("(node_id, due_at, id) WHERE state = 'waiting'")
    _claimed_idx = models.Index("(lease_until) WHERE state = 'claimed'")
    _failed_idx = models.Index("(journey_id) WHERE state = 'failed'")
    _node_state_idx = models.Index("(node_id, state)")
