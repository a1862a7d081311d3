from odoo import api, fields, models

from ..ticket.crm_ticket import PRIORITIES


class CrmTicketTeam(models.Model):
    """What customers may do on the portal with the tickets of a team."""

    _name = "crm.ticket.team"
    _inherit = ["crm.ticket.team"]

    portal_open = fields.Boolean(
        "Offered to Customers",
        help="Customers may choose this team when they open a ticket on the portal. While no team "
        "is offered, their tickets go to the first one.",
    )
    portal_private = fields.Boolean(
        "Private Tickets",
        help="Colleagues of the customer do not see tickets of this team on the portal, whatever "
        "they see otherwise: for personal or confidential matters.",
    )
    portal_category = fields.Selection(
        [
            ("none", "We choose"),
            ("optional", "Customers may choose"),
            ("required", "Customers have to choose"),
        ],
        "Category of New Tickets",
        default="none",
        required=True,
        help="Offered are the categories of the team that are marked for the portal.",
    )
    portal_priority = fields.Selection(
        PRIORITIES,
        "Customers Choose a Priority up to",
        help="Empty: customers choose no priority.",
    )
    portal_close = fields.Boolean(
        "Customers Close Tickets",
        default=True,
        help="On the portal, customers may say that their request is settled.",
    )
    portal_promise = fields.Selection(
        [
            ("none", "Nothing"),
            ("answer", "By when we answer"),
            ("all", "By when we answer and by when we solve it"),
        ],
        "Promise Shown",
        default="answer",
        required=True,
        help="What customers see on the portal of the service levels of their tickets.",
    )
    reopen_days = fields.Integer(
        "Reopened for (days)",
        default=30,
        aggregator=None,
        help="What a customer writes later than this after his ticket was closed opens a new "
        "ticket that is linked to it. The policy of the ticket may say otherwise. 0: it reopens "
        "the ticket, however late.",
    )

    _reopen_days_positive = models.Constraint(
        "CHECK (reopen_days >= 0)", "A ticket cannot be reopened for less than no day."
    )

    @api.model
    def _get_portal_teams(self, companies):
        """The teams among which customers choose when they open a ticket."""
        # sudo: portal users may not read teams; these are for them to choose from
        Team = self.sudo()
        return Team.search([("portal_open", "=", True), ("company_id", "in", companies.ids)])

    def _get_portal_categories(self):
        """The categories that customers may choose on a new ticket of this team."""
        self.ensure_one()
        Category = self.env["crm.ticket.category"].sudo()  # as the teams above
        if self.sudo().portal_category == "none":
            return Category.browse()
        offered = Category.search(
            [
                ("portal_offered", "=", True),
                "|",
                ("team_ids", "=", False),
                ("team_ids", "in", self.ids),
            ]
        )
        # What is not offered does not offer what is below it, and its name is part of theirs
        shown = set()
        for category in offered:  # those above come first
            if not category.parent_id or category.parent_id.id in shown:
                shown.add(category.id)
        return offered.browse(category.id for category in offered if category.id in shown)

    def _get_portal_priorities(self):
        """The priorities that customers may choose, as (value, label); empty: we choose."""
        self.ensure_one()
        highest = self.sudo().portal_priority  # as the teams above
        field = self.env["crm.ticket"]._fields["priority"]
        choices = field._description_selection(self.env)
        return [choice for choice in choices if highest and choice[0] <= highest]
