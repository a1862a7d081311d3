from odoo import api, models
from odoo.exceptions import UserError

from ...lib.pack_record import SOURCE_LANGUAGE
from ...lib.slug import clashes, is_technical_name


class CrmCustomizationWriter(models.AbstractModel):
    """Records that packs bring: what is checked beforehand, how they are made, and removed.

    An add-on that adds a kind whose records need more care than `create` and `write` extends
    `_check_record`, `_create_record`, `_write_record` or `_remove_record`.
    """

    _name = "crm.customization.writer"
    _description = "Import of Customization Packs"

    # ------------------------------------------------------------------ checks

    @api.model
    def _check_record(self, kind, values, record, plan):
        """Return why a record of a pack cannot be imported here, None when it can.

        :param record: the record that it would change, empty for a new one
        :param plan: the PackPlan
        """
        return (
            self._check_models(kind, values)
            or self._check_groups(values)
            or self._check_languages(kind, values)
            or self._check_fields(kind, values, plan)
            or self._check_kind(kind, values, record)
        )

    @api.model
    def _check_kind(self, kind, values, record):
        if kind.key == "custom_field":
            return self._check_custom_field(values, record)
        if kind.key == "form_default":
            field = self.env[values["model"]]._fields.get(values["field"])
            if field and not self.env["crm.form.default"]._is_allowed_field(field):
                return self.env._("“%s” cannot have a default value.", values["field"])
        return None

    @api.model
    def _check_models(self, kind, values):
        model = values.get("model")
        if model and model not in self.env["crm.customization.mixin"]._get_customizable_models():
            return self.env._("“%s” cannot be customized here.", model)
        return None

    @api.model
    def _check_groups(self, values):
        allowed = self.env["crm.customization.registry"]._get_pack_groups()
        for name in values.get("groups") or []:
            if name not in allowed or not self.env.ref(name, raise_if_not_found=False):
                return self.env._("A pack cannot name the group “%s” here.", name)
        return None

    @api.model
    def _check_languages(self, kind, values):
        codes = self.env["crm.customization.codec"]._get_languages()
        for attribute in kind.attributes:
            code = values.get(attribute.name) if attribute.type == "language" else None
            if code and code not in codes:
                return self.env._("The language “%s” is not installed here.", code)
        return None

    @api.model
    def _check_fields(self, kind, values, plan):
        """Fields that are named must be there, or come with the pack."""
        model = values.get("model")
        codec = self.env["crm.customization.codec"]
        if model:
            brought = plan.get_brought_fields(model)
            for name in self._get_plain_field_names(kind, values):
                if name not in self.env[model]._fields and not plan.get_field_entry(model, name):
                    return self.env._("There is no field “%s” on the form.", name)
            for path in self._get_condition_paths(kind, values):
                if problem := codec._get_path_problem(model, path, brought):
                    return problem
        comodel = values.get("comodel")
        for path in codec._domain_paths(values.get("domain") or []) if comodel else []:
            if problem := codec._get_path_problem(comodel, path):
                return problem
        return None

    @api.model
    def _get_plain_field_names(self, kind, values):
        names = []
        for attribute in kind.attributes:
            if attribute.type == "names":
                names += values.get(attribute.name) or []
            elif attribute.type == "name" and attribute.name != "technical_name":
                names += [values[attribute.name]] if values.get(attribute.name) else []
        return names

    @api.model
    def _get_condition_paths(self, kind, values):
        codec = self.env["crm.customization.codec"]
        return [
            path
            for attribute in kind.attributes
            if attribute.type == "domain" and attribute.name == "condition"
            for path in codec._domain_paths(values.get(attribute.name) or [])
        ]

    @api.model
    def _get_field_names(self, kind, values):
        """Return the names of the fields of its form that a record needs."""
        return {
            *self._get_plain_field_names(kind, values),
            *self._get_condition_paths(kind, values),
        }

    @api.model
    def _check_custom_field(self, values, record):
        model = values["model"]
        name = values["technical_name"]
        comodel = values.get("comodel")
        if not is_technical_name(name):
            return self.env._("“%s” is no technical name of a custom field.", name)
        if comodel and comodel not in self.env["crm.custom.field"]._get_comodels():
            return self.env._("A custom field cannot link to “%s” here.", comodel)
        if not record:
            return self._check_new_field(values, model, name)
        for each, column in (
            ("model", "model_name"),
            ("technical_name", "technical_name"),
            ("kind", "kind"),
            ("comodel", "comodel_name"),
        ):
            if each in values and (values[each] or False) != (record[column] or False):
                return self.env._(
                    "Here “%(field)s” is of another kind: “%(here)s” instead of “%(there)s”. The"
                    " kind of a field that is live cannot be changed.",
                    field=name,
                    here=record[column] or "–",
                    there=values[each] or "–",
                )
        return None

    @api.model
    def _check_new_field(self, values, model, name):
        taken = [each for each in self.env[model]._fields if each.startswith("x_")]
        # sudo: names that drafts have
        others = self.env["crm.custom.field"].sudo().search([("model_id.model", "=", model)])
        taken += [each for each in others.mapped("technical_name") if each]
        if clashes(name, taken):
            return self.env._(
                "The technical name “%s” is taken, or too similar to a taken one.", name
            )
        label = values["name"][SOURCE_LANGUAGE].strip()
        if any(field.string == label for field in self.env[model]._fields.values()):
            return self.env._("The form has a field “%s” already.", label)
        return None

    @api.model
    def _get_retirement(self, kind, record):
        """Return what importing does to a record that is here and not in use, None if it is."""
        if kind.key != "custom_field" or record.state == "live":
            return None
        if record.state == "archived":
            return self.env._("It is archived here, and will be shown again.")
        return self.env._("It is a draft here, and will go live.")

    # ------------------------------------------------------------------ making

    @api.model
    def _create_record(self, kind, vals):
        """Make a record; custom fields stay drafts until all of the pack are there."""
        model = self.env[kind.model].with_context(lang=SOURCE_LANGUAGE)
        return model.create(vals).with_context(lang=self.env.lang)

    @api.model
    def _write_record(self, kind, record, vals):
        """Change a record; only what differs is written."""
        record.with_context(lang=SOURCE_LANGUAGE).write(vals)

    @api.model
    def _finish_custom_fields(self, custom_fields):
        """Make the fields live, in one reload of the registry."""
        if drafts := custom_fields.filtered(lambda field: field.state == "draft"):
            drafts.action_publish()
        if archived := custom_fields.filtered(lambda field: field.state == "archived"):
            archived.action_restore()

    # ------------------------------------------------------------------ removing

    @api.model
    def _remove_record(self, kind, record):
        """Remove a record that an import made; what is in use is archived, or stays.

        :return: (`done`, `archived` or `kept`, reason in words or None)
        """
        if user := self._find_use(kind, record):
            if "active" in record._fields:
                record.active = False
                return "archived", self.env._("It is in use by “%s”, and was archived.", user)
            return "kept", self.env._("It is in use by “%s”.", user)
        record.unlink()
        return "done", None

    @api.model
    def _find_use(self, kind, record):
        """Return the name of a kind of records that refer to a record; None when none does.

        What belongs to the record itself does not count.
        """
        own = self._get_own_models(kind)
        for model_name, model in self.env.registry.items():
            if model._abstract or model._transient or not model._auto or model_name in own:
                continue
            for name, field in model._fields.items():
                if (
                    field.comodel_name != record._name
                    or not field.store
                    or field.type not in ("many2one", "many2many")
                    or field.related
                ):
                    continue
                # sudo: what others use is in use, whoever may see it
                users = self.env[model_name].sudo().with_context(active_test=False)
                domain = [(name, "in", record.ids)]
                if model_name == record._name:
                    domain.append(("id", "not in", record.ids))
                if users.search_count(domain, limit=1):
                    return self.env["ir.model"]._get_form_title(model_name)
        return None

    @api.model
    def _get_own_models(self, kind):
        """Return the models of records that go with a record of a kind."""
        return {
            self.env[kind.model]._fields[attribute.column].comodel_name
            for attribute in kind.attributes
            if attribute.type == "records"
        }

    @api.model
    def _remove_custom_fields(self, custom_fields):
        """Drop the fields that hold nothing, in one reload of the registry; archive the others.

        :return: {field: (`done`, `archived` or `kept`, reason in words or None)}
        """
        drafts = custom_fields.filtered(lambda field: field.state == "draft")
        made = custom_fields - drafts
        made.filtered(lambda field: field.state == "live").action_archive_field()
        uses = self.env["crm.custom.field.usage"]._list(made).grouped("custom_field_id")
        results = dict.fromkeys(drafts, ("done", None))
        for field in made:
            if field.value_count:
                reason = self.env._("It holds values, and was archived.")
            elif field in uses:
                names = ", ".join(f"“{use.name}”" for use in uses[field][:3])
                reason = self.env._("It is used by %s, and was archived.", names)
            else:
                reason = None
            results[field] = ("archived" if reason else "done", reason)
        drafts.unlink()
        empty = made.filtered(lambda field: results[field][0] == "done")
        try:
            with self.env.cr.savepoint():
                if empty:
                    empty._drop()
        except UserError as error:
            # somebody made use of one of them in a view
            results.update(dict.fromkeys(empty, ("archived", error.args[0])))
        return results
