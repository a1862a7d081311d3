from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.crm_suite.lib import mail_guard

from ...lib import mail_ladder


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    crm_ticket_mail_servers = fields.Char(
        "Trusted Mail Servers",
        config_parameter="crm_suite_helpdesk.trusted_mail_servers",
        help="The names that your own mail servers write into Authentication-Results, separated by "
        "commas, such as mx.example.com. They have to remove such headers that others wrote.",
    )
    crm_ticket_mail_ladder = fields.Char(
        "Mails of One Sender",
        config_parameter="crm_suite_helpdesk.mail_ladder",
        help="Steps of minutes and mails: 10:10, 30:15 lets a robot write 10 mails in 10 minutes "
        "and 15 in 30 minutes to a ticket; people twice as many. Empty: the usual steps.",
    )

    @api.constrains("crm_ticket_mail_servers")
    def _check_crm_ticket_mail_servers(self):
        for settings in self:
            try:
                mail_guard.read_servers(settings.crm_ticket_mail_servers)
            except ValueError as error:
                raise ValidationError(
                    self.env._("“%s” is no name of a mail server.", error)
                ) from error

    @api.constrains("crm_ticket_mail_ladder")
    def _check_crm_ticket_mail_ladder(self):
        for settings in self:
            try:
                mail_ladder.parse(settings.crm_ticket_mail_ladder)
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "“%s” does not say how many mails are allowed. Write minutes and mails, "
                        "such as 10:10, 60:25.",
                        error,
                    )
                ) from error
