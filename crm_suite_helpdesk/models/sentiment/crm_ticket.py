from odoo import api, fields, models

MOODS = [("negative", "Unhappy"), ("neutral", "Neutral"), ("positive", "Happy")]


class CrmTicket(models.Model):
    """What the last message of the customer sounds like. A hint, never more."""

    _name = "crm.ticket"
    _inherit = ["crm.ticket"]

    sentiment = fields.Selection(
        MOODS,
        "Mood",
        readonly=True,
        copy=False,
        help="What the last message of the customer sounds like, by the words that it uses. A hint "
        "for whoever reads it; nothing is decided by it.",
    )
    sentiment_id = fields.Many2one(
        "crm.ticket.sentiment",
        "Last Mood",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    sentiment_evidence = fields.Char(related="sentiment_id.evidence", string="Mood by the Words")

    _unhappy = models.Index("(team_id, id) WHERE sentiment = 'negative' AND closed_at IS NULL")

    # ------------------------------------------------------------------ actions

    def action_dismiss_sentiment(self):
        """The hint is wrong: it disappears, and counts in no report."""
        self.check_access("write")
        # sudo: moods are written by the system only; who may work on the ticket may say it is wrong
        tickets = self.sudo()
        tickets.sentiment_id.write({"is_wrong": True, "judged_by_id": self.env.uid})
        tickets.sentiment_id._show_on_tickets()

    # ------------------------------------------------------------------ compute

    @api.model
    def _get_moods(self):
        return dict(self._fields["sentiment"]._description_selection(self.env))
