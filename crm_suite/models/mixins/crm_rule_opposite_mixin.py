from odoo import api, models
from odoo.fields import Command

from .crm_rule_enforcement_mixin import STATE_KINDS


class CrmRuleOppositeMixin(models.AbstractModel):
    """The other side of links of customizable records: the contacts of a tag are the tags of these
    contacts, and the rules of contacts hold for both. Without rules it costs no query.

    A model names in `_rule_links` its fields that are the other side of a many2many field.
    """

    _name = "crm.rule.opposite.mixin"
    _description = "Form Rules on the Other Side of Links"
    _rule_links = ()

    @api.model_create_multi
    def create(self, vals_list):
        links = self._get_ruled_links({name for vals in vals_list for name in vals})
        if not links:
            return super().create(vals_list)
        candidates = {
            name: self._get_named_ids([vals.get(name) or [] for vals in vals_list])
            for name in links
        }
        before = self._remember_links(links, candidates)
        records = super().create(vals_list)
        records._check_links(links, before)
        return records

    def write(self, vals):
        links = self._get_ruled_links(vals)
        if not links:
            return super().write(vals)
        candidates = {
            name: self._get_named_ids([vals[name] or []]) | self._get_linked_ids(name)
            for name in links
        }
        before = self._remember_links(links, candidates)
        result = super().write(vals)
        self._check_links(links, before)
        return result

    @api.model
    def _get_ruled_links(self, names):
        """Return by name of a link the field that it is the other side of, and the rules there."""
        links = {}
        for name in self._rule_links:
            if name in names:
                [opposite] = self.pool.field_inverses[self._fields[name]]
                rules = [
                    rule
                    for rule in self.env[opposite.model_name]._get_form_rules()
                    if rule.apply_on != "create" or rule.kind in STATE_KINDS
                ]
                if any(
                    opposite.name in rule.targets or opposite.name in rule.inputs for rule in rules
                ):
                    links[name] = (opposite, rules)
        return links

    @api.model
    def _get_named_ids(self, values):
        """Return the ids of all records that commands, or plain lists of ids, name."""
        named = set()
        for value in values:
            for command in value:
                if isinstance(command, int):
                    named.add(command)
                elif command[0] == Command.SET:
                    named.update(command[2])
                elif command[1] and isinstance(command[1], int):
                    named.add(command[1])
        return named

    def _get_linked_ids(self, name):
        # sudo: rules hold for records, also for those that the writer may not read
        return set(self.sudo().with_context(active_test=False)[name]._ids)

    def _remember_links(self, links, candidates):
        before = {}
        for name, (opposite, rules) in links.items():
            records = self.env[opposite.model_name].browse(candidates[name]).exists()
            vals = {opposite.name: None}
            touched = records._get_touched_fields(vals)
            before[name] = (
                records,
                self._read_links(opposite, records),
                records._remember_for_form_rules(rules, vals, touched),
            )
        return before

    @api.model
    def _read_links(self, opposite, records):
        # sudo: as above
        records = records.sudo().with_context(active_test=False)
        return {record.id: frozenset(record[opposite.name]._ids) for record in records}

    def _check_links(self, links, before):
        """Do and check what the rules say after links were made or taken away."""
        for name, (opposite, rules) in links.items():
            records, links_before, remembered = before[name]
            links_after = self._read_links(opposite, records)
            changed = records.filtered(
                lambda record: links_after[record.id] != links_before[record.id]  # noqa: B023
            )
            if not changed:
                continue
            remembered = {
                rule_id: records & changed if isinstance(records, models.BaseModel) else records
                for rule_id, records in remembered.items()
            }
            changed._check_kept_values(rules, remembered)
            touched = changed._get_touched_fields([opposite.name])
            touching = [rule for rule in rules if rule.is_touched(touched)]
            changed._follow_form_rules(touching, "write", remembered, [{}] * len(changed))
