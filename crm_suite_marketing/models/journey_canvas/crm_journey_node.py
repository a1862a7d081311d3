from functools import reduce

from odoo import Command, api, fields, models
from odoo.fields import Domain
from odoo.tools import format_datetime

from ...lib import journey_graph
from ..journey.choices import OPEN_STEPS
from ..journey.span import describe_span

# What says where a node is, and what takes care of itself
NO_SETTINGS = {"version_id", "journey_id", "uid", "kind", "x", "y", "active", "edge_ids"}


class CrmJourneyNode(models.Model):
    """What a node says on its card: its title, its settings in one line, its ways out."""

    # each room extends it by itself
    _inherit = "crm.journey.node"  # pylint: disable=consider-merging-classes-inherited

    active = fields.Boolean(
        default=True, copy=False, help="Off: removed from the draft, and undo brings it back."
    )
    summary = fields.Char(compute="_compute_summary", help="Its settings in one line.")

    def _describe(self):
        """:return: the node as the canvas shows it"""
        labels = self._get_port_labels()
        return {
            "id": self.id,
            "uid": self.uid,
            "kind": self.kind,
            "title": self.display_name,
            "summary": self.summary or "",
            "x": self.x,
            "y": self.y,
            "ports": [{"key": port, "label": labels.get(port, "")} for port in self._get_ports()],
            "open": self.open_count,
            "failed": self.failed_count,
            "passed": self.passed_count,
        }

    def _get_port_labels(self):
        """:return: words for the ways out; none where there is one only"""
        kind = journey_graph.KINDS[self.kind]
        if kind.has_arms:
            total = sum(self.arm_ids.mapped("weight")) or 1
            return {
                arm.port: f"{arm.name} {round(100 * arm.weight / total)}%" for arm in self.arm_ids
            }
        if len(kind.ports) < 2:
            return {}
        return {
            "yes": self.env._("Yes"),
            "no": self.env._("No"),
            "timeout": self.env._("Time Is Up"),
            "missed": self.env._("Date Has Passed"),
            "enough": self.env._("Often Enough"),
            "next": self.env._("Jump to") if self.kind == "jump" else self.env._("Then"),
        }

    def action_open_people(self, kind="open"):
        """Show who is here, whose step failed here, or who has been here."""
        self.ensure_one()
        at = [("node_id", "=", self.id)]
        if kind == "failed":
            at.append(("state", "=", "failed"))
        elif kind != "passed":
            at.append(("state", "in", OPEN_STEPS))
        domain = [("step_ids", "any", at)]
        if kind == "passed":
            domain = self._get_passed_domain()
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": "crm.journey.participant",
            "views": [[False, "list"], [False, "form"]],
            "domain": domain,
        }

    def _get_passed_domain(self):
        """Starts are no steps: who came in by them has passed them. Nor need a goal be one: it is
        reached from wherever somebody is.
        """
        self.ensure_one()
        of_version = Domain("version_id", "=", self.version_id.id)
        if self.kind == "trigger":
            return of_version & Domain("trigger_uid", "=", self.uid)
        at = [("node_id", "=", self.id), ("state", "not in", OPEN_STEPS)]
        passed = Domain("step_ids", "any", at)
        if self.kind == "goal":
            passed |= of_version & Domain("goal_uid", "=", self.uid)
        return passed

    def _compute_counts(self):
        result = super()._compute_counts()
        People = self.env["crm.journey.participant"]
        if People.has_access("read"):
            for node in self.filtered(lambda node: node.id and node.kind in ("trigger", "goal")):
                node.passed_count = People.search_count(node._get_passed_domain())
        return result

    # ------------------------------------------------------------------
    # Settings, as undo takes them back
    # ------------------------------------------------------------------

    def _get_setting_fields(self):
        return [
            name
            for name, field in self._fields.items()
            if name not in NO_SETTINGS
            and name not in models.MAGIC_COLUMNS
            and not field.related
            and (field.store or field.type == "many2many")
            and not (field.compute and field.readonly)
            and field.copy
            and field.type != "binary"
            and self._has_field_access(field, "write")
        ]

    @api.readonly
    def read_settings(self):
        """:return: what people set here, as `_write_settings` takes it"""
        self.ensure_one()
        names = self._get_setting_fields()
        lines = [name for name in names if self._fields[name].type == "one2many"]
        settings = self.read([name for name in names if name not in lines], load=None)[0]
        del settings["id"]
        for name in lines:
            inverse = self._fields[name].inverse_name
            settings[name] = [
                {key: value for key, value in line.items() if key != inverse}
                for line in self[name].copy_data()
            ]
        return settings

    def _write_settings(self, settings):
        allowed = set(self._get_setting_fields())
        values = {}
        for name, value in settings.items():
            if name not in allowed:
                continue
            kind = self._fields[name].type
            if kind == "one2many":
                value = [Command.clear(), *(Command.create(line) for line in value or ())]
            elif kind == "many2many":
                value = [Command.set(value or ())]
            values[name] = value
        self.write(values)

    # ------------------------------------------------------------------
    # Settings in one line
    # ------------------------------------------------------------------

    @api.depends_context("lang", "tz")
    def _compute_summary(self):
        for node in self:
            summarize = getattr(node, f"_summarize_{node.kind}", None)
            node.summary = (summarize and summarize()) or False

    def _get_choice(self, name):
        """:return: the words of what is chosen"""
        return dict(self._fields[name]._description_selection(self.env)).get(self[name], "")

    def _summarize_span(self):
        return describe_span(self.env, self.amount, self.unit or "days")

    def _join(self, words):
        """Put words beside each other with the comma of the language."""
        return reduce(
            lambda one, other: self.env._("%(one)s, %(other)s", one=one, other=other), words
        )

    def _summarize_hour(self):
        """:return: list of words on the hour and the days"""
        words = []
        if self.has_hour:
            hours, minutes = divmod(round(self.at_hour * 60), 60)
            words.append(self.env._("at %s", f"{hours:02}:{minutes:02}"))
        if self.working_days:
            words.append(self.env._("working days"))
        return words

    def _summarize_wait(self):
        return self._join([self._summarize_span(), *self._summarize_hour()])

    def _summarize_until(self):
        if self.until_kind == "moment":
            return self.until_at and format_datetime(self.env, self.until_at, dt_format="short")
        if not self.date_field_id:
            return ""
        words = self._summarize_date()
        return self._join([words, *self._summarize_hour()])

    def _summarize_date(self):
        label = self.date_field_id.field_description
        if not self.amount:
            return label
        return f"{self._summarize_span()} {self._get_choice('side').lower()} {label}"

    def _summarize_condition(self):
        words = self._describe_question()
        return words and self.env._(
            "%(question)s, at most %(time)s", question=words, time=self._summarize_span()
        )

    def _summarize_branch(self):
        return self._describe_question()

    def _summarize_goal(self):
        return self._describe_question()

    def _summarize_arms(self):
        return " / ".join(self.arm_ids.mapped("name"))

    def _summarize_split(self):
        return self._summarize_arms()

    def _summarize_ab(self):
        return self._summarize_arms()

    def _summarize_jump(self):
        return self.env._("at most %s times", self.jump_most)

    def _summarize_change(self, names):
        """:return: whether something is added or removed, and what"""
        return names and f"{self._get_choice('change')}: {', '.join(names)}"

    def _summarize_mail(self):
        return self.mailing_subject

    def _summarize_sms(self):
        return self.mailing_subject

    def _summarize_webhook(self):
        return self.webhook_id.display_name

    def _summarize_activity(self):
        return ": ".join(filter(None, (self.activity_type_id.name, self.title)))

    def _summarize_update(self):
        return self.update_field_id.field_description

    def _summarize_tag(self):
        tags = self.category_ids or self.crm_tag_ids
        return self._summarize_change(tags.mapped("display_name"))

    def _summarize_list(self):
        return self._summarize_change(self.list_ids.mapped("name"))

    def _summarize_segment(self):
        return self._summarize_change(self.fixed_segment_id.mapped("name"))

    def _summarize_lead(self):
        return self.title

    def _summarize_server_action(self):
        return self.server_action_name

    def _summarize_trigger(self):
        about = (
            (self.trigger in ("segment_enter", "segment_leave") and self.segment_id.display_name)
            or (self.trigger == "lifecycle" and self.stage_id.display_name)
            or (self.trigger in ("clicked", "visit") and self.url_part)
            or (self.trigger == "form" and self._get_form_name())
            or (self.trigger in ("date", "yearly") and self.date_field_id.field_description)
            or self.about_mailing_id.display_name
        )
        words = self._get_choice("trigger")
        return f"{words}: {about}" if about else words
