from odoo import fields, models


class CrmSlaNotice(models.Model):
    """That somebody has to be told of an escalation: written with it, sent once.

    What is waiting is on disk with the event, so nobody is forgotten; what was sent is noted in
    the transaction that writes the message, so nobody is told twice. E-mails go from there by
    ``mail.mail._deliver_once``.
    """

    _name = "crm.sla.notice"
    _description = "SLA Escalation Notice"
    _order = "id"
    _rec_name = "user_id"

    event_id = fields.Many2one("crm.sla.event", required=True, readonly=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", "To", required=True, readonly=True, ondelete="cascade")
    channel = fields.Selection(
        [("preference", "As preferred"), ("inbox", "In Odoo"), ("email", "By e-mail")],
        required=True,
        readonly=True,
    )
    sent_at = fields.Datetime("Told on", readonly=True)
    is_digest = fields.Boolean("In a Digest", readonly=True)
    message_id = fields.Many2one(
        "mail.message", "Message", readonly=True, index="btree_not_null", ondelete="set null"
    )

    _once = models.UniqueIndex("(event_id, user_id)")
    _waiting = models.Index("(user_id, id) WHERE sent_at IS NULL")
