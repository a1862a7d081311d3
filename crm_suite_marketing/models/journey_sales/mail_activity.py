from odoo import models

from ..journey.copied_many2one import CopiedMany2one


class MailActivity(models.Model):
    # each room extends a core model by itself
    _inherit = "mail.activity"  # pylint: disable=consider-merging-classes-inherited

    crm_journey_step_id = CopiedMany2one(
        "crm.journey.step",
        "Step of a Journey",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="mass_mailing.group_mass_mailing_user",
    )
