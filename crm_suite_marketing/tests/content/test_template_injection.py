from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import MarketingCommon

CODE = (
    "{{ object.env['res.users'].search([]) }}",
    "{{ object.user_id.password }}",
    "{{ 1 + 1 }}",
)
QWEB = (
    "<p><t t-out=\"object.env['res.users'].search([])\"/></p>",
    '<p t-if="1 + 1">x</p>',
    '<p t-att-title="object.create_uid.password">x</p>',
    '<t t-set="x" t-value="user.env.cr.commit()"/>',
    '<t t-call="web.layout"/>',
    '<p t-attf-title="{{ 1 + 1 }}">x</p>',
)
# AccessError and ValidationError are of this kind
REFUSED = UserError


@tagged("post_install", "-at_install")
class TestTemplateInjection(MarketingCommon):
    """Who may not edit templates runs no code, through any field or door of ours (trap 3)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param("mail.restrict.template.rendering", True)
        editors = cls.env.ref("mail.group_mail_template_editor")
        cls.env.ref("base.group_user").implied_ids -= editors
        for user in (cls.marketer, cls.manager):
            user.group_ids -= editors

    def test_texts_of_a_mailing(self):
        self.assertFalse(self.marketer.has_group("mail.group_mail_template_editor"))
        mailing = self._create_mailing(body_html="<p>x</p>")
        for name, codes in (
            ("subject", CODE),
            ("preview", CODE),
            ("reply_to", CODE),
            ("email_from", CODE),
            ("body_plaintext", CODE),
            ("body_html", QWEB),
        ):
            for code in codes:
                with self.subTest(name=name, code=code), self.assertRaises(REFUSED):
                    mailing.write({name: code})
                with self.subTest(create=name, code=code), self.assertRaises(REFUSED):
                    self._create_mailing(**{"body_html": "<p>x</p>", name: code})

    def test_code_in_merge_fields(self):
        mailing = self._create_mailing(body_html="<p>x</p>")
        for code in (
            "[[name.__class__]]",
            "[[object.env]]",
            "[[user_id.password]]",
            "[[env['res.users']]]",
            "[[name|eval]]",
            "[[name|fallback:{{1}}]]",
            "[[if name.__class__]]x[[end]]",
            "[[if 1 == 1]]x[[end]]",
            "[[if name = city]]x[[end]]",
            "[[if name()]]x[[end]]",
        ):
            for name in ("subject", "preview", "body_html"):
                with self.subTest(code, field=name), self.assertRaises(ValidationError):
                    mailing.write({name: code})
        # inside of a merge field, core finds code as it does outside
        for code in ('[[name|fallback:"{{ 1 + 1 }}"]]', '[[if city = "{{ 1 + 1 }}"]]x[[end]]'):
            with self.subTest(code), self.assertRaises(REFUSED):
                mailing.subject = code

    def test_marks_do_not_hide_code(self):
        """What core would refuse stays refused when a merge field cuts it in pieces."""
        mailing = self._create_mailing(body_html="<p>x</p>")
        for code in (
            '<p><t t-out="object.[[name]]"/></p>',
            '<p t-att-title="[[name]]">x</p>',
            '<t t-o[[name]]ut="1+1"/>',
        ):
            with self.subTest(code), self.assertRaises(REFUSED):
                mailing.body_html = code
        mailing.subject = code = "{[[name]]{ 1 + 1 }}"
        shown = mailing.sudo()._render_field("subject", self.amal.ids)[self.amal.id]
        self.assertEqual(shown, "{Amal{ 1 + 1 }}")
        with self.assertRaises(REFUSED):
            mailing.subject = "{{ 1 [[name]] + 1 }}"

    def test_code_that_a_merge_field_hides(self):
        """Core looks for code in the text as it is written; without the line break that the merge
        field takes away, there would be some."""
        mailing = self._create_mailing(body_html="<p>x</p>")
        for code in (
            "{{ 6 * 7 or [[name\n]] }}",
            "{{ 6 * 7 or [[name\n]]}}",
            "{{ 6 * 7 if [[name\n|upper]] else 1 }}",
        ):
            for name in ("subject", "preview"):
                with self.subTest(code, field=name), self.assertRaises(REFUSED):
                    mailing.write({name: code})
            self.env.cr.execute(
                "UPDATE mailing_mailing SET subject = %s WHERE id = %s", [code, mailing.id]
            )
            mailing.invalidate_recordset()
            shown = mailing.sudo()._render_field("subject", self.amal.ids)[self.amal.id]
            self.assertEqual(shown, code)
            self.assertFalse(mailing._parse_merge_text(code, "line").tags)

    def test_values_of_contacts(self):
        """A value that makes code of the text around it stays a value."""
        self.amal.write({"name": "{ 1 + 1 }}", "city": '<t t-out="1 + 1"/>'})
        mailing = self._create_mailing(
            subject="{[[name]]", preview="[[city]]", body_html="<p>{[[name]] [[city]]</p>"
        )
        self._send(mailing)
        mail = next(mail for mail in self._mails if "amal@" in mail["email_to"][0])
        self.assertEqual(mail["subject"], "{{ 1 + 1 }}")
        self.assertIn("{{ 1 + 1 }} &lt;t t-out=", mail["body"])
        self.assertEqual(mail["body"].count("&lt;t t-out="), 2)

    # core's import keeps the source of a row that was refused, and stumbles over it
    @mute_logger("odoo.sql_db")
    def test_import(self):
        for name, code in (("subject", CODE[0]), ("preview", CODE[1]), ("subject", "[[env.cr]]")):
            names = list(dict.fromkeys(["subject", name, "email_from"]))
            row = {"subject": "x", "email_from": "a@example.com"} | {name: code}
            result = (
                self.env["mailing.mailing"]
                .with_user(self.marketer)
                .load(names, [[row[one] for one in names]])
            )
            self.assertFalse(result["ids"], code)
            self.assertTrue(result["messages"], code)

    def test_paths_of_merge_fields(self):
        """Not even a manager can make a path that is code or leads to a secret."""
        for path in ("env.cr", "__class__", "user_id.password", "[1]", "name;x", "name.upper()"):
            with self.subTest(path), self.assertRaises(ValidationError):
                self.env["crm.merge.field"].with_user(self.manager).create(
                    {
                        "name": "bad",
                        "label": "{{ 1 + 1 }}",
                        "model_id": self.env["ir.model"]._get_id("res.partner"),
                        "field_path": path,
                    }
                )

    def test_nothing_of_ours_is_called_from_outside(self):
        ours = [
            name
            for name in (
                "get_merge_values",
                "render_merge_fields",
                "merge_around",
                "parse_merge_text",
            )
            if hasattr(self.env["mailing.mailing"], name)
        ]
        self.assertFalse(ours)
        model = type(self.env["crm.merge.field"])
        public = [
            name
            for name in dir(model)
            if not name.startswith("_")
            and getattr(getattr(model, name), "__module__", "").endswith("crm_merge_field")
        ]
        self.assertFalse(public)
