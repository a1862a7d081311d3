from odoo import fields, models


class IrMailServer(models.Model):
    _inherit = "ir.mail_server"

    sending_limit_ids = fields.One2many(
        "crm.sending.limit",
        "server_id",
        "Limit of Mailings",
        domain=[("kind", "=", "server")],
        context={"default_kind": "server"},
        help="How many messages of mailings go through this server, at most.",
    )
