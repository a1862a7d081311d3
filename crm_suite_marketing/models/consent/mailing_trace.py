from odoo import fields, models

# Reason of the gate -> failure type of the trace; others are core's own "opted out"
MAIL_FAILURES = {
    "domain": "mail_domain",
    "suppressed": "mail_suppressed",
    "paused": "mail_paused",
    "unconfirmed": "mail_no_consent",
    "no_consent": "mail_no_consent",
}
SMS_FAILURES = {
    "suppressed": "mail_suppressed",
    "paused": "mail_paused",
    "unconfirmed": "mail_no_consent",
    "no_consent": "mail_no_consent",
}


class MailingTrace(models.Model):
    # each room extends a core model by itself
    _inherit = "mailing.trace"  # pylint: disable=consider-merging-classes-inherited

    failure_type = fields.Selection(
        selection_add=[
            ("mail_no_consent", "Has Not Agreed"),
            ("mail_paused", "Paused by the Person"),
            ("mail_suppressed", "Suppressed Address"),
            ("mail_domain", "Suppressed Domain"),
        ],
    )
