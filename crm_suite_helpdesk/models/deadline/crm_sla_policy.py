from odoo import fields, models

# What limits a policy to some tickets of a customer, in the order in which people read it
LIMITS = (
    "team_ids",
    "category_ids",
    "tag_ids",
    "product_ids",
    "product_categ_ids",
    "order_ids",
)


class CrmSlaPolicy(models.Model):
    """What a policy promises, in the form in which it is shown on the page of a customer."""

    _name = "crm.sla.policy"
    _inherit = ["crm.sla.policy"]

    def _filter_for_customer(self, customer):
        """Policies that can hold for tickets of a customer today.

        :param customer: commercial partner
        """
        today = fields.Date.context_today(self)
        # sudo: whom a policy covers does not depend on who looks; agents may not read the orders
        # and tiers that limit it
        tier, policies = customer.sudo().customer_tier_id, self.sudo()
        covering = policies.filtered(
            lambda policy: (
                (not policy.date_from or policy.date_from <= today)
                and (not policy.date_to or today <= policy.date_to)
                and (not policy.partner_ids or customer in policy.partner_ids.commercial_partner_id)
                and (not policy.tier_ids or tier in policy.tier_ids)
                and (
                    not policy.order_ids
                    or customer in policy.order_ids.partner_id.commercial_partner_id
                )
            )
        )
        return self.browse(covering.ids)

    def _prepare_promise_tables(self):
        """Policies as tables of what is promised, by metric and priority.

        What can never be reached, because a policy before it holds for all tickets, is left out.

        :return: list of {"id", "name", "company", "hours", "besides", "limits": [(label, values)],
            "rows": [(metric, {priority: seconds})]}
        """
        metrics = self.env["crm.sla.target"]._fields["metric"]._description_selection(self.env)
        tables, taken = [], set()
        for policy in self.sorted(lambda p: (p.company_id.id, p.sequence, p.id)):
            limits, besides = policy._get_limit_labels(), policy.stack == "add"
            promises = {
                key: budget
                for key, budget in policy._prepare_promise_cells().items()
                if besides or (policy.company_id, *key) not in taken
            }
            if not besides and not limits:
                taken |= {(policy.company_id, *key) for key in promises}
            rows = [
                (label, {key[1]: budget for key, budget in promises.items() if key[0] == metric})
                for metric, label in metrics
            ]
            if promises:
                tables.append(
                    {
                        "id": policy.id,
                        "name": policy.name,
                        "company": policy.company_id.display_name,
                        "hours": policy._get_hours_label(),
                        "besides": besides,
                        "limits": limits,
                        "rows": [row for row in rows if row[1]],
                    }
                )
        return tables

    def _prepare_promise_cells(self):
        """What this policy promises: {(metric, priority): seconds}."""
        self.ensure_one()
        priorities = [key for key, _label in self.env["crm.ticket"]._fields["priority"].selection]
        promises = {}
        # The target for one priority goes before the one for all
        for target in self.target_ids.sorted(lambda target: not target.priority):
            for priority in [target.priority] if target.priority else priorities:
                promises.setdefault((target.metric, priority), target.budget_s)
        return promises

    def _get_hours_label(self):
        if self.mode == "always":
            return self.env._("around the clock")
        # sudo: agents may not read the calendars of all teams, but their names say what holds
        calendars = self.sudo().calendar_id
        if not calendars and self.team_ids:
            calendars = self.sudo().team_ids.calendar_id
        calendars = calendars or self.sudo().company_id.resource_calendar_id
        return ", ".join(calendars.mapped("name"))

    def _get_limit_labels(self):
        """What a ticket needs for this policy to hold, for whoever may read it.

        :return: [(name of the field, names of what is chosen)]
        """
        limits = []
        for name in LIMITS:
            # sudo: that there is a limit, everybody may know; its names are read as the reader
            records = self.sudo()[name].sudo(False)
            if not records:
                continue
            label = self._fields[name].get_description(self.env, ["string"])["string"]
            readable = records._filtered_access("read")
            names = readable.mapped("display_name")
            if readable != records:
                names.append(self.env._("others"))
            limits.append((label, ", ".join(names)))
        # sudo: what the conditions are is for managers; that there are some, is not
        if self.sudo().domain:
            limits.append((self.env._("Further conditions"), ""))
        return limits
