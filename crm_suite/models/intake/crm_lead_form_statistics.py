from datetime import timedelta

from odoo import fields, models
from odoo.fields import Domain

STATISTIC_DAYS = 90
# Below this, percentages say nothing about a form
ENOUGH_VISITS = 20


class CrmLeadFormStatistics(models.AbstractModel):
    """What a form knows about its visitors: how many begin, send, and where they are lost."""

    _name = "crm.lead.form.statistics"
    _description = "Lead Form Statistics"

    seen_count = fields.Integer(
        string="Visitors",
        compute="_compute_statistics",
        groups="sales_team.group_sale_manager",
        help="Of the last 90 days.",
    )
    begun_count = fields.Integer(
        string="Began",
        compute="_compute_statistics",
        groups="sales_team.group_sale_manager",
        help="Visitors of the last 90 days who began to fill in the form.",
    )
    sent_count = fields.Integer(
        string="Sent", compute="_compute_statistics", groups="sales_team.group_sale_manager"
    )
    conversion = fields.Float(
        string="Sent of Seen (%)",
        compute="_compute_statistics",
        groups="sales_team.group_sale_manager",
    )
    advice = fields.Text(
        compute="_compute_advice",
        groups="sales_team.group_sale_manager",
        help="Where visitors are lost, and what may help.",
    )

    def _compute_statistics(self):
        # sudo: figures of a form, for those who may read the form
        rows = (
            self.env["crm.lead.form.visit"]
            .sudo()
            ._read_group(
                self._get_visit_domain() & Domain("state", "!=", "robot"),
                ["form_id", "state"],
                ["__count"],
            )
        )
        counts = {(form.id, state): count for form, state, count in rows}
        for form in self:
            seen, begun, sent = (
                counts.get((form._origin.id, state), 0) for state in ("seen", "begun", "sent")
            )
            form.seen_count = seen + begun + sent
            form.begun_count = begun + sent
            form.sent_count = sent
            form.conversion = 100.0 * sent / form.seen_count if form.seen_count else 0.0

    def _compute_advice(self):
        for form in self:
            form.advice = "\n".join(form._get_advice())

    def _get_advice(self):
        """Return sentences on why visitors do not send the form."""
        self.ensure_one()
        if self.seen_count < ENOUGH_VISITS:
            return []
        advice = []
        if self.begun_count < self.seen_count / 3:
            advice.append(
                self.env._(
                    "Only %(begun)s of %(seen)s visitors began: the form may look too long or its "
                    "heading may not say what they get.",
                    begun=self.begun_count,
                    seen=self.seen_count,
                )
            )
        lost = self.begun_count - self.sent_count
        if lost > self.begun_count / 3:
            worst = max(self.field_ids, key=lambda field: field.stop_count, default=None)
            if worst and worst.stop_count:
                label = (
                    worst.label
                    # sudo: the label, which is on the page
                    or worst.sudo().custom_field_id.name
                    or dict(worst._fields["name"]._description_selection(self.env))[worst.name]
                )
                advice.append(
                    self.env._(
                        "%(lost)s visitors began and left; most of them (%(count)s) stopped at "
                        "“%(field)s”.",
                        lost=lost,
                        count=worst.stop_count,
                        field=label,
                    )
                )
            needed = len(self.field_ids.filtered("required"))
            if needed > 3 or len(self.field_ids) > 6:
                advice.append(
                    self.env._(
                        "The form has %(all)s fields, %(required)s of them required. Try fewer: "
                        "the rest can be asked in the first call.",
                        all=len(self.field_ids),
                        required=needed,
                    )
                )
        return advice

    def _get_visit_domain(self):
        limit = fields.Datetime.now() - timedelta(days=STATISTIC_DAYS)
        return Domain("form_id", "in", self._origin.ids) & Domain("date", ">=", limit)

    def _get_stop_counts(self):
        """Return how many visitors left each field last, by form id and field."""
        domain = self._get_visit_domain() & Domain(
            [("state", "=", "begun"), ("last_field", "!=", False)]
        )
        # sudo: figures of a form, for those who may read the form
        rows = (
            self.env["crm.lead.form.visit"]
            .sudo()
            ._read_group(domain, ["form_id", "last_field"], ["__count"])
        )
        return {(form.id, name): count for form, name, count in rows}

    def action_view_visits(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite.crm_lead_form_visit_action"
        )
        action["domain"] = [("form_id", "=", self.id)]
        action["context"] = {}
        return action
