from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import is_html_empty

from ...lib.domain_predicate import select
from .crm_rule_compiler_mixin import MAIL_PREFIXES
from .crm_rule_value_mixin import RuleRun

# It cannot be sent through RPC. The gateway uses it so that no rule ever loses an e-mail.
KEEP_INCOMPLETE = object()
# Nor this: whoever fills in a page that asks for a few fields only is not stopped by those that are
# missing, but by whatever else breaks a rule
KEEP_MISSING = object()
SHOWN_RECORDS = 3
# Tokens for links that are sent to customers change nothing that people know of
PORTAL_PREFIXES = ("access_", "signup_")
# What Odoo writes down on contacts by itself: who logs in, closes a reminder or posts an invoice is
# not changing them
NOTED_FIELDS = frozenset(["calendar_last_notif_ack", "customer_rank", "supplier_rank", "tz"])
# What a record must fulfil after it is saved, by whichever way
STATE_KINDS = frozenset(["required", "limit", "block"])


def keep_missing(records):
    """Return records whose required fields may stay empty, flagged, in what is done with them: Odoo
    makes contacts of its own accord, where nobody is asked for more than a name and an address.
    """
    if records.env.context.get("crm_form_rules") is KEEP_INCOMPLETE:
        return records
    return records.with_context(crm_form_rules=KEEP_MISSING)


class CrmRuleEnforcementMixin(models.AbstractModel):
    """How the rules of forms hold for whoever creates and writes: people, imports, programs,
    automations, mails. Without rules nothing here costs a query.
    """

    _name = "crm.rule.enforcement.mixin"
    _inherit = ["crm.rule.clock.mixin", "crm.rule.value.mixin"]
    _description = "Enforcement of Form Rules"

    form_rule_flag = fields.Boolean(
        "Left Incomplete",
        readonly=True,
        copy=False,
        help="Kept although it does not follow the rules of its form: it came from an e-mail or"
        " a web page.",
    )
    form_rule_notice = fields.Text("What Is Missing", compute="_compute_form_rule_notice")

    @api.depends("form_rule_flag")
    @api.depends_context("lang", "uid")
    def _compute_form_rule_notice(self):
        for record in self:
            violations = record._get_form_rule_violations() if record.form_rule_flag else []
            record.form_rule_notice = "\n".join(message for message, _broken in violations)

    @api.model_create_multi
    def create(self, vals_list):
        rules = self._get_form_rules()
        if not rules:
            return super().create(vals_list)
        given = [dict(vals) for vals in vals_list]
        records = super().create(vals_list)
        records._check_given_values(rules, given)
        records._follow_form_rules(rules, "create", {}, given)
        return records

    def write(self, vals):
        if "form_rule_flag" in vals:
            # the flag is the system's, which writes it further down
            vals = {name: value for name, value in vals.items() if name != "form_rule_flag"}
        rules = self._get_form_rules() if self and vals else []
        if not rules:
            return super().write(vals)
        given = dict(vals)  # others add to what they get
        touched = self._get_touched_fields(vals)
        rules = [rule for rule in rules if rule.apply_on != "create" or rule.kind in STATE_KINDS]
        before = self._remember_for_form_rules(rules, vals, touched)
        result = super().write(vals)
        # not in _validate_fields, which stored computed fields call too, in anybody's transaction
        self._check_kept_values(rules, before)
        touching = [rule for rule in rules if rule.is_touched(touched)]
        self._follow_form_rules(touching, "write", before, [given] * len(self))
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_check_form_rules(self):
        if self._is_kept_incomplete():
            return
        for rule in self._get_form_rules():
            if rule.kind == "block" and rule.detail == "delete" and rule.on_server:
                self._raise_violations(
                    [(self._get_rule_message(rule), broken)]
                    if (broken := self._match_rule(rule))
                    else []
                )

    @api.model
    def _get_form_rules(self):
        return self.env["crm.form.rule"]._get_rules(self._name)

    def _get_touched_fields(self, names):
        """The fields of this model that change, or may change, when `names` are written."""
        touched = set(names)
        for name in names:
            if name in self._fields:
                touched.update(
                    field.name
                    for field in self.pool.get_dependent_fields(self._fields[name])
                    if field.model_name == self._name
                )
        return touched

    def _match_rule(self, rule, values=None):
        """Return those of these records that fulfil the condition of a rule.

        :param values: dict that several rules share while nothing changes; filled with the values
            of fields by id
        """
        # sudo: what a rule reads does not depend on what the writer may read
        records = self.sudo()
        if rule.company_id:
            has_company = "company_id" in self._fields
            current = self.env.company.id
            records = records.filtered(
                lambda record: (
                    rule.company_id == ((has_company and record.company_id.id) or current)
                )
            )
        if rule.tree is None or not all(records._ids):
            fitting = records._with_own_time().filtered_domain(rule.condition)
            return fitting.with_env(self.env)
        values = {} if values is None else values

        def read(name):
            # the values of all records, for the rules that come after
            if name not in values:
                convert = self._fields[name].relational
                is_many = self._fields[name].type != "many2one"
                # sudo: what a rule reads does not depend on what the writer may read
                values[name] = {
                    record.id: (record[name].ids if is_many else record[name].id)
                    if convert
                    else record[name]
                    for record in self.sudo()
                }
            return values[name]

        matching = select(rule.tree, records._ids, read)
        return self.browse(record_id for record_id in records._ids if record_id in matching)

    def _remember_for_form_rules(self, rules, vals, touched):
        """Return, by id of a rule, what must be known from before a change."""
        before = {}
        values = {}
        is_free = self._is_free_of_form_rules()
        for rule in rules:
            if rule.kind == "readonly":
                names = [name for name in rule.targets if name in vals]
                if names and rule.on_server and not is_free:
                    before[rule.id] = [
                        (record, name, record._get_comparable(name))
                        for record in self._match_rule(rule, values)
                        for name in names
                    ]
            elif rule.kind == "block" and rule.detail == "locked":
                if rule.on_server and not is_free and self._is_change_of_people(vals):
                    before[rule.id] = self._match_rule(rule, values)
            elif (
                rule.kind == "value" or (rule.kind == "warning" and rule.detail[1])
            ) and rule.is_touched(touched):
                before[rule.id] = self._match_rule(rule, values)
        return before

    @api.model
    def _is_free_of_form_rules(self):
        """Whether nothing may be refused: the system stores something, or a rule sets a value."""
        is_of_rule = isinstance(self.env.context.get("crm_form_rule_run"), RuleRun)
        return is_of_rule or self._is_kept_incomplete()

    @api.model
    def _is_kept_incomplete(self):
        """Whether what breaks a rule is kept and flagged. All that follows from an incoming mail
        is, also what automations do with it: an error would lose the mail.
        """
        context = self.env.context
        marks = (context.get("crm_form_rules"), context.get("crm_mail_gateway"))
        return any(mark is KEEP_INCOMPLETE for mark in marks)

    @api.model
    def _is_change_of_people(self, vals):
        return any(
            not field.readonly
            and name not in NOTED_FIELDS
            and not name.startswith((*MAIL_PREFIXES, *PORTAL_PREFIXES))
            for name in vals
            if (field := self._fields.get(name))
        )

    def _get_comparable(self, name):
        """Return a value of one record that can be compared after the record has changed."""
        # sudo: what a rule reads does not depend on what the writer may read
        value = self.sudo().with_context(bin_size=False)[name]
        if self._fields[name].relational:
            return frozenset(value.ids)
        return value or False

    def _check_given_values(self, rules, given):
        """Refuse values of read-only fields in new records, unless they are the defaults."""
        if self._is_free_of_form_rules():
            return
        for rule in rules:
            if rule.kind != "readonly" or not rule.on_server or rule.apply_on == "write":
                continue
            matching = set(self._match_rule(rule)._ids)
            broken = self.browse()
            for name in rule.targets:
                if not matching or not self._has_own_values(name, given):
                    continue
                convert = self._fields[name].convert_to_cache
                proposed = self.default_get([name]).get(name, False)
                default = self._without_own_default(name).default_get([name]).get(name, False)
                broken |= self.browse(
                    record.id
                    for record, vals in zip(self, given, strict=True)
                    if record.id in matching
                    and convert(vals.get(name, proposed), record) != convert(default, record)
                )
            if broken:
                self._raise_violations([(self._get_rule_message(rule), broken)])

    @api.model
    def _has_own_values(self, name, given):
        return (
            any(name in vals for vals in given)
            or f"default_{name}" in self.env.context
            or name in self.env["ir.default"]._get_own_default_names(self._name)
        )

    @api.model
    def _without_own_default(self, name):
        """Leave the default of a field to the database: neither the context of whoever creates
        the record nor what he has set for himself is one.
        """
        context = {
            key: value for key, value in self.env.context.items() if key != f"default_{name}"
        }
        model = self.with_env(self.env(context=context))
        if name in self.env["ir.default"]._get_own_default_names(self._name):
            return model.with_user(SUPERUSER_ID)
        return model

    def _check_kept_values(self, rules, before):
        """Refuse changes of what may not change."""
        for rule in rules:
            broken = self.browse()
            if rule.kind == "readonly":
                for record, name, value in before.get(rule.id, ()):
                    if record._get_comparable(name) != value:
                        broken |= record
            elif rule.kind == "block" and rule.id in before:
                # a record may be changed so that the rule locks it no longer
                broken = before[rule.id]._match_rule(rule)
            if broken:
                self._raise_violations([(self._get_rule_message(rule), broken)])

    def _follow_form_rules(self, rules, moment, before, given):
        """Do and check what the rules say after records were created or written.

        :param moment: `create` or `write`
        :param before: what `_remember_for_form_rules` returned
        :param given: the values of each record, as they came in
        """
        self._set_rule_values(rules, moment, before, given)
        state_rules = [
            rule for rule in rules if rule.kind in STATE_KINDS and rule.apply_on in ("both", moment)
        ]
        if state_rules:
            self._check_form_rules(state_rules)
        for rule in rules:
            if (
                rule.kind == "warning"
                and rule.detail[1]
                and rule.on_server
                and rule.apply_on in ("both", moment)
            ):
                news = self._match_rule(rule) - before.get(rule.id, self.browse())
                news._note_warning(rule)

    def _check_form_rules(self, rules):
        """Raise when a record breaks a rule that is enforced on the server; what must be kept is
        kept and flagged.

        :raise ValidationError: with the messages of the rules and the first records
        """
        is_kept = self._is_kept_incomplete()
        is_missing_kept = self.env.context.get("crm_form_rules") is KEEP_MISSING
        kept = [rule for rule in rules if is_kept or (is_missing_kept and rule.kind == "required")]
        self._raise_violations(self._get_violations([rule for rule in rules if rule not in kept]))
        violations = self._get_violations(kept)
        # sudo: a flag of the system, also on what its writer may no longer write
        records = self.sudo().with_context(crm_form_rules=None)
        broken = records.browse().union(*(broken for _message, broken in violations))
        news = broken.filtered(lambda record: not record.form_rule_flag)
        news._write_flag(True)
        settled = (records - broken).filtered("form_rule_flag")
        settled = settled.filtered(lambda record: not record._get_form_rule_violations())
        settled._write_flag(False)

    def _write_flag(self, value):  # pylint: disable=missing-return
        if self:
            # pylint: disable-next=super-method-mismatch
            super().write({"form_rule_flag": value})

    def _raise_violations(self, violations):
        messages = [
            self.env._(
                "%(message)s (%(records)s)",
                message=message,
                # sudo: whoever may write a record may read its name
                records=", ".join(broken[:SHOWN_RECORDS].sudo().mapped("display_name")),
            )
            if len(self) > 1
            else message
            for message, broken in violations
            if message
        ]
        if messages:
            raise ValidationError("\n".join(messages))

    def _get_form_rule_violations(self, moment=None):
        """Return the message and the records of each rule that these records break.

        :param moment: `create` or `write`; without it both
        """
        rules = [
            rule
            for rule in self._get_form_rules()
            if rule.kind in STATE_KINDS and (not moment or rule.apply_on in ("both", moment))
        ]
        return self._get_violations(rules)

    def _get_violations(self, rules):
        hidden = None
        values = {}
        violations = []
        for rule in rules:
            if not rule.on_server or (rule.kind == "block" and rule.detail != "result"):
                continue
            matching = self._match_rule(rule, values)
            if not matching:
                continue
            if rule.kind == "block":
                violations.append((self._get_rule_message(rule), matching))
                continue
            if rule.kind == "limit":
                if broken := matching._filter_forbidden_options(rule):
                    violations.append((self._get_rule_message(rule), broken))
                continue
            missing = {
                name: records
                for name in rule.targets
                if (records := matching.filtered(lambda record: record._is_unset(name)))  # noqa: B023
            }
            if not missing:
                continue
            if hidden is None:
                hidden = [each for each in self._get_form_rules() if each.kind == "invisible"]
            missing = matching._leave_out_hidden(missing, hidden)
            if missing:
                message = self._get_rule_message(rule, list(missing))
                violations.append((message, self.browse().union(*missing.values())))
        return violations

    def _leave_out_hidden(self, missing, hidden):
        """Nobody is asked for a field that he does not see: leave out what other rules hide."""
        kept = {}
        for name, records in missing.items():
            for rule in hidden:
                if name in rule.targets and rule.apply_on == "both":
                    records -= records._match_rule(rule)
            if records:
                kept[name] = records
        return kept

    def _filter_forbidden_options(self, rule):
        """Return the records that have another option than a rule leaves."""
        name = rule.targets[0]
        records = self.sudo()  # sudo: as for the condition
        if rule.detail.values is not None:
            allowed = rule.detail.values
            if self._fields[name].type == "selection":
                broken = records.filtered(
                    lambda record: record[name] and record[name] not in allowed
                )
            else:
                broken = records.filtered(lambda record: set(record[name].ids) - allowed)
        else:
            options = records[name].with_context(active_test=False)
            fitting = options.search(Domain("id", "in", options.ids) & rule.detail.domain)
            broken = records.filtered(lambda record: record[name] - fitting)
        return broken.with_env(self.env)

    def _get_rule_message(self, rule, missing=()):
        # sudo: everybody may read the messages; a rule that another worker just deleted has none
        record = self.env["crm.form.rule"].sudo().browse(rule.id).exists()
        return record._get_violation_message(missing) if record else ""

    def _note_warning(self, rule):
        """Write the message of a warning into the history of records that have come to need it."""
        message = self._get_rule_message(rule)
        # sudo: the note is the rule's, not of the person who caused it
        for record in self.sudo():
            record.message_post(body=message, subtype_xmlid="mail.mt_note")

    def _is_unset(self, name):
        """Return whether a field counts as empty, as a form judges it."""
        value = self[name]
        if self._fields[name].type == "html":
            return is_html_empty(value)
        return not value.strip() if isinstance(value, str) else not value
