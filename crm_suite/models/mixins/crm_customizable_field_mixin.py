from odoo import api, models

# What stands in a template for an import, where the field itself does not say what is possible
IMPORT_EXAMPLES = {
    "integer": "1",
    "float": "1.5",
    "monetary": "100",
    "boolean": "1",
    "date": "2026-01-31",
    "datetime": "2026-01-31 09:30:00",
}
NOT_IN_FILES = frozenset(["binary", "html", "image"])


class CrmCustomizableFieldMixin(models.AbstractModel):
    """Keeps archived custom fields where they are, and shows them nowhere.

    Whoever asks for one by its name still gets it: a favorite or an automation goes on working.
    """

    _name = "crm.customizable.field.mixin"
    _description = "Record with Custom Fields"

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        result = super().fields_get(allfields, attributes)
        if not allfields:
            for name in self.env["crm.custom.field"]._get_hidden_names(self._name):
                result.pop(name, None)
        return result

    @api.model
    def _get_view_fields(self, view_type, models):
        models = super()._get_view_fields(view_type, models)
        if view_type == "search":
            # filters, groups and exports are chosen from these
            hidden = self.env["crm.custom.field"]._get_hidden_names(self._name)
            models[self._name] = [name for name in models[self._name] if name not in hidden]
        return models

    @api.model
    def get_import_templates(self):
        templates = super().get_import_templates()
        columns = self._get_custom_import_columns()
        if columns and self._get_custom_import_examples():
            templates = [
                *templates,
                {
                    "label": self.env._("Import Template with Custom Fields"),
                    "template": f"/crm/import-template/{self._name}.xlsx",
                },
            ]
        return templates

    @api.model
    def _get_custom_import_columns(self):
        """Return the fields that a template for imports shows beside the custom ones; none where
        the model has a template that knows the custom fields, or is not imported by people.

        :return: example by path of the field
        """
        return {}

    @api.model
    def _get_custom_import_template(self):
        """Return the rows of the template: headings in the user's language, and a record that
        could be imported as it is.
        """
        examples = {**self._get_custom_import_columns(), **self._get_custom_import_examples()}
        headings = []
        for path in examples:
            model, labels = self, []
            for name in path.split("/"):
                labels.append(model._fields[name]._description_string(self.env))
                model = self.env.get(model._fields[name].comodel_name)
            headings.append("/".join(labels))
        return [headings, list(examples.values())]

    @api.model
    def _get_first_name(self, comodel, domain=()):
        """Return the name of some record, as an example of one in an import."""
        records = self.env[comodel]
        found = records.has_access("read") and records.search(list(domain), limit=1)
        return found.display_name if found else ""

    @api.model
    def _get_custom_import_examples(self):
        """Return what a template for imports shows of the custom fields that the user may fill in:
        by name a text that can be imported as it is.
        """
        examples = {}
        for live in self.env["crm.custom.field"]._get_live(self._name):
            field = self._fields[live.name]
            if live.kind in NOT_IN_FILES or not self._has_field_access(field, "write"):
                continue
            text = IMPORT_EXAMPLES.get(live.kind) or self.env._("Text")
            if live.kind == "selection":
                text = dict(field._description_selection(self.env))[live.options[0].value]
            elif field.relational:
                # whoever may not read what a field links to imports other columns
                text = self._get_first_name(field.comodel_name)
            examples[live.name] = text
        return examples
