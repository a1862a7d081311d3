from odoo import api, fields, models
from odoo.exceptions import AccessError


class LinkTrackerClick(models.Model):
    _inherit = "link.tracker.click"

    engagement_id = fields.Many2one(
        "crm.engagement",
        "Event",
        readonly=True,
        ondelete="cascade",
        help="The event that this row of Odoo's statistics is derived from.",
    )

    _engagement_uniq = models.UniqueIndex("(engagement_id) WHERE engagement_id IS NOT NULL")

    @api.model
    def add_click(self, code, **route_values):
        """The number of the message stands in the address of the link, where anybody can change
        it: it must be one of a mailing that this link belongs to.
        """
        trace_id = route_values.get("mailing_trace_id")
        if not trace_id:
            return super().add_click(code, **route_values)
        if not self.env.su:
            # the method is open to RPC; core's routes come as the system
            raise AccessError(self.env._("What happened to a mailing is only ever added to."))
        visit = self.env.context.get("engagement_visit") or {}
        # sudo: visitors have no rights
        found = self.env["link.tracker.code"].sudo().search([("code", "=", code)], limit=1)
        link = found.link_id
        trace = self.env["mailing.trace"].sudo().browse(trace_id).exists()  # sudo: the same
        if not link or not trace or trace.is_test_trace:
            return self.browse()
        if not link._is_of_mailing(trace.mass_mailing_id) or not trace.sent_datetime:
            return self.browse()
        # sudo: visitors have no rights
        if self.env["crm.outbox"].sudo().search_count([("trace_id", "=", trace.id)], limit=1):
            # the links of our own mails are signed
            return self.browse()
        event = self.env["crm.engagement"]._record_visit(
            "click", visit, link_id=link.id, trace_id=trace.id
        )
        return self.sudo().search([("engagement_id", "in", event.ids)])  # sudo: the same
