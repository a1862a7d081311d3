import logging

from odoo.exceptions import UserError


class NewerMessageError(UserError):
    """The customer has written something that whoever answers him has not seen.

    `context` reaches the web client, which shows what was written and asks what to do.
    """

    # Somebody was told something; nothing is wrong that a log should warn of
    loglevel = logging.INFO

    def __init__(self, message, newer):
        super().__init__(message)
        self.context = {"crm_newer": newer}
