import inspect
import json
from collections import Counter

from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.service.model import call_kw, get_public_method
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from .common import CustomFieldCase

# The models that a configurator may write, and those that only he may ask something
ROOM = ("crm.custom.field", "crm.custom.field.", "crm.customization", "crm.form.")
# abstract models that answer the client
FACADES = ("crm.custom.field.place.picker", "crm.customization")
# the gateway of mails checks for itself who calls it
OPEN_METHODS = {"copy_data", "message_parse", "message_process", "message_route"}
CODE = (
    "__import__('os').system('id')",
    "{{ object.env['res.users'].sudo().search([]).password }}",
    "<t t-out=\"user.env['ir.config_parameter'].sudo().search([])\"/>",
    "<script>alert(1)</script>",
    '"/><button name="action_archive" type="object" string="Free"/><field name="x',
    "base.group_system",
    "name'; DROP TABLE crm_lead; --",
    "//field[@name='name']",
    "[('create_uid.password', '!=', False)]",
    "[('id', 'in', [x for x in ().__class__.__base__.__subclasses__()])]",
    "uid == 1 or env.user.has_group('base.group_system')",
    "a\0b",
    "res.users",
)
ODD = (-1, 2**31, 10**30, True, None, [], {}, [[6, 0, [1]]], [[0, 0, {"name": "x"}]], {"a": "b"})
# What nothing of all this may ever touch
SYSTEM_TABLES = (
    "base_automation",
    "ir_act_client",
    "ir_act_server",
    "ir_act_url",
    "ir_act_window",
    "ir_config_parameter",
    "ir_cron",
    "ir_model",
    "ir_model_access",
    "ir_rule",
    "ir_ui_menu",
    "ir_ui_view",
    "mail_template",
    "res_company",
    "res_company_users_rel",
    "res_groups",
    "res_groups_implied_rel",
    "res_groups_users_rel",
    "res_users",
)
ADDED_TAGS = {"div", "field", "filter", "group", "label", "notebook", "page", "separator", "span"}


@tagged("post_install", "-at_install")
class TestHostileConfigurator(CustomFieldCase):
    """What somebody who may shape forms, and nothing else, sends by RPC to get further."""

    def setUp(self):
        super().setUp()
        self.foreign = self.env["res.company"].create({"name": "Foreign"})
        self.room = sorted(
            name
            for name, model in self.env.items()
            if name.startswith(ROOM) and model._module.startswith("crm_suite")
        )

    def _rpc(self, user, model, method, *args, **kwargs):
        """Call as a remote program does, and undo what a refused call did."""
        records = self.env(user=user, context={})[model]
        transaction, own = self.env.transaction, self.env.transaction.default_env
        # as in a request, whose first environment is that of the caller
        transaction.default_env = records.env
        try:
            with self.cr.savepoint():
                result = call_kw(records, method, args, kwargs)
                self.env.flush_all()
                return result
        finally:
            transaction.default_env = own

    def _try(self, user, model, method, *args, **kwargs):
        """Return whether a call was accepted."""
        try:
            with mute_logger("odoo.sql_db", "odoo.models"):
                self._rpc(user, model, method, *args, **kwargs)
        except Exception:  # noqa: BLE001 whatever stops it, it is stopped
            self.env.invalidate_all()
            return False
        return True

    def _make_scene(self):
        """Return a record of each kind that configurators write."""
        live, draft = (
            self._make_fields([{"name": "Grade", "options": ["Gold", "Silver"]}]),
            self._make_field("Later", publish=False),
        )
        cora = self.env(user=self.cora)
        lead = self.env["ir.model"]._get_id("crm.lead")
        phone = self.env["ir.model.fields"]._get("crm.lead", "phone")
        tab = cora["crm.form.tab"].create({"name": "Quality", "model_id": lead})
        rule = cora["crm.form.rule"].create(
            {
                "model_id": lead,
                "target_field_ids": [Command.link(phone.id)],
                "condition_domain": "[('priority', '=', '3')]",
            }
        )
        default = cora["crm.form.default"].create(
            {"model_id": lead, "field_id": phone.id, "value": "+962 6 1"}
        )
        return {
            "crm.custom.field": draft,
            "crm.custom.field.option": live.option_ids[0],
            "crm.custom.field.place": live.place_ids.filtered(lambda p: p.outlet == "form"),
            "crm.form.tab": tab,
            "crm.form.rule": rule,
            "crm.form.default": default,
        }, live

    # ------------------------------------------------------------------ what must hold

    def _snapshot(self, tables=()):
        self.env.flush_all()
        return {
            table: self.env.execute_query(
                SQL(
                    "SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM %s t",
                    SQL.identifier(table),
                )
            )
            for table in (*SYSTEM_TABLES, *tables)
        } | {
            "columns": self.env.execute_query(
                SQL(
                    """
                    SELECT md5(string_agg(concat_ws('|', id, model, name, ttype, state, relation,
                               compute, depends, related, required, readonly, store, on_delete,
                               relation_table), ';' ORDER BY id))
                      FROM ir_model_fields
                    """
                )
            )
        }

    def _get_archs(self, user):
        """Return what a user is served, by model and kind of view."""
        served = {}
        for model in self.env["crm.form.rule"]._get_customizable_models():
            for view_type in ("form", "list", "search", "kanban"):
                records = self.env[model].with_user(user)
                if records.has_access("read"):
                    arch = records.get_view(view_type=view_type)["arch"]
                    served[model, view_type] = etree.fromstring(arch)
        return served

    def assertViewsHarmless(self, plain):
        """What the views got is made of few tags, and of no text but labels."""
        for key, arch in self._get_archs(self.alia).items():
            before = Counter(node.tag for node in plain[key].iter())
            added = Counter(node.tag for node in arch.iter()) - before
            self.assertLessEqual(set(added), ADDED_TAGS, key)
            for node in arch.iter():
                for name, value in node.attrib.items():
                    if name == "crm_rule_messages":
                        # pairs of an expression and a text that is shown, and no markup there
                        value = str([condition for condition, _text in json.loads(value)])
                    if name not in ("string", "help", "title"):
                        for text in CODE:
                            self.assertNotIn(text, value, (key, node.tag, name))

    # ------------------------------------------------------------------ the matrix

    def test_every_field_of_every_model_with_every_value(self):
        plain = self._get_archs(self.alia)
        scene, _live = self._make_scene()
        before = self._snapshot()
        accepted = Counter()
        for model, record in scene.items():
            for name, field in self.env[model]._fields.items():
                if field.type in ("one2many", "many2many") or name in ("id", "display_name"):
                    values = ODD
                else:
                    values = CODE + ODD
                for value in values:
                    if not record.exists():
                        break
                    accepted[model] += self._try(
                        self.cora, model, "write", [record.id], {name: value}
                    )
        self.assertGreater(sum(accepted.values()), 100, "labels may hold any text")
        self.assertEqual(self._snapshot(), before)
        self.assertViewsHarmless(plain)
        with Form(self.env["crm.lead"].with_user(self.omar)) as form:
            form.name = "Still works"
            form.phone = "+962 6 2"

    def test_creating_with_every_value(self):
        plain = self._get_archs(self.alia)
        scene, live = self._make_scene()
        before = self._snapshot()
        for model, record in scene.items():
            [minimum] = record.with_user(self.cora).copy_data()
            if model == "crm.custom.field.option":
                minimum["custom_field_id"] = scene["crm.custom.field"].id
            for name, field in self.env[model]._fields.items():
                if field.type in ("one2many", "many2many") or not field.store:
                    continue
                for value in CODE:
                    self._try(self.cora, model, "create", [{**minimum, name: value}])
        self.assertEqual(self._snapshot(), before)
        self.assertViewsHarmless(plain)
        self.assertEqual(live.state, "live")

    def test_forbidden_models(self):
        scene, _live = self._make_scene()
        for name in ("res.users", "ir.model.fields", "ir.config_parameter", "crm.form.rule"):
            model = self.env["ir.model"]._get_id(name)
            for target in ("crm.custom.field", "crm.form.tab", "crm.form.rule", "crm.form.default"):
                record = scene[target]
                with self.subTest(model=name, target=target):
                    self.assertFalse(
                        self._try(self.cora, target, "write", [record.id], {"model_id": model})
                    )
                    [values] = record.with_user(self.cora).copy_data()
                    values["model_id"] = model
                    self.assertFalse(self._try(self.cora, target, "create", [values]))
            values = {"name": "L", "kind": "many2one", "comodel_id": model}
            values["model_id"] = self.env["ir.model"]._get_id("crm.lead")
            self.assertFalse(self._try(self.cora, "crm.custom.field", "create", [values]))

    def test_foreign_companies(self):
        scene, _live = self._make_scene()
        foreign = self.foreign.id
        for model in ("crm.form.tab", "crm.form.rule", "crm.form.default"):
            record = scene[model]
            with self.subTest(model=model):
                self.assertFalse(
                    self._try(self.cora, model, "write", [record.id], {"company_id": foreign})
                )
                [values] = record.with_user(self.cora).copy_data()
                for context in ({}, {"allowed_company_ids": [foreign]}):
                    self.assertFalse(
                        self._try(
                            self.cora,
                            model,
                            "create",
                            [{**values, "company_id": foreign}],
                            context=context,
                        )
                    )
                values.pop("company_id", None)
                self.assertFalse(
                    self._try(
                        self.cora,
                        model,
                        "create",
                        [values],
                        context={"default_company_id": foreign},
                    )
                )
                record.sudo().with_user(self.env.ref("base.user_root")).company_id = foreign
                self.env.invalidate_all()
                for method, args in (
                    ("read", ([record.id], ["id", "model_id"])),
                    ("write", ([record.id], {"sequence": 3})),
                    ("unlink", ([record.id],)),
                ):
                    with self.assertRaises(AccessError):
                        self._rpc(self.cora, model, method, *args)

    def test_system_fields(self):
        """What rules and defaults say is said of no field that decides who may do what."""
        scene, _live = self._make_scene()
        rule, default = scene["crm.form.rule"], scene["crm.form.default"]
        for name in ("id", "create_uid", "write_date", "message_ids", "activity_ids"):
            field = self.env["ir.model.fields"]._get("crm.lead", name).id
            self.assertFalse(
                self._try(
                    self.cora,
                    "crm.form.rule",
                    "write",
                    [rule.id],
                    {"target_field_ids": [Command.set([field])]},
                ),
                name,
            )
            self.assertFalse(
                self._try(
                    self.cora,
                    "crm.form.default",
                    "write",
                    [default.id],
                    {"field_id": field, "value": 1},
                ),
                name,
            )
        password = self.env["ir.model.fields"]._get("res.users", "password").id
        for model, vals in (
            ("crm.form.rule", {"target_field_ids": [Command.link(password)]}),
            ("crm.form.default", {"field_id": password}),
        ):
            self.assertFalse(self._try(self.cora, model, "write", [scene[model].id], vals))

    # ------------------------------------------------------------------ ways around

    def test_defaults_of_the_context_open_nothing(self):
        """`default_...` fills in what a call may not name."""
        column = self.env["ir.model.fields"].create(
            {
                "name": "x_of_an_administrator",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "ttype": "char",
                "field_description": "Of an Administrator",
            }
        )
        rule = self._make_scene()[0]["crm.form.rule"]
        context = {
            "default_state": "live",
            "default_field_id": column.id,
            "default_required_rule_id": rule.id,
        }
        values = {
            "name": "Stolen",
            "model_id": column.model_id.id,
            "technical_name": "x_cs_stolen",
        }
        [stolen] = self._rpc(self.cora, "crm.custom.field", "create", [values], context=context)
        stolen = self.env["crm.custom.field"].browse(stolen)
        self.assertEqual(stolen.state, "draft")
        self.assertFalse(stolen.field_id)
        self.assertFalse(stolen.required_rule_id)
        with self.assertRaises(UserError):
            self._rpc(self.cora, "crm.custom.field", "action_archive_field", [stolen.id])
        [copied] = self._rpc(
            self.cora,
            "crm.custom.field",
            "copy",
            [stolen.id],
            {"name": "Copied"},
            context=context,
        )
        self.assertFalse(self.env["crm.custom.field"].browse(copied).field_id)

    def test_the_role_brings_no_right_outside_its_room(self):
        plain = new_test_user(self.env, "crm_suite_plain", "base.group_user")
        for name in self.env.registry:
            if name.startswith(ROOM) or self.env[name]._abstract:
                continue
            for operation in ("write", "create", "unlink"):
                if self.env[name].with_user(self.cora).has_access(operation):
                    self.assertTrue(
                        self.env[name].with_user(plain).has_access(operation), (name, operation)
                    )

    def test_nobody_else_reaches_any_method_of_the_room(self):
        """Whoever is no configurator is refused, or told where to look for what he may not see."""
        scene, live = self._make_scene()
        scene["crm.custom.field"] = live
        scene |= self._make_dialogs(live)
        portal = new_test_user(self.env, "crm_suite_portal", "base.group_portal")
        tables = [self.env[name]._table for name in self.room if self.env[name]._auto]
        before = self._snapshot(tables)
        refused = 0
        for model in self.room:
            if self.env[model]._abstract and model not in FACADES:
                continue
            for method, function in self._get_own_methods(model):
                args = self._prepare_arguments(function)
                if not getattr(function, "_api_model", False):
                    args = [scene[model].ids if model in scene else [], *args]
                for user in (self.omar, portal):
                    with self.subTest(model=model, method=method, user=user.login):
                        try:
                            result = self._rpc(user, model, method, *args)
                        except (AccessError, UserError, ValueError):
                            refused += 1
                            self.env.invalidate_all()
                            continue
                        # an action opens a list, whose records are read with one's own rights
                        self.assertIn("type", result)
                        self.assertNotIn("Grade", str(result))
        self.assertGreater(refused, 80)
        self.assertEqual(self._snapshot(tables), before)

    def _make_dialogs(self, field):
        """Return the records behind the dialogs that a configurator has open."""
        cora = self.env(user=self.cora)
        pack = cora["crm.customization.pack"].search([("origin", "=", "ready")], limit=1)
        import_ = cora["crm.customization.import"].browse(pack.action_import()["res_id"])
        export = cora["crm.customization.export"].action_start()["res_id"]
        former = self._make_field("Former Grade")
        former.action_archive_field()
        opened = {
            "crm.custom.field.drop": {"custom_field_id": former.id},
            "crm.customization.switch": {},
            "crm.customization.upload": {"file": "e30="},
            "crm.customization.rollback": {"import_id": import_.id},
        }
        return {
            "crm.customization.pack": pack,
            "crm.customization.import": import_,
            "crm.customization.import.line": import_.line_ids[:1],
            "crm.customization.export": cora["crm.customization.export"].browse(export),
            "crm.custom.field.usage": cora["crm.custom.field.usage"].create(
                {
                    "custom_field_id": field.id,
                    "kind": "Contact",
                    "name": "Grade",
                    "res_model": "res.partner",
                    "res_id": self.layla.id,
                }
            ),
        } | {model: cora[model].create(values) for model, values in opened.items()}

    def _get_own_methods(self, model):
        """Return the methods of ours that RPC reaches on a model."""
        for name in dir(type(self.env[model])):
            function = getattr(type(self.env[model]), name, None)
            is_ours = "crm_suite" in (getattr(function, "__module__", None) or "")
            if name.startswith("_") or not inspect.isfunction(function) or not is_ours:
                continue
            try:
                get_public_method(self.env[model], name)
            except AccessError:
                continue
            if name not in OPEN_METHODS:
                yield name, function

    def _prepare_arguments(self, function):
        known = {
            "model_name": "crm.lead",
            "vals_list": [{"name": "x"}],
            "vals": {"sequence": 1},
        }
        parameters = list(inspect.signature(function).parameters.values())[1:]
        return [
            known.get(parameter.name, 1)
            for parameter in parameters
            if parameter.default is parameter.empty
        ]
