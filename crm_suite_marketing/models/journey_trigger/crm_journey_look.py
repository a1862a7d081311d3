from odoo import api, fields, models
from odoo.tools import SQL


class CrmJourneyLook(models.Model):
    """Until when a start of a journey has looked for who comes in. It belongs to the start in all
    versions of the journey, as long as that looks for the same.
    """

    _name = "crm.journey.look"
    _description = "Look of a Start"
    _rec_name = "node_uid"
    _log_access = False

    journey_id = fields.Many2one("crm.journey", required=True, readonly=True, ondelete="cascade")
    node_uid = fields.Char("Key of the Start", required=True, readonly=True)
    signature = fields.Char(
        readonly=True, help="What it looks for: with another one it begins anew."
    )
    started_at = fields.Datetime("Looks Since", required=True, readonly=True)
    looked_at = fields.Datetime("Last Look", readonly=True)
    full_at = fields.Datetime("Last Look at All Records", readonly=True)
    full_seconds = fields.Float("Time That It Took", readonly=True)
    problem = fields.Text(readonly=True, help="Why the last look failed.")

    _start_uniq = models.UniqueIndex("(journey_id, node_uid)")

    @api.model
    def _get(self, node, now):
        """:return: the look of a start, made anew where it looks for something else than before"""
        signature = node._get_trigger_signature()
        found = self.search([("journey_id", "=", node.journey_id.id), ("node_uid", "=", node.uid)])
        values = {
            "signature": signature,
            # the start of a journey that was stopped, or of another version
            "started_at": node.version_id.launched_at or node.journey_id.launched_at or now,
            "looked_at": False,
            "full_at": False,
        }
        if not found:
            return self.create({"journey_id": node.journey_id.id, "node_uid": node.uid, **values})
        if found.signature != signature:
            self.env.cr.execute(SQL("DELETE FROM crm_journey_match WHERE look_id = %s", found.id))
            found.write(values)
        return found
