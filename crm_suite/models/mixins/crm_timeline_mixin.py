from odoo import models


class CrmTimelineMixin(models.AbstractModel):
    """A document of a customer: its form shows his history, and its messages are part of that.

        _inherit = ["crm.ticket", "crm.timeline.mixin"]

    The contact is in the stored field `_timeline_contact`.
    """

    _name = "crm.timeline.mixin"
    _description = "Document in the History of a Customer"

    _timeline_contact = "partner_id"

    def init(self):
        result = super().init()
        # once all models have their tables; also after an update, but not with each new field
        if "module" in self.env.context:
            self.pool.post_init(self.env["crm.timeline.message"]._fill, self._name)
        return result

    def _get_timeline_domain(self):
        """The domain of the records whose messages are history, on what does not change."""
        return []

    def _write_multi(self, vals_list):
        """The messages follow the document to another contact.

        Here, where everything comes along that changes a row: what is computed, too.
        """
        moved = [
            record.id
            for record, vals in zip(self, vals_list, strict=True)
            if self._timeline_contact in vals
        ]
        result = super()._write_multi(vals_list)
        if moved:
            # sudo: the history follows the document, whoever changes it
            self.env["crm.timeline.message"].sudo()._follow_documents(self.browse(moved))
        return result
