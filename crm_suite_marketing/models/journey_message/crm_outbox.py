from odoo import api, models
from odoo.tools import SQL

from ..journey.copied_many2one import CopiedMany2one


class CrmOutbox(models.Model):
    _inherit = "crm.outbox"  # pylint: disable=consider-merging-classes-inherited

    journey_step_id = CopiedMany2one(
        "crm.journey.step",
        "Step of a Journey",
        readonly=True,
        index="btree_not_null",
        help="Whoever comes to it again gets another message.",
    )

    @api.model
    def _make_open_condition(self, mailing_ids):
        """:return: ``SQL`` of what of these mailings has not gone; rows that a worker writes just
        now are left to him, who asks before each batch
        """
        return SQL(
            """id IN (SELECT id FROM crm_outbox
                       WHERE mailing_id = ANY(%s) AND state IN ('planned', 'held', 'claimed')
                         FOR UPDATE SKIP LOCKED)""",
            mailing_ids,
        )
