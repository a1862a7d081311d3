from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.crm_suite.lib.filter_text import parse_conditions
from odoo.addons.crm_suite.models.mixins.filter_guard import FILTER_ERRORS


class CrmJourneyEnrolment(models.TransientModel):
    """People put into a journey by hand: those that somebody chose in a list, or by a filter.

    Who chooses must see them, and so must the responsible, with whose rights the journey runs.
    """

    _name = "crm.journey.enrolment"
    _description = "Add People to a Journey"

    journey_id = fields.Many2one(
        "crm.journey",
        required=True,
        ondelete="cascade",
        domain="[('state', '=', 'running'), ('model_name', '=?', chosen_model)]",
    )
    model_name = fields.Char(related="journey_id.model_name")
    chosen_model = fields.Char(readonly=True)
    chosen_ids = fields.Json(readonly=True)
    domain = fields.Char("Who", default="[]")
    count = fields.Integer("People", compute="_compute_count")
    entered_count = fields.Integer("Entered", readonly=True)
    is_done = fields.Boolean(readonly=True)

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        model, ids = self.env.context.get("active_model"), self.env.context.get("active_ids")
        # opened from a journey, what is active is the journey itself
        is_of_journey = self.env.context.get("default_journey_id")
        if model and ids and not is_of_journey and model in self.env:
            values |= {"chosen_model": model, "chosen_ids": ids}
        return values

    @api.depends("journey_id", "domain", "chosen_ids")
    def _compute_count(self):
        for wizard in self:
            wizard.count = 0
            if wizard.journey_id:
                wizard.count = self.env[wizard.model_name].search_count(wizard._get_domain())

    def _get_domain(self):
        """:return: who is meant"""
        self.ensure_one()
        if self.chosen_ids:
            return Domain("id", "in", self.chosen_ids)
        try:
            domain = Domain(parse_conditions(self.domain or "[]"))
            self.env[self.model_name]._search(domain)
        except FILTER_ERRORS as error:
            raise UserError(self.env._("The filter cannot be read. Choose it again.")) from error
        return domain

    def action_enrol(self):
        """Put them in; whoever may not enter (again) does not."""
        self.ensure_one()
        journey = self.journey_id
        journey.check_access("write")
        if journey.state != "running":
            raise UserError(self.env._("This journey does not run."))
        if self.chosen_model and self.chosen_model != self.model_name:
            raise UserError(self.env._("Nothing of this kind goes through the journey."))
        domain = self._get_domain()
        if not self.chosen_ids and domain.is_true():
            raise UserError(self.env._("Choose who is meant."))
        mine = self.env[self.model_name]._search(domain)
        both = journey._get_asked_model()._search(Domain("id", "in", mine))
        self.env.flush_all()
        self.entered_count = journey._get_start_by_hand()._enrol(
            both.select(SQL("%s AS res_id", SQL.identifier(both.table, "id")))
        )
        self.is_done = True
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Add People"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }
