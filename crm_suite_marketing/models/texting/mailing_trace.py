from odoo import api, models


class MailingTrace(models.Model):
    # each room extends a core model by itself
    _inherit = "mailing.trace"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _get_failure_labels(self):
        return dict(self._fields["failure_type"]._description_selection(self.env))

    def _describe_failure(self):
        """:return: why it did not arrive, in words"""
        self.ensure_one()
        label = self._get_failure_labels().get(self.failure_type)
        return self.failure_reason or label or self.failure_type or self.trace_status
