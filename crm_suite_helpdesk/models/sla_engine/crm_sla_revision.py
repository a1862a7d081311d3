from odoo import models
from odoo.tools import ormcache

from odoo.addons.crm_suite.lib.working_time import clock_text

from ...lib.sla_terms import WAITS, read_terms

TARGET_FIELDS = ("budget_s", "risk_share", *(f"pause_{wait}" for wait in WAITS))


class CrmSlaRevision(models.Model):
    """What a revision promises, and what it changed."""

    _name = "crm.sla.revision"
    _inherit = ["crm.sla.revision"]

    @ormcache("self.id")
    def _get_terms(self):
        """The terms of this revision, kept in memory: they never change.

        :return: lib.sla_terms.Terms
        """
        revision = self.sudo()  # sudo: what holds for a ticket does not depend on who asks
        return read_terms(revision.id, revision.policy_id.id, revision.snapshot)

    # ------------------------------------------------------------------ changes in words

    def _describe(self, snapshot):
        """What a later snapshot changes against this revision, one change a line.

        In the language of whoever made the change.
        """
        self.ensure_one()
        before, lines = self.snapshot, []
        for name, value in snapshot.items():
            if name != "targets" and value != before.get(name):
                lines.append(
                    self.env._(
                        "%(field)s: %(old)s → %(new)s",
                        field=self._get_label("crm.sla.policy", name),
                        old=self._show("crm.sla.policy", name, before.get(name)),
                        new=self._show("crm.sla.policy", name, value),
                    )
                )
        old_targets = {target["id"]: target for target in before["targets"]}
        for target in snapshot["targets"]:
            lines += self._describe_target(old_targets.pop(target["id"], None), target)
        lines += [
            self.env._("%s: removed", self._get_target_name(target))
            for target in old_targets.values()
        ]
        return "\n".join(lines)

    def _describe_target(self, old, new):
        name = self._get_target_name(new)
        if not old:
            time = self._show("crm.sla.target", "budget_s", new["budget_s"])
            return [self.env._("%(target)s: added, within %(time)s", target=name, time=time)]
        lines = []
        if self._get_target_name(old) != name:
            lines.append(
                self.env._("%(old)s: now for %(new)s", old=self._get_target_name(old), new=name)
            )
        for field in TARGET_FIELDS:
            if old.get(field) != new[field]:
                lines.append(
                    self.env._(
                        "%(target)s, %(field)s: %(old)s → %(new)s",
                        target=name,
                        field=self._get_label(
                            "crm.sla.target", "budget" if field == "budget_s" else field
                        ),
                        old=self._show("crm.sla.target", field, old.get(field)),
                        new=self._show("crm.sla.target", field, new[field]),
                    )
                )
        return lines

    def _get_target_name(self, target):
        metric = self._show("crm.sla.target", "metric", target["metric"])
        if not target["priority"]:
            return metric
        priority = self._show("crm.sla.target", "priority", target["priority"])
        return self.env._("%(metric)s (%(priority)s)", metric=metric, priority=priority)

    def _get_label(self, model, name):
        return self.env[model]._fields[name].get_description(self.env, ["string"])["string"]

    def _show(self, model, name, value):
        field = self.env[model]._fields[name]
        if name == "budget_s":
            return clock_text(value or 0)
        if field.type == "boolean":
            return self.env._("yes") if value else self.env._("no")
        if not value and field.type != "integer":
            return "-"
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        if field.type in ("many2one", "many2many"):
            # sudo: the names were readable to whoever chose them
            records = self.env[field.comodel_name].sudo().browse(value).exists()
            return ", ".join(records.mapped("display_name")) or "-"
        return str(value)
