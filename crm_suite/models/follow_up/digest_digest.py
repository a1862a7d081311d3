from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain


class DigestDigest(models.Model):
    _inherit = "digest.digest"

    kpi_crm_first_contact = fields.Boolean("First Contacts in Time (%)")
    kpi_crm_first_contact_value = fields.Integer(compute="_compute_kpi_crm_first_contact_value")
    kpi_crm_stalled = fields.Boolean("Opportunities That Stalled")
    kpi_crm_stalled_value = fields.Integer(compute="_compute_kpi_crm_stalled_value")

    def _compute_kpi_crm_first_contact_value(self):
        """The share of promises of the period that were kept, of those that are decided."""
        self._check_follow_up_kpi()
        start, end, companies = self._get_kpi_compute_parameters()
        rates = dict(
            self.env["crm.first.contact.report"]._read_group(
                [
                    ("deadline", ">=", start),
                    ("deadline", "<", end),
                    ("company_id", "in", [*companies.ids, False]),
                ],
                ["company_id"],
                ["kept_rate:avg"],
            )
        )
        for digest in self:
            company = digest.company_id or self.env.company
            rate = rates.get(company)
            # where nothing was decided, no promise was broken
            decided = isinstance(rate, float)
            digest.kpi_crm_first_contact_value = round(rate) if decided else 100

    def _compute_kpi_crm_stalled_value(self):
        """Opportunities that stalled in the period and have not moved since."""
        self._check_follow_up_kpi()
        start, end, companies = self._get_kpi_compute_parameters()
        Lead = self.env["crm.lead"]
        stalled = Lead.search(
            Domain("attention", "in", ["stalled", "escalated"])
            & Domain("company_id", "in", companies.ids)
        )
        begin, finish = fields.Datetime.to_datetime(start), fields.Datetime.to_datetime(end)
        stalled = stalled.filtered(lambda lead: begin <= lead.stalled_since < finish)
        for digest in self:
            company = digest.company_id or self.env.company
            digest.kpi_crm_stalled_value = len(
                stalled.filtered(lambda lead: lead.company_id == company)  # noqa: B023
            )

    def _check_follow_up_kpi(self):
        if not self.env.user.has_group("sales_team.group_sale_salesman"):
            raise AccessError(self.env._("These figures are for salespeople."))

    def _compute_kpis_actions(self, company, user):
        actions = super()._compute_kpis_actions(company, user)
        menu = self.env.ref("crm.crm_menu_root").id
        actions["kpi_crm_first_contact"] = (
            f"crm_suite.crm_first_contact_report_action?menu_id={menu}"
        )
        actions["kpi_crm_stalled"] = f"crm_suite.crm_lead_action_stalled?menu_id={menu}"
        return actions
