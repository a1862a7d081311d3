import base64

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from ...lib import pack_format
from .test_customization_pack import PackCase


@tagged("post_install", "-at_install")
class TestHostilePack(PackCase):
    """A configurator who wants more than he may have writes the file himself."""

    def assertImpossible(self, *records, reason=""):
        import_ = self._upload(self._document(*records))
        lines = import_.line_ids.filtered(lambda line: line.action == "impossible")
        self.assertTrue(lines, import_.line_ids.mapped("action"))
        self.assertIn(reason, "\n".join(lines.mapped("reason")))
        with self.assertRaises(AccessError):
            lines[0].is_taken = True
        import_.invalidate_recordset()
        with self.assertRaises(UserError):
            import_.line_ids.filtered("is_taken").write({"is_taken": False})
            import_.action_import()

    def test_nothing_but_what_a_kind_may_say(self):
        for values in (
            {"compute": "self.env.cr.execute('x')"},
            {"depends": "name"},
            {"related": "user_id.password"},
            {"arch": "<form/>"},
            {"state": "live"},
            {"field_id": 1},
            {"company_id": 1},
            {"group_ids": [1]},
            {"groups": ["base.group_system"]},
            {"groups": ["base.group_user, base.group_system"]},
            {"groups": "base.group_system"},
            {"kind": "reference"},
            {"kind": "many2one", "comodel": "res.users"},
            {"kind": "many2one", "comodel": "ir.config_parameter"},
            {"technical_name": "name"},
            {"technical_name": "x_studio_x"},
            {"technical_name": "x_cs_a; DROP TABLE res_users"},
            {"model": "res.users"},
            {"model": "ir.ui.view"},
            {"options": [{"value": "a", "name": {"en_US": "A"}, "onclick": "alert(1)"}]},
            {"places": [{"outlet": "form", "position": "after", "arch": "<field/>"}]},
            {"places": [{"outlet": "everywhere", "position": "after"}]},
        ):
            with self.subTest(values=str(values)[:70]):
                self.assertImpossible(
                    self._field(places=[], **{"kind": "char", **values})
                    if "places" not in values
                    else self._field(**values)
                )

    def test_rules_name_only_what_the_form_has(self):
        for values in (
            {"fields": ["no_such_field"]},
            {"condition": [["user_id.password", "=", "x"]]},
            {"condition": [["no_such_field", "=", "x"]]},
            {"condition": [["stage_id", "=", {"ref": "user:admin"}]]},
            {"condition": "[(1, '=', 1)]"},
            {"condition": [["name", "=", {"ref": "stage:New", "eval": "x"}]]},
            {"code": "env['res.users'].search([])"},
            {"groups": ["base.group_system"]},
            {"kind": "code"},
        ):
            with self.subTest(values=str(values)[:70]):
                self.assertImpossible(self._tab(), self._field(), self._rule(**values))

    def test_other_records_than_those_of_a_kind(self):
        for record in (
            {"kind": "user", "key": "user:Eve", "values": {"name": "Eve", "login": "eve"}},
            {"kind": "country", "key": "country:XX", "values": {"name": "X"}},
            {"kind": "sales_team", "key": "sales_team:X", "values": {"name": "X"}},
            {"kind": "server_action", "key": "server_action:X", "values": {"code": "x"}},
        ):
            with self.subTest(kind=record["kind"]):
                self.assertImpossible(record, reason="nothing of the kind")

    def test_an_external_id_finds_only_records_of_its_kind(self):
        tab = {**self._tab(), "external_id": "base.user_admin"}
        import_ = self._upload(self._document(tab))
        self.assertEqual((import_.line_ids.action, import_.line_ids.res_id), ("new", 0))

    def test_files(self):
        good = self._document(self._tab())
        sealed = pack_format.dump(good)
        for data in (
            b"\x00" * 10,
            b"PK\x03\x04",
            b"<xml/>",
            b"[" * 50_000,
            sealed.replace(b"1.0", b"1.1"),
            pack_format.dump({**good, "format_version": 99}),
            pack_format.dump({**good, "key": "../../etc/passwd"}),
            pack_format.dump({**good, "arch": "<form/>"}),
            pack_format.dump({**good, "records": [{"kind": "form_tab"}]}),
            b" " * (pack_format.MAX_BYTES + 1),
        ):
            with self.subTest(data=data[:40]), self.assertRaises(UserError):
                self._upload(data)
        with self.assertRaises(UserError):
            self.env["crm.customization.upload"].with_user(self.cora).create(
                {"file": "no base 64!"}
            ).action_upload()

    def test_what_is_kept_of_imports_is_written_by_nobody(self):
        import_ = self._upload(self._full())
        line = import_.line_ids[0]
        pack = import_.pack_id
        for record, values in (
            (import_, {"state": "done"}),
            (import_, {"document": {}}),
            (import_, {"line_ids": [Command.create({"kind": "x", "key": "x", "name": "x"})]}),
            (import_, {"line_ids": [Command.update(line.id, {"res_model": "res.users"})]}),
            (import_, {"line_ids": [Command.delete(line.id)]}),
            (line, {"before": {"name": "x"}}),
            (line, {"action": "new"}),
            (line, {"res_id": 2}),
            (pack, {"origin": "ready"}),
            (pack, {"document": {}}),
            (pack, {"key": "other"}),
        ):
            with self.subTest(values=str(values)), self.assertRaises(AccessError):
                record.with_user(self.cora).write(values)
        for model, values in (
            ("crm.customization.pack", {"name": "x", "key": "x", "origin": "ready"}),
            ("crm.customization.import", {"name": "x", "pack_key": "x", "version": "1"}),
            ("crm.customization.import.line", {"import_id": import_.id, "name": "x"}),
            ("crm.customization.export.line", {"kind": "x", "res_model": "x", "res_id": 1}),
            ("crm.customization.rollback.line", {}),
        ):
            with self.subTest(model=model), self.assertRaises(AccessError):
                self.env[model].with_user(self.cora).create(values)
        with self.assertRaises(AccessError):
            import_.with_user(self.cora).read(["document"])
        with self.assertRaises(AccessError):
            line.with_user(self.cora).read(["before"])

    def test_nobody_else(self):
        import_ = self._upload(self._full())
        for user in (self.omar, self.mona):
            with self.assertRaises(AccessError):
                import_.with_user(user).action_import()
            with self.assertRaises(AccessError):
                import_.with_user(user).action_undo()
            with self.assertRaises(AccessError):
                self.env["crm.customization.upload"].with_user(user).create(
                    {"file": base64.b64encode(b"x")}
                )

    def test_imports_of_another_company_are_not_seen(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        import_ = self._upload(self._full())
        import_.sudo().company_id = other
        with self.assertRaises(AccessError):
            import_.with_user(self.cora).read(["name"])
        self.assertFalse(
            self.env["crm.customization.import"]
            .with_user(self.cora)
            .search([("id", "=", import_.id)])
        )
