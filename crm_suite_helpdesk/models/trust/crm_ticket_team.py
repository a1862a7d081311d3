from odoo import fields, models


class CrmTicketTeam(models.Model):
    """What a team does with mails of people who are not known on a ticket, and with copies."""

    _name = "crm.ticket.team"
    _inherit = ["crm.ticket.team"]

    unverified_mode = fields.Selection(
        [
            ("note", "Keep as a note until an agent accepts it"),
            ("ticket", "Open a ticket of its own"),
        ],
        "Answers of Strangers",
        default="note",
        required=True,
        help="What becomes of a mail that answers a ticket, when its sender is neither the "
        "customer, nor one of his company, nor anybody who follows the ticket or got a mail of it.",
    )
    cc_mode = fields.Selection(
        [
            ("ignore", "Ignore them"),
            ("suggest", "Suggest them when an agent answers"),
            ("colleagues", "Let contacts of the customer's company follow"),
            ("contacts", "Let all known contacts follow"),
        ],
        "People in Copy",
        default="suggest",
        required=True,
        help="Whom a customer puts in copy. Only copies of mails of verified senders count, and "
        "nobody becomes a contact by being named.",
    )
