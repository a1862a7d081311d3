from datetime import timedelta

from odoo import api, fields, models
from odoo.tools.constants import GC_UNLINK_LIMIT

KEPT = timedelta(days=30)


class CrmTicketIntakeRequest(models.Model):
    """A request that another program handed in under a key of its own, and the ticket it became.

    Whoever got no answer hands the same request in again and gets the same ticket.
    """

    _name = "crm.ticket.intake.request"
    _description = "Ticket Handed in by a Program"
    _order = "id desc"
    _rec_name = "key"

    key = fields.Char("Idempotency Key", required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users", "Program", required=True, readonly=True, ondelete="cascade"
    )
    ticket_id = fields.Many2one(
        "crm.ticket", readonly=True, ondelete="cascade", index="btree_not_null"
    )
    company_id = fields.Many2one(related="ticket_id.company_id")
    digest = fields.Char(
        "Fingerprint", required=True, readonly=True, help="Of all that was handed in."
    )
    # The key is all that is asked for twice, so it is what two at once meet at
    _key_of_user = models.UniqueIndex("(user_id, key)")

    @api.autovacuum
    def _gc_requests(self):
        """Forget keys after a month; nobody repeats a request after that."""
        old = self.search([("create_date", "<", self.env.cr.now() - KEPT)], limit=GC_UNLINK_LIMIT)
        old.unlink()
        return len(old), len(old) == GC_UNLINK_LIMIT
