from odoo import fields, models


class CrmTeam(models.Model):
    _name = "crm.team"
    _inherit = ["crm.team"]

    join_mails = fields.Boolean(
        string="Join Mails of Known Customers",
        default=True,
        help="A new e-mail of somebody who already has an open lead or opportunity is added to it, "
        "instead of becoming another lead.",
    )
    join_mail_days = fields.Integer(
        string="Join Within (Days)",
        default=90,
        help="An open lead or opportunity without any message for this many days is left alone: "
        "the e-mail becomes a lead of its own. 0: no limit.",
    )

    _check_join_mail_days = models.Constraint(
        "CHECK(join_mail_days >= 0)", "The number of days cannot be negative."
    )
