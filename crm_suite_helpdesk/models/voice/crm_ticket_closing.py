from odoo import fields, models

from .survey_run import SurveyRun


class CrmTicketClosing(models.Model):
    """A closing is what a customer is asked about, once."""

    _name = "crm.ticket.closing"
    _inherit = ["crm.ticket.closing"]

    survey_ids = fields.One2many("crm.ticket.survey", "closing_id", readonly=True)

    # Those after which customers are to be asked: the last few days of all
    _recent = models.Index("(closed_at) WHERE reopened_at IS NULL")

    # ------------------------------------------------------------------ business

    def _can_be_rated(self):
        """Whether the customer may still say what he thinks of it, without having been asked."""
        self.ensure_one()
        run = SurveyRun(self.env)
        return run.get_lock(self, self.closed_at) > run.now
