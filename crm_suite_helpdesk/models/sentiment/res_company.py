from odoo import fields, models


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = ["res.company"]

    ticket_sentiment = fields.Boolean(
        "Hint at the Mood of Messages",
        help="Messages of customers are searched for words that tell of anger or joy, and agents "
        "see a hint with these words. Nothing is sent anywhere, and nothing is decided by it.",
    )
    ticket_sentiment_since = fields.Datetime(
        readonly=True, help="Messages that came before are not looked at."
    )

    ticket_sentiment_read_id = fields.Integer(
        "Messages Read up to", readonly=True, groups="base.group_system", aggregator=None
    )

    def write(self, vals):
        if vals.get("ticket_sentiment"):
            Sentiment = self.env["crm.ticket.sentiment"]
            begin = self.filtered(lambda company: not company.ticket_sentiment)
            # sudo: whoever may switch it on may have the moment noted
            begin.sudo().write(
                {
                    "ticket_sentiment_since": self.env.cr.now().replace(microsecond=0),
                    "ticket_sentiment_read_id": Sentiment._get_settled_id(),
                }
            )
        return super().write(vals)
