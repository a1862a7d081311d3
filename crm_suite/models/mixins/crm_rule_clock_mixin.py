from datetime import date, datetime, time

import pytz

from odoo import api, fields, models, tools
from odoo.tools.date_utils import parse_date

from ...lib.domain_compiler import MOMENT_MARK, clock_terms


class CrmRuleClockMixin(models.AbstractModel):
    """What "today" means in the conditions of a form.

    The server counts days in the time zone of the user's preferences; the browser only knows that
    of its machine. So the form is told the days that its conditions speak of.
    """

    _name = "crm.rule.clock.mixin"
    _description = "Days in Form Rules"

    form_rule_clock = fields.Json(
        "Days of Conditions", compute="_compute_form_rule_clock", exportable=False
    )

    @api.depends_context("tz", "uid")
    def _compute_form_rule_clock(self):
        clock = self._read_form_rule_clock(self._get_clock_terms())
        for record in self:
            record.form_rule_clock = clock

    @api.model
    @tools.ormcache("self._name", cache="templates")
    def _get_clock_terms(self):
        rules = self.env["crm.form.rule"]._get_compiled_rules(self._name)
        tabs = self.env["crm.form.tab"]._get_compiled_tabs(self._name, self.env.lang)
        terms = (clock_terms(each.expression) for each in (*rules, *tabs))
        return frozenset().union(*terms)

    @api.model
    def _read_form_rule_clock(self, terms):
        """Return days, and moments in UTC, as a form reads them.

        :param terms: relative days such as `today -7d`; moments begin with `MOMENT_MARK`
        :rtype: dict[str, str]
        """
        env = self._with_own_time().env
        clock = {}
        for term in terms:
            try:
                day: date = parse_date(term.removeprefix(MOMENT_MARK), env)
            except (ValueError, OverflowError):
                # before the first year: a form without that day is better than no form
                continue
            if term.startswith(MOMENT_MARK):
                midnight = env.tz.localize(datetime.combine(day, time.min))
                moment = midnight.astimezone(pytz.utc).replace(tzinfo=None)
                clock[term] = fields.Datetime.to_string(moment)
            else:
                clock[term] = fields.Date.to_string(day)
        return clock

    def _with_own_time(self):
        """Count days in the user's time zone also where a program names none."""
        if self.env.context.get("tz"):
            return self
        # sudo: one's own preferences
        return self.with_context(tz=self.env.user.sudo().tz or "UTC")
