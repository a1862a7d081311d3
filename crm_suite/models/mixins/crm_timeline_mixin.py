from odoo import models


class CrmTimelineMixin(models.AbstractModel):
    """A document of a customer: its form shows his history, and its messages are part of that.

        _inherit = ["crm.ticket", "crm.timeline.mixin"]

    The contact is in the stored field `_timeline_contact`.
    """

    _name = "crm.timeline.mixin"
    _description = "Document in the History of a Customer"

    _timeline_contact = "partner_id"

    def _get_timeline_domain(self):
        """The records whose messages are history of a customer, as a domain on stored fields."""
        return []
