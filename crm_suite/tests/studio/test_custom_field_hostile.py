from contextlib import contextmanager

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.studio import crm_custom_field
from .common import CustomFieldCase


@tagged("post_install", "-at_install")
class TestCustomFieldHostile(CustomFieldCase):
    """What a hostile configurator sends by RPC, and what everybody else sends."""

    @contextmanager
    def assertRefused(self):
        """By an error that people read, or as what cannot be a value of the field."""
        refused = False
        try:
            with mute_logger("odoo.sql_db"), self.cr.savepoint():
                yield
        except (IntegrityError, UserError, ValueError):
            refused = True
            self.env.invalidate_all()
        self.assertTrue(refused, "it was not refused")

    def assertFieldRefused(self, **values):
        count = self.env["crm.custom.field"].search_count([])
        with self.assertRefused():
            self._make_fields([{"name": "Hostile", **values}])
        self.assertEqual(self.env["crm.custom.field"].search_count([]), count)

    def test_models_that_are_not_customizable(self):
        for model in ("res.users", "ir.model.fields", "ir.config_parameter", "res.groups"):
            with self.subTest(model=model):
                self.assertFieldRefused(model=model)

    def test_links_to_what_holds_secrets(self):
        for comodel in (
            "res.users",
            "res.users.apikeys",
            "ir.model",
            "ir.attachment",
            "ir.config_parameter",
            "ir.actions.server",
            "mail.message",
            "payment.provider",
            "payment.token",
            "crm.custom.field",
            "res.groups",
        ):
            if comodel in self.env:
                with self.subTest(comodel=comodel):
                    self.assertFieldRefused(kind="many2one", comodel=comodel)
        self.assertFieldRefused(kind="many2many")
        comodels = self.env["crm.custom.field"]._get_comodels()
        self.assertFalse(
            [name for name in comodels if name.startswith(("ir.", "payment.", "res.users"))]
        )

    def test_filters_are_plain_criteria(self):
        for domain in (
            "__import__('os').system('id')",
            "[('name', '=', uid)]",
            "[('name', '=', 'x')",
            "[(1, 2)]",
            "[('no_such_field', '=', 1)]",
            "[('user_ids.password', '=', 'x')]",
            "[('user_ids.login', 'any', [('password', '=', 'x')])]",
            "[('signup_type', '=', 'x')]",
            "{'a': 1}",
            "[" * 500,
            "[('name', '=', '" + "x" * 3000 + "')]",
        ):
            with self.subTest(domain=domain[:40]):
                self.assertFieldRefused(kind="many2one", comodel="res.partner", domain=domain)
        field = self._make_field(
            "Dealer", kind="many2one", comodel="res.partner", domain="[('is_company','=',True)]"
        )
        self.assertEqual(
            self.env["crm.lead"]._fields["x_cs_dealer"].domain, [("is_company", "=", True)]
        )
        with self.assertRefused():
            field.domain = "[('password', '=', 'x')]"

    def test_technical_names(self):
        self._make_field("Number")
        for name in (
            "phone",
            "x_studio_phone",
            "x_phone",
            "x_cs_",
            "x_cs_Phone",
            'x_cs_a" ADD COLUMN b',
            "x_cs_" + "a" * 60,
            "x_cs_number",
            "x_cs_numbe",
            "x_cs_number_2",
        ):
            with self.subTest(name=name):
                self.assertFieldRefused(technical_name=name)
        self.assertEqual(
            self._make_field("Own", technical_name="x_cs_my_own").technical_name, "x_cs_my_own"
        )

    def test_labels(self):
        self._make_field("Number")
        for name in ("", "   ", "a\nb", "a\0b", "x" * 101, "Number", "Phone"):
            with self.subTest(name=name[:10]):
                self.assertFieldRefused(name=name)
        self.assertFieldRefused(help="x" * 1001)
        self.assertFieldRefused(kind="selection_code")

    def test_options(self):
        for options in (
            [{"name": " "}],
            [{"name": "x" * 101}],
            [{"name": "a\0"}],
            [{"name": "a", "color": 99}],
            [{"name": "a", "value": "DROP TABLE"}],
            [{"name": "a", "value": "false"}],
            [{"name": "a"}, {"name": " A "}],
            [{"name": f"Option {number}"} for number in range(10000)],
            [],
        ):
            with self.subTest(options=options[:2]):
                self.assertFieldRefused(
                    kind="selection", option_ids=[Command.create(values) for values in options]
                )

    def test_what_only_the_buttons_do(self):
        column = self.env["ir.model.fields"]._get("crm.lead", "phone")
        for values in (
            {"state": "live"},
            {"field_id": column.id},
            {"required_rule_id": 1},
        ):
            with self.subTest(values=values):
                self.assertFieldRefused(**values)
                draft = self._make_field("Draft", publish=False)
                for context in ({}, {"crm_custom_field": True}, {"crm_custom_field": "INTERNAL"}):
                    with self.assertRefused():
                        draft.with_context(**context).write(values)
                draft.unlink()

    def test_a_live_field_stays_what_it_is(self):
        field = self._make_field()
        partner = self.env["ir.model"]._get_id("res.partner")
        for values in (
            {"kind": "html"},
            {"model_id": partner},
            {"technical_name": "x_cs_other"},
            {"kind": "many2one", "comodel_id": partner},
        ):
            with self.subTest(values=values), self.assertRefused():
                field.write(values)
        field.write({"kind": "char", "model_id": field.model_id.id})
        with self.assertRefused():
            field.action_publish()

    def test_no_right_on_fields_and_views_comes_with_it(self):
        field = self._make_field()
        with self.assertRaises(AccessError):
            field.field_id.write({"compute": "for r in self: r['x_cs_contract_number'] = 1"})
        with self.assertRaises(AccessError):
            self.env["ir.model.fields"].with_user(self.cora).create(
                {"name": "x_own", "model_id": field.model_id.id, "ttype": "char"}
            )
        with self.assertRefused():
            field.write({"field_id": {"compute": "1"}})

    def test_nobody_else_shapes_forms(self):
        field = self._make_field()
        draft = self._make_field("Draft", publish=False)
        for user in (self.omar, self.mona):
            theirs = field.with_user(user)
            for call in (
                draft.with_user(user).action_publish,
                theirs.action_archive_field,
                theirs.action_restore,
                theirs.action_drop,
                theirs.action_view_usages,
                theirs.unlink,
                lambda theirs=theirs: theirs.write({"name": "Mine"}),
                lambda theirs=theirs: theirs.create(self._prepare_field_values("Mine")),
                lambda theirs=theirs: theirs.env["crm.custom.field.option"].create(
                    {"custom_field_id": theirs.id, "name": "a"}
                ),
            ):
                with self.subTest(user=user.login, call=str(call)), self.assertRaises(AccessError):
                    call()

        # who manages forms for strangers reads which fields there are
        with self.assertRaises(AccessError):
            field.with_user(self.omar).read(["name"])

    def test_groups_are_chosen_and_not_written(self):
        self.assertFieldRefused(group_ids="base.group_system")

    def test_a_form_has_room_for_so_many_fields(self):
        self._make_field("Zero")
        there = len(self.env["crm.custom.field"]._get_columns("crm.lead")[0])
        self.patch(crm_custom_field, "MAX_FIELDS", there + 2)
        self._make_fields([{"name": "One"}, {"name": "Two"}])
        with self.assertRaisesRegex(UserError, "has room for"):
            self._make_field("Three")

    def test_texts_are_short_in_every_language(self):
        self.env["res.lang"]._activate_lang("ar_001")
        field = self._make_field("Zero", options=["One"])
        for record, name, limit in (
            (field, "name", 100),
            (field, "help", 1000),
            (field.option_ids, "name", 100),
        ):
            for text in ("ب" * (limit + 1), "سطر\nسطر", "\0"):
                with (
                    self.subTest(model=record._name, name=name),
                    self.assertRaisesRegex(ValidationError, f"{limit} letters"),
                ):
                    record.update_field_translations(name, {"ar_001": text})
        for record in (field, field.option_ids):
            record.update_field_translations("name", {"ar_001": ""})
            self.assertTrue(record.with_context(lang="ar_001").name)

    def test_a_label_is_text(self):
        """It goes through Odoo's own labels, which are escaped wherever they are shown."""
        field = self._make_field("<b onclick='x'>Bold</b> %(x)s {{ x }}")
        described = self.env["crm.lead"].fields_get([field.technical_name])
        self.assertEqual(
            described[field.technical_name]["string"], "<b onclick='x'>Bold</b> %(x)s {{ x }}"
        )
        self.env["crm.lead"].with_user(self.omar).get_views([(False, "form"), (False, "list")])

    def test_a_group_that_lost_its_name_opens_nothing(self):
        """Fields name groups by external ids, which administrators may delete."""
        group = self.env["res.groups"].create({"name": "Keepers"})
        field = self._make_field(group_ids=[Command.link(group.id)])
        names = [("model", "=", "res.groups"), ("res_id", "=", group.id)]
        self.env["ir.model.data"].search(names).unlink()
        self.env.registry.clear_all_caches()
        self.env.registry._setup_models__(self.env.cr, ["crm.lead"])
        leads = self.env["crm.lead"].with_user(self.nora)
        self.assertNotIn(field.technical_name, leads.fields_get())
