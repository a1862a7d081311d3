from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...lib.bot_filter import Thresholds


class ResCompany(models.Model):
    _inherit = "res.company"

    bot_click_seconds = fields.Integer(
        "Click Too Soon",
        default=3,
        help="Whoever follows a link sooner after sending is a program. 0: nobody.",
    )
    bot_burst_links = fields.Integer(
        "Links at Once",
        default=3,
        help="Whoever follows so many different links of one message at once is a program.",
    )
    bot_burst_seconds = fields.Integer("At Once Means", default=5)
    engagement_count_bots = fields.Boolean(
        "Count Programs Too",
        help="Opens and clicks of programs count in the statistics of mailings like those of "
        "people. Otherwise they are kept and shown, but not counted.",
    )
    engagement_trap_link = fields.Boolean(
        "Link for Programs",
        help="Each mail gets a link that no person sees. Whoever follows it is a program, and so "
        "is whatever else that visitor did. Some spam filters dislike hidden links.",
    )
    soft_bounce_limit = fields.Integer(
        "Bounces for Now",
        default=3,
        help="An address that has bounced for now on so many days is blacklisted. 0: never.",
    )
    soft_bounce_weeks = fields.Integer(
        "Bounces Lapse After",
        default=4,
        help="Bounces for now lapse after so many weeks, and once the person opens, follows a "
        "link or answers.",
    )

    @api.constrains(
        "bot_click_seconds",
        "bot_burst_links",
        "bot_burst_seconds",
        "soft_bounce_limit",
        "soft_bounce_weeks",
    )
    def _check_engagement(self):
        for company in self:
            if (
                not 0 <= company.bot_click_seconds <= 3600
                or not 2 <= company.bot_burst_links <= 100
                or not 1 <= company.bot_burst_seconds <= 3600
                or not 0 <= company.soft_bounce_limit <= 100
                or not 1 <= company.soft_bounce_weeks <= 520
            ):
                raise ValidationError(
                    self.env._(
                        "Programs are known by at least 2 links within 1 to 3,600 seconds, and "
                        "bounces lapse after 1 to 520 weeks."
                    )
                )

    def _get_bot_thresholds(self):
        return Thresholds(self.bot_click_seconds, self.bot_burst_links, self.bot_burst_seconds)
