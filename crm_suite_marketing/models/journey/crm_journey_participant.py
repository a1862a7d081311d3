from odoo import fields, models

from ..attribution.readers import REVENUE_READERS
from .choices import EXIT_REASONS, PARTICIPANT_STATES
from .copied_many2one import CopiedMany2one


class CrmJourneyParticipant(models.Model):
    """One passage of one record through a journey. Rows are written by the engine, by SQL."""

    _name = "crm.journey.participant"
    _description = "Participant of a Journey"
    _order = "id desc"
    _rec_name = "res_name"
    _log_access = False

    # journeys with participants are not deleted (`crm.journey` sees to it)
    journey_id = CopiedMany2one("crm.journey", required=True, readonly=True)
    version_id = CopiedMany2one("crm.journey.version", required=True, readonly=True)
    company_id = CopiedMany2one("res.company", readonly=True)
    trigger_uid = fields.Char("Way In", readonly=True, help="Key of the start that led him in.")
    model = fields.Char("Model of the Record", required=True, readonly=True)
    res_id = fields.Many2oneReference("Record", model_field="model", required=True, readonly=True)
    res_name = fields.Char("Participant", compute="_compute_res_name", compute_sudo=False)
    # whoever deletes contacts empties it
    partner_id = CopiedMany2one("res.partner", "Contact", readonly=True, index="btree_not_null")
    identity_key = fields.Char(
        "Key of the Person",
        readonly=True,
        help="The same for records of the same person: nobody is in a journey twice at a time.",
    )
    rotation = fields.Integer("Passage", required=True, readonly=True, default=1)
    state = fields.Selection(PARTICIPANT_STATES, required=True, readonly=True, default="running")
    entered_at = fields.Datetime("Entered on", required=True, readonly=True)
    exited_at = fields.Datetime("Ended on", readonly=True)
    exit_reason = fields.Selection(EXIT_REASONS, "Reason of the End", readonly=True)
    goal_at = fields.Datetime("Goal Reached on", readonly=True)
    goal_uid = fields.Char("Goal", readonly=True)
    # what reached it, as an order, and what it is worth in the currency of the company
    goal_model = fields.Char("Model of the Goal", readonly=True)
    goal_res_id = fields.Many2oneReference("Reached by", model_field="goal_model", readonly=True)
    revenue = fields.Monetary(
        currency_field="currency_id",
        readonly=True,
        groups=REVENUE_READERS,
        help="Of the order or invoice by which the goal was reached, without taxes.",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    entry = fields.Json(
        "What Led Him In", readonly=True, help="Event, date or call that made him enter."
    )
    step_ids = fields.One2many("crm.journey.step", "participant_id", "Steps")

    _rotation_uniq = models.UniqueIndex("(journey_id, model, res_id, rotation)")
    _running_uniq = models.UniqueIndex(
        "(journey_id, identity_key) WHERE state = 'running' AND identity_key IS NOT NULL"
    )
    _record_running_uniq = models.UniqueIndex("(journey_id, model, res_id) WHERE state = 'running'")
    _record_idx = models.Index("(model, res_id)")
    _state_idx = models.Index("(journey_id, state, exit_reason)")
    _version_idx = models.Index("(version_id, state)")
    _goal_idx = models.Index("(journey_id, goal_at) WHERE goal_at IS NOT NULL")

    def _compute_res_name(self):
        by_model = {}
        for participant in self:
            by_model.setdefault(participant.model, set()).add(participant.res_id)
        names = {}
        for model, ids in by_model.items():
            if model not in self.env:
                continue
            records = self.env[model].browse(ids).exists()._filtered_access("read")
            names |= {(model, record.id): record.display_name for record in records}
        for participant in self:
            participant.res_name = names.get((participant.model, participant.res_id))
