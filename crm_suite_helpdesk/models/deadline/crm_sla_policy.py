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
        # sudo: the tier is the same whoever looks, as are the owners of orders, which agents may
        # not read
        tier = customer.sudo().customer_tier_id
        return self.filtered(
            lambda policy: (
                (not policy.date_from or policy.date_from <= today)
                and (not policy.date_to or today <= policy.date_to)
                and (
                    not policy.partner_ids
                    or customer in policy.sudo().partner_ids.commercial_partner_id
                )
                and ("tier_ids" not in policy._fields or not policy.tier_ids or tier in policy.sudo().tier_ids)
                and (
                    not policy.order_ids
                    or customer in policy.sudo().order_ids.partner_id.commercial_partner_id
                )
            )
        )

    def _prepare_promise_table(self):
        """One policy as a table of what is promised, by metric and priority.

        :return: {"id", "name", "company", "hours", "besides", "limits": [(label, values)],
            "rows": [(metric, {priority: seconds})]}
        """
        self.ensure_one()
        metrics = self.target_ids._fields["metric"]._description_selection(self.env)
        priorities = [key for key, _label in self.env["crm.ticket"]._fields["priority"].selection]
        rows = []
        for metric, label in metrics:
            targets = self.target_ids.filtered(lambda t, metric=metric: t.metric == metric)
            by_priority = {target.priority: target.budget_s for target in targets}
            if targets:
                for_all = by_priority.get(False)
                rows.append((label, {key: by_priority.get(key, for_all) for key in priorities}))
        return {
            "id": self.id,
            "name": self.name,
            "company": self.company_id.display_name,
            "hours": self._get_hours_label(),
            "besides": self.stack == "add",
            "limits": self._get_limit_labels(),
            "rows": rows,
        }

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
            records = self[name] if name in self._fields else self.browse()
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
