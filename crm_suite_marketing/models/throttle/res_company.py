from odoo import fields, models


class ResCompany(models.Model):
    # each room extends a core model by itself
    _inherit = "res.company"  # pylint: disable=consider-merging-classes-inherited

    breaker_error_percent = fields.Float(
        "Pause at Errors (%)",
        default=50,
        help="Sending pauses when mail servers have not taken more than this share of the "
        "messages of the last hour. 0: never.",
    )
    breaker_least_errors = fields.Integer(
        "Least Errors", default=20, help="Fewer errors than these may be chance."
    )
    breaker_unreached_minutes = fields.Integer(
        "Pause without Mail Server (Minutes)",
        default=30,
        help="Sending pauses when the mail server could not be reached for so long. 0: never.",
    )
    breaker_bounce_percent = fields.Float(
        "Pause at Bounces (%)",
        default=5,
        help="Sending pauses when more than this share of the recipients bounces for good. "
        "0: never.",
    )
    breaker_complaint_percent = fields.Float(
        "Pause at Complaints (%)",
        default=0.3,
        help="Sending pauses when more than this share of the recipients reports the message as "
        "spam. 0: never.",
    )
    breaker_least_sent = fields.Integer(
        "Least Messages",
        default=50,
        help="Shares of fewer messages than these may be chance.",
    )

    _breakers_valid = models.Constraint(
        """CHECK (breaker_error_percent BETWEEN 0 AND 100
                  AND breaker_bounce_percent BETWEEN 0 AND 100
                  AND breaker_complaint_percent BETWEEN 0 AND 100
                  AND breaker_least_errors >= 1 AND breaker_least_sent >= 1
                  AND breaker_unreached_minutes >= 0)""",
        "Sending pauses at shares from 0 to 100 %, and at one error and one message at least.",
    )
