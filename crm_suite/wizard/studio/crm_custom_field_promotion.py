from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tools import SQL, html_sanitize, split_every

from ...lib.property_value import KINDS, NotConvertible, convert
from ...models.mixins.crm_form_title_mixin import TITLES

AT_ONCE = 5000
# What whoever promotes may choose; the rest says which property it is
CHOSEN = frozenset(["name", "custom_field_id"])
COLUMN_TYPES = {
    "boolean": "bool",
    "date": "date",
    "datetime": "timestamp",
    "float": "numeric",
    "integer": "int4",
    "many2one": "int4",
    "monetary": "numeric",
}


class CrmCustomFieldPromotion(models.TransientModel):
    """A property that people made on the records of a team, and the custom field it can become.

    Properties cannot be summed, required or printed. A custom field takes over their values; the
    property stays until somebody removes it.
    """

    _name = "crm.custom.field.promotion"
    _description = "Property to Promote"
    _order = "model_id, container_name, id"

    model_id = fields.Many2one(
        "ir.model", "Form", readonly=True, ondelete="cascade", context=TITLES
    )
    model_name = fields.Char(related="model_id.model", string="Model")
    column = fields.Char(readonly=True)
    container_model = fields.Char(readonly=True)
    container_id = fields.Integer(readonly=True)
    container_name = fields.Char("Made For", readonly=True)
    property_name = fields.Char(readonly=True)
    label = fields.Char("Property", readonly=True)
    kind = fields.Selection(selection=lambda self: self._get_kind_selection(), readonly=True)
    value_count = fields.Integer("Values", readonly=True)
    reason = fields.Char("Not Possible", readonly=True)
    name = fields.Char("Label", help="What the custom field is called.")
    custom_field_id = fields.Many2one(
        "crm.custom.field",
        "Into the Custom Field",
        domain="[('model_id', '=', model_id), ('kind', '=', kind), ('state', '=', 'live')]",
        ondelete="cascade",
        help="A custom field that takes the values, for instance because the same property was"
        " made for another team. Empty: a new one is made.",
    )
    copied_count = fields.Integer("Copied", readonly=True)
    left_count = fields.Integer("Not Copied", readonly=True)
    state = fields.Selection(
        [("found", "To Promote"), ("done", "Promoted")], default="found", readonly=True
    )

    @api.model
    def _get_kind_selection(self):
        return self.env["crm.custom.field"]._fields["kind"]._description_selection(self.env)

    def write(self, vals):
        if not self.env.su and set(vals) - CHOSEN:
            raise AccessError(self.env._("What a property is cannot be changed here."))
        return super().write(vals)

    # ------------------------------------------------------------------ actions

    @api.model
    def action_start(self):
        """Open the list of all properties of the forms that can be shaped."""
        self.env["crm.custom.field"]._check_configurator()
        # sudo: configurators may not read teams, nor write what these rows say
        rows = self.sudo().create(list(self.sudo()._find_properties()))
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite.crm_custom_field_promotion_action"
        )
        return {**action, "domain": [("id", "in", rows.ids)]}

    def action_open(self):
        """Open the dialog in which the property is promoted."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Promote “%s”", self.label),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_promote(self):
        """Make the custom field, unless there is one, and copy the values."""
        self.ensure_one()
        custom_fields = self.env["crm.custom.field"]
        custom_fields._check_configurator()
        definition = self._get_definition()
        if reason := self._find_problem(definition):
            raise UserError(reason)
        target = self.custom_field_id
        if not target:
            target = custom_fields._publish([self._prepare_field(definition)])
            # sudo: the row is ours, whoever opened it chose label and field only
            self.sudo().custom_field_id = target
        elif reason := self._find_target_problem(target, definition):
            raise UserError(reason)
        copied, left = self._copy_values(target, self._map_options(target, definition))
        # sudo: as above
        self.sudo().write({"copied_count": copied, "left_count": left, "state": "done"})
        target.message_post(
            body=self.env._(
                "%(count)s values were copied from the property “%(property)s” of %(container)s;"
                " %(left)s did not fit, or there was a value already.",
                count=copied,
                property=self.label,
                container=self.container_name,
                left=left,
            )
        )
        return self.action_open()

    def action_close(self):
        """The browser knows the fields of each form by heart, and learns the new one."""
        return {"type": "ir.actions.client", "tag": "reload"}

    def action_open_field(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.custom.field",
            "res_id": self.custom_field_id.id,
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------------ what there is

    @api.model
    def _find_properties(self):
        """Yield the values of a row for each property of each form, as superuser."""
        for model_name in self.env["crm.custom.field"]._get_customizable_models():
            for field in self.env[model_name]._fields.values():
                if field.type == "properties" and field.store and not field.inherited:
                    yield from self._find_properties_of(model_name, field)

    @api.model
    def _find_properties_of(self, model_name, field):
        for container in self._get_containers(model_name, field):
            for definition in container[field.definition_record_field] or ():
                if definition["type"] == "separator":
                    continue
                label = definition.get("string") or definition["name"]
                kind = definition["type"] if definition["type"] in KINDS else False
                values = {
                    "model_id": self.env["ir.model"]._get_id(model_name),
                    "column": field.name,
                    "container_model": container._name,
                    "container_id": container.id,
                    "container_name": container.display_name,
                    "property_name": definition["name"],
                    "label": label,
                    "name": label,
                    "kind": kind,
                }
                row = self.new(values)
                yield {
                    **values,
                    "value_count": row._count_values(),
                    "reason": row._find_problem(definition),
                    "custom_field_id": row._find_target(definition).id,
                }

    @api.model
    def _get_containers(self, model_name, field):
        """Return the teams, or whatever else defines properties, of the companies of the user."""
        column = self.env[model_name]._fields[field.definition_record]
        containers = self.env[column.comodel_name].with_context(active_test=False)
        if not column.store:
            # one definition for all records of the model
            return containers.search(
                [
                    ("properties_field_id.model", "=", model_name),
                    ("properties_field_id.name", "=", field.name),
                ]
            )
        domain = [(field.definition_record_field, "!=", False)]
        if "company_id" in containers._fields:
            domain.append(("company_id", "in", [False, *self.env.companies.ids]))
        return containers.search(domain)

    def _get_definition(self):
        """Return what the property is now.

        :rtype: dict
        :raise UserError: when it is gone
        """
        # sudo: configurators may not read teams; the row says which, and was made here
        container = self.env[self.container_model].sudo().browse(self.container_id).exists()
        field = self.env[self.model_name]._fields[self.column]
        for definition in container[field.definition_record_field] or () if container else ():
            if definition["name"] == self.property_name and definition["type"] == self.kind:
                return definition
        raise UserError(self.env._("The property “%s” was changed or removed.", self.label))

    def _find_problem(self, definition):
        """Return why a property cannot become a custom field, in words; False if it can."""
        if definition["type"] not in KINDS:
            return self.env._("No custom field holds several tags.")
        custom_fields = self.env["crm.custom.field"]
        if definition["type"] in ("many2one", "many2many"):
            comodel = definition.get("comodel")
            if not comodel or comodel not in custom_fields._get_comodels():
                return self.env._("A custom field cannot link to such records.")
        if definition["type"] == "monetary":
            here = custom_fields._find_currency_field(self.model_name)
            if definition.get("currency_field") and definition["currency_field"] != here:
                return self.env._("Its amounts are in another currency than those of the form.")
        if definition["type"] == "selection" and not definition.get("selection"):
            return self.env._("It has no options.")
        return False

    def _find_target(self, definition):
        """Return the custom field that was made of the same property of another team, if any."""
        live = self.env["crm.custom.field"].search(
            [
                ("model_id.model", "=", self.model_name),
                ("kind", "=", self.kind),
                ("state", "=", "live"),
            ]
        )
        # properties have one label, in whatever language it was written
        codes = [code for code, _name in self.env["res.lang"].get_installed()]
        return live.filtered(
            lambda field: (
                self.label in [field.with_context(lang=code).name for code in codes]
                and not self._find_target_problem(field, definition)
            )
        )[:1]

    def _find_target_problem(self, target, definition):
        """Return why a custom field cannot take the values, in words; False if it can."""
        if target.model_name != self.model_name or target.state != "live":
            return self.env._("“%s” is not a live field of this form.", target.name)
        if target.kind != definition["type"]:
            return self.env._("“%s” is of another kind than the property.", target.name)
        if (target.comodel_name or False) != (definition.get("comodel") or False):
            return self.env._("“%s” links to other records than the property.", target.name)
        return False

    # ------------------------------------------------------------------ the field

    def _prepare_field(self, definition):
        values = {
            "name": (self.name or self.label).strip(),
            "model_id": self.model_id.id,
            "kind": definition["type"],
        }
        if definition["type"] == "selection":
            values["option_ids"] = [
                Command.create({"name": label or value, "sequence": 10 * number})
                for number, (value, label) in enumerate(definition["selection"], 1)
            ]
        elif definition["type"] in ("many2one", "many2many"):
            values["comodel_id"] = self.env["ir.model"]._get_id(definition["comodel"])
        return values

    def _map_options(self, target, definition):
        """Return the option of the field by each option of the property: that of the same label.

        An option that the field does not have is added.
        """
        if definition["type"] != "selection":
            return {}
        options = target.with_context(active_test=False).option_ids
        known = {option.name.strip().casefold(): option.value for option in options}
        missing = [
            label
            for _value, label in definition["selection"]
            if label and label.strip().casefold() not in known
        ]
        if missing:
            last = max(options.mapped("sequence"), default=0)
            target.write(
                {
                    "option_ids": [
                        Command.create({"name": label, "sequence": last + number})
                        for number, label in enumerate(dict.fromkeys(missing), 1)
                    ]
                }
            )
            options = target.with_context(active_test=False).option_ids
            known = {option.name.strip().casefold(): option.value for option in options}
        return {
            value: known[(label or value).strip().casefold()]
            for value, label in definition["selection"]
            if (label or value).strip().casefold() in known
        }

    # ------------------------------------------------------------------ the values

    def _get_records_condition(self):
        """Return the condition on the rows of the form (`t`) that have a value."""
        model = self.env[self.model_name]
        field = model._fields[self.column]
        value = SQL("%s -> %s", SQL.identifier("t", self.column), self.property_name)
        condition = SQL(
            "%s IS NOT NULL AND %s NOT IN ('null', 'false', '\"\"', '[]')", value, value
        )
        if model._fields[field.definition_record].store:
            condition = SQL(
                "%s AND %s = %s",
                condition,
                SQL.identifier("t", field.definition_record),
                self.container_id,
            )
        return condition

    def _count_values(self):
        model = self.env[self.model_name]
        model.flush_model([self.column])
        [(count,)] = self.env.execute_query(
            SQL(
                "SELECT count(*) FROM %s t WHERE %s",
                SQL.identifier(model._table),
                self._get_records_condition(),
            )
        )
        return count

    def _copy_values(self, target, options):
        """Copy the values of all records, whatever their company, to a field where it is empty.

        The records are those of the property, and whoever may read these reads both: so it is
        done in the table, without the rights and the rules of whoever promotes, in batches.

        :param options: of a selection: the value of the field by that of the property
        :return: how many were copied, and how many did not fit
        """
        model = self.env[self.model_name]
        model.flush_model()
        rows = self.env.execute_query(
            SQL(
                "SELECT t.id, %s -> %s FROM %s t WHERE %s ORDER BY t.id",
                SQL.identifier("t", self.column),
                self.property_name,
                SQL.identifier(model._table),
                self._get_records_condition(),
            )
        )
        copied = left = 0
        for batch in split_every(AT_ONCE, rows):
            values = {}
            for record_id, value in batch:
                try:
                    value = convert(target.kind, value, options)
                except NotConvertible:
                    left += 1
                    continue
                if value is not None:
                    values[record_id] = value
            values, dead = self._check_links(target, values)
            left += dead
            changed = self._write_values(model, target, values) if values else 0
            copied += changed
            left += len(values) - changed
        model.invalidate_model([target.technical_name])
        return copied, left

    def _check_links(self, target, values):
        """Leave out links to records that are gone.

        :return: values, and how many were left out
        """
        if target.kind == "html":
            return {key: str(html_sanitize(value)) for key, value in values.items()}, 0
        if target.kind not in ("many2one", "many2many"):
            return values, 0
        lists = {
            key: value if isinstance(value, list) else [value] for key, value in values.items()
        }
        # sudo: that a record is there is no secret, whoever links to it
        linked = self.env[target.comodel_name].sudo()
        there = set(linked.browse({each for ids in lists.values() for each in ids}).exists().ids)
        kept = {
            key: [each for each in ids if each in there]
            for key, ids in lists.items()
            if not there.isdisjoint(ids)
        }
        if target.kind == "many2one":
            kept = {key: ids[0] for key, ids in kept.items()}
        return kept, len(values) - len(kept)

    def _write_values(self, model, target, values):
        """Return how many records got their value: those that had none."""
        if target.kind == "many2many":
            field = model._fields[target.technical_name]
            pairs = [(record_id, each) for record_id, ids in values.items() for each in ids]
            self.env.cr.execute(
                SQL(
                    """
                    INSERT INTO %(table)s (%(record)s, %(linked)s)
                    SELECT * FROM unnest(%(records)s, %(links)s) ON CONFLICT DO NOTHING
                    """,
                    table=SQL.identifier(field.relation),
                    record=SQL.identifier(field.column1),
                    linked=SQL.identifier(field.column2),
                    records=[record_id for record_id, _each in pairs],
                    links=[each for _record_id, each in pairs],
                )
            )
            return len(values)
        column = SQL.identifier(target.technical_name)
        self.env.cr.execute(
            SQL(
                """
                UPDATE %(table)s t SET %(column)s = v.value
                  FROM unnest(%(ids)s, %(values)s::%(type)s[]) AS v(id, value)
                 WHERE t.id = v.id AND NOT COALESCE(%(filled)s, FALSE)
                """,
                table=SQL.identifier(model._table),
                column=column,
                ids=list(values),
                values=list(values.values()),
                type=SQL.identifier(COLUMN_TYPES.get(target.kind, "text")),
                filled=target._get_filled_condition(),
            )
        )
        return self.env.cr.rowcount
