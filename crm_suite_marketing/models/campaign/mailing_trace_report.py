from odoo import fields, models


class MailingTraceReport(models.Model):
    _inherit = "mailing.trace.report"

    segment_id = fields.Many2one("crm.segment", readonly=True)

    def _report_get_request_select_items(self):
        return [*super()._report_get_request_select_items(), "mailing.segment_id"]

    def _report_get_request_group_by_items(self):
        return [*super()._report_get_request_group_by_items(), "mailing.segment_id"]
