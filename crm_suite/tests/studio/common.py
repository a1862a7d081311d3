from contextlib import closing, contextmanager
from unittest.mock import patch

from odoo.fields import Command
from odoo.orm.registry import Registry

from ..common import CrmSuiteCase


class CustomFieldCase(CrmSuiteCase):
    """Custom fields come and go: the registry is what it was after each test.

    Fields are made in tests, never in `setUpClass`: the registry forgets them after each test.
    """

    @classmethod
    def _set_aside_customization(cls):
        """Have forms as Odoo delivers them, whatever this database was customized with."""
        for name in ("crm.form.rule", "crm.form.tab", "crm.form.default"):
            cls.env[name].search([]).active = False
        live = cls.env["crm.custom.field"].search([("state", "!=", "draft")])
        live.filtered("copy_to_ids").copy_to_ids = False
        live.filtered(lambda field: field.state == "live").action_archive_field()

    def setUp(self):
        sequence = self.registry.registry_sequence
        # first of all, so that it is done last: when the test is rolled back
        self.addCleanup(self._forget_fields, sequence)
        super().setUp()

    def _forget_fields(self, sequence):
        if self.registry.registry_invalidated or self.registry.registry_sequence != sequence:
            with closing(self.registry.cursor()) as cr:
                self.registry._setup_models__(cr)
            self.registry.registry_invalidated = False

    def _make_field(self, name="Contract Number", model="crm.lead", options=(), **values):
        """Return a live custom field that `cora` made.

        :param options: labels, for a selection
        :param publish: whether it goes live
        """
        publish = values.pop("publish", True)
        return self._make_fields(
            [{"name": name, "model": model, "options": options, **values}], publish
        )

    def _make_fields(self, values_list, publish=True):
        prepared = [self._prepare_field_values(**values) for values in values_list]
        custom_fields = self.env["crm.custom.field"].with_user(self.cora).create(prepared)
        if publish:
            custom_fields.action_publish()
        return custom_fields

    def _prepare_field_values(self, name, model="crm.lead", options=(), comodel=None, **values):
        prepared = {"name": name, "model_id": self.env["ir.model"]._get_id(model), **values}
        if options:
            prepared["kind"] = "selection"
            prepared["option_ids"] = [Command.create({"name": option}) for option in options]
        if comodel:
            prepared["comodel_id"] = self.env["ir.model"]._get_id(comodel)
        return prepared

    @contextmanager
    def assertSetUps(self, count):
        """The registry is set up so many times: what every other server pays for."""
        set_up = Registry._setup_models__
        with patch.object(Registry, "_setup_models__", autospec=True, side_effect=set_up) as calls:
            yield
        self.assertEqual(calls.call_count, count)
