from odoo import api, models
from odoo.tools import SQL

from .text_worker import TextWorker


class CrmOutbox(models.Model):
    # each room extends a model by itself
    _inherit = "crm.outbox"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _get_worker_class(self, channel):
        return TextWorker if channel == TextWorker.channel else super()._get_worker_class(channel)

    @api.model
    def _note_undelivered(self, traces, detail):
        """Note that text messages did not arrive, which providers tell later."""
        self._write_beside_workers(
            SQL(
                """UPDATE crm_outbox SET state = 'failed', reason = 'declined', detail = %s
                    WHERE trace_id = ANY(%s) AND channel = 'sms' AND state IN ('sent', 'uncertain')
                """,
                detail,
                traces.ids,
            )
        )
