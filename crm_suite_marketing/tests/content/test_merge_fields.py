from contextlib import contextmanager
from datetime import date, datetime

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from odoo.addons.mail.tests.common import mail_new_test_user

from ..common import MarketingCommon

BODY = (
    '<p>Hello [[first_name|upper|fallback:"friend"]],'
    ' [[if country_code = "BE"]]Belgium[[else]]abroad[[end]] <t t-out="object.email"/></p>'
    '<p><a href="https://example.com/?who=[[name]]">yours</a>'
    ' <a href="https://example.com/offer">ours</a></p>'
)


@tagged("post_install", "-at_install")
class TestMergeFields(MarketingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Field = cls.env["crm.merge.field"]
        cls.partner_model = cls.env["ir.model"]._get("res.partner")

    def _create_field(self, name, path, user=None, **values):
        return self.Field.with_user(user or self.manager).create(
            {
                "name": name,
                "label": name,
                "model_id": self.partner_model.id,
                "field_path": path,
                **values,
            }
        )

    def _mail_to(self, address):
        return next(mail for mail in self._mails if address in mail["email_to"][0])

    @contextmanager
    def _refused(self, *words):
        with self.assertRaises(UserError) as caught:
            yield
        for word in words:
            self.assertIn(word, str(caught.exception))

    # ------------------------------------------------------------------
    # Core's engine
    # ------------------------------------------------------------------

    def test_a_mailing_with_merge_fields(self):
        self.emre.write({"name": "[[email]] <b>&", "country_id": self.env.ref("base.eg").id})
        mailing = self._create_mailing(
            subject='[[first_name|fallback:"You"]], spring', preview="For [[city]]", body_html=BODY
        )
        self.amal.city = "<i>Ghent</i>"
        self.assertEqual(len(self._send(mailing)), 3)
        mail = self._mail_to("amal@")
        self.assertEqual(mail["subject"], "Amal, spring")
        self.assertIn("Hello AMAL, Belgium amal@customer.example.com", mail["body"])
        self.assertIn("For &lt;i&gt;Ghent&lt;/i&gt;", mail["body"])
        self.assertIn("https://example.com/?who=Amal", mail["body"])
        self.assertNotIn('href="https://example.com/offer"', mail["body"])
        mail = self._mail_to("emre@")
        # a value is neither markup nor a merge field, whatever it looks like
        self.assertIn("?who=%5B%5Bemail%5D%5D%20%3Cb%3E%26", mail["body"])
        self.assertIn("Hello FRIEND, abroad", mail["body"].replace("[[EMAIL]]", "FRIEND"))
        links = self.env["link.tracker"].search([("mass_mailing_id", "=", mailing.id)])
        self.assertEqual(links.mapped("url"), ["https://example.com/offer"])

    def test_names_have_no_merge_fields(self):
        """Customers read that of the source in the address of the page that they came to."""
        mailing = self._create_mailing(subject="B: hello [[first_name]]")
        self.assertEqual(mailing.display_name, "B: hello")
        self.assertRegex(mailing.source_id.name, r"^B: hello \(")
        mailing.subject = "[[first_name]]"
        self.assertNotIn("[[", mailing.source_id.name)

    def test_names_that_are_code(self):
        nasty = "{{ object.env }} <t t-out='1+1'/> [[email]] ${1+1}"
        self.amal.name = nasty
        mailing = self._create_mailing(
            subject="[[name]]", preview="[[name]]", body_html="<p>A [[name]] Z</p>"
        )
        self._send(mailing)
        mail = self._mail_to("amal@")
        self.assertEqual(mail["subject"], nasty)
        shown = "{{ object.env }} &lt;t t-out=&#39;1+1&#39;/&gt; [[email]] ${1+1}"
        self.assertIn(f"A {shown} Z", mail["body"].replace("'", "&#39;"))

    def test_a_header_stays_one_line(self):
        self.amal.function = "Buyer\r\nBcc: victim@example.com"
        mailing = self._create_mailing(subject="Hi [[job]]", body_html="<p>x</p>")
        self._send(mailing)
        self.assertEqual(self._mail_to("amal@")["subject"], "Hi Buyer Bcc: victim@example.com")

    def test_seen_in_the_browser(self):
        mailing = self._create_mailing(body_html=BODY)
        shown = mailing.sudo()._render_field("body_html", [self.amal.id])[self.amal.id]
        self.assertIn("Hello AMAL, Belgium", shown)
        # without a recipient
        self.assertIn("Hello friend, abroad", mailing.sudo()._render_field("body_html", [0])[0])

    def test_each_in_his_language(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.amal.lang = "ar_001"
        self._create_field("joined", "create_date")
        mailing = self._create_mailing(
            subject="[[country]] [[joined|date:long]]", body_html="<p>x</p>"
        )
        self.env.cr.execute(
            "UPDATE res_partner SET create_date = '2026-03-05 12:00' WHERE id IN %s",
            [tuple((self.amal + self.basil).ids)],
        )
        (self.amal + self.basil).invalidate_recordset()
        texts = {"subject": (mailing.subject, "line")}
        shown = mailing._render_merge_fields(texts, self.amal + self.basil)
        belgium = self.env.ref("base.be").with_context(lang="ar_001").name
        self.assertEqual(shown[self.amal.id]["subject"], f"{belgium} 5 مارس 2026")
        self.assertEqual(shown[self.basil.id]["subject"], "Belgium March 5, 2026")
        shown = mailing._render_merge_fields(texts, self.amal, lang="en_US")
        self.assertEqual(shown[self.amal.id]["subject"], "Belgium March 5, 2026")

    def test_lists_and_leads(self):
        lists = self.env["mailing.list"].create({"name": "Merged"})
        contact = self.env["mailing.contact"].create(
            {"name": "Lina Saad", "email": "lina@merge.example.com", "list_ids": lists.ids}
        )
        mailing = self._create_mailing(
            segment_id=False,
            mailing_model_id=self.env["ir.model"]._get_id("mailing.list"),
            contact_list_ids=lists.ids,
            subject="[[first_name]]",
            body_html="<p>x</p>",
        )
        values = mailing._get_merge_values(contact, {"first_name", "email"})
        self.assertEqual(
            values[contact.id], {"first_name": "Lina", "email": "lina@merge.example.com"}
        )
        with self._refused("city"):
            mailing.subject = "[[city]]"
        lead = self.env["crm.lead"].create(
            {"name": "Desks", "contact_name": "Omar Adel", "user_id": self.salesperson.id}
        )
        mailing = self._create_mailing(
            segment_id=False,
            mailing_model_id=self.env["ir.model"]._get_id("crm.lead"),
            mailing_domain="[]",
        )
        values = mailing.sudo()._get_merge_values(lead)[lead.id]
        # the marketer may not read leads
        self.assertFalse(values.get("opportunity"))
        mailing.user_id = self.salesperson
        values = mailing.sudo()._get_merge_values(lead)[lead.id]
        self.assertEqual((values["first_name"], values["opportunity"]), ("Omar", "Desks"))
        self.assertEqual(values["salesperson"], "salesperson")

    def test_companies_have_no_first_name(self):
        firm = self.env["res.partner"].create({"name": "Nile Trading", "is_company": True})
        mailing = self._create_mailing()
        self.assertIsNone(mailing._get_merge_values(firm)[firm.id]["first_name"])

    def test_queries_do_not_grow_with_the_audience(self):
        mailing = self._create_mailing()
        mailing.sudo().user_id = mail_new_test_user(
            self.env,
            login="merge_seller",
            groups="base.group_user,sales_team.group_sale_salesman_all_leads,"
            "crm_suite_marketing.group_marketing_user",
        )
        people = self.env["res.partner"].create(
            [{"name": f"P{number}", "user_id": self.salesperson.id} for number in range(40)]
        )
        sudo = mailing.sudo()
        sudo._get_merge_values(people)  # warms what is cached for all
        counts = []
        for some in (people[:2], people):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            values = sudo._get_merge_values(some)
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(values[some[0].id]["salesperson"], "salesperson")
        self.assertEqual(*counts)

    # ------------------------------------------------------------------
    # Mistakes
    # ------------------------------------------------------------------

    def test_mistakes_are_refused_with_words(self):
        mailing = self._create_mailing()
        with self._refused("Subject", "frist_name", "first_name"):
            mailing.subject = "Hi [[frist_name]]"
        with self._refused("Preview", "[[end]]"):
            mailing.preview = "Hi [[if city]]"
        with self._refused("Body", "after “Hello"):
            mailing.body_html = "<p>Hello you [[name|sort]]</p>"
        with self._refused("behind the address of the site"):
            mailing.body_html = '<a href="[[name]]">x</a>'
        with self._refused("aria-hidden"):
            mailing.body_html = '<p aria-hidden="[[name]]">x</p>'

    def test_a_kind_of_recipients_without_the_field(self):
        mailing = self._create_mailing(subject="[[city]]", body_html="<p>x</p>")
        with self._refused("city"):
            mailing.segment_id = False

    def test_what_is_switched_off_later(self):
        mailing = self._create_mailing(subject="[[job]] x", body_html="<p>x</p>")
        self.amal.function = "Buyer"
        field = self.env.ref("crm_suite_marketing.merge_field_partner_job")
        field.with_user(self.manager).active = False
        with self._refused("job"):
            mailing.action_launch()
        shown = mailing._render_merge_fields({"s": (mailing.subject, "line")}, self.amal)
        self.assertEqual(shown[self.amal.id]["s"], "x")

    def test_old_texts_in_brackets(self):
        """A text that was no merge field when it was written can still be sent and shown."""
        mailing = self._create_mailing(body_html="<p>x</p>")
        self.env.cr.execute(
            "UPDATE mailing_mailing SET subject = 'Old [[Offer' WHERE id = %s", [mailing.id]
        )
        mailing.invalidate_recordset()
        self.assertEqual(
            mailing._render_field("subject", self.amal.ids)[self.amal.id], "Old [[Offer"
        )
        mailing.color = 3

    # ------------------------------------------------------------------
    # The white list
    # ------------------------------------------------------------------

    def test_the_white_list(self):
        for path in (
            "image_1920",
            "message_ids",
            "child_ids.name",
            "category_id",
            "country_id",
            "user_ids.login",
            "user_id.password",
            "signup_type",
            "signup_token",
            "user_id.totp_secret",
            "create_uid.partner_id.create_uid.partner_id.name",
            "nothing",
            "name.x",
            "__class__",
            "env.cr",
            "company_id.",
            "",
            "properties",
        ):
            with self.subTest(path), self.assertRaises(ValidationError):
                self._create_field("bad_one", path)
        for name in ("", "Name", "if", "end", "a b", "a]]", "a..b", "1a", "x" * 61, "a|b"):
            with self.subTest(name), self.assertRaises(ValidationError):
                self._create_field(name, "city")
        with self.assertRaises(ValidationError):
            self._create_field("bad_one", "name", model_id=self.env["ir.model"]._get_id("ir.cron"))
        field = self._create_field("zone", "user_id.tz")
        self.assertEqual(field.code, "[[zone]]")
        self.assertTrue(field.is_usable)

    def test_only_managers_decide(self):
        field = self.env.ref("crm_suite_marketing.merge_field_partner_city")
        for user in (self.marketer, self.salesperson):
            for act in (
                lambda user=user: self._create_field("a", "name", user=user),
                lambda user=user: field.with_user(user).write({"field_path": "comment"}),
                lambda user=user: field.with_user(user).unlink(),
            ):
                self.assertRaises(AccessError, act)
        self.assertTrue(field.with_user(self.marketer).label)

    def test_fields_that_need_rights(self):
        """Customer figures are for sales people: neither who writes nor for whom it is sent may
        be somebody without that right."""
        seller = mail_new_test_user(
            self.env,
            login="merge_seller",
            groups="base.group_user,sales_team.group_sale_salesman_all_leads,"
            "crm_suite_marketing.group_marketing_user",
        )
        text = '[[last_order_date|date:long|fallback:"never"]]'
        with self._refused("may not read"):
            self._create_mailing(subject=text)
        mailing = self._create_mailing(subject="x", body_html="<p>x</p>")
        with self._refused("may not read"):
            mailing.write({"user_id": seller.id, "subject": text})
        with self._refused("may not read"):
            mailing.with_user(seller).write({"subject": text})
        mailing.with_user(seller).write({"user_id": seller.id, "subject": text})
        with self._refused("may not read"):
            mailing.action_launch()
        with self._refused("may not read"):
            mailing.user_id = self.marketer
        with self._refused("may not read"):
            mailing.copy()
        self.env["crm.customer.metric"].create(
            {
                "partner_id": self.amal.id,
                "company_id": self.env.company.id,
                "last_order_date": date(2026, 2, 3),
            }
        )
        texts = {"subject": (text, "line")}
        # shown to a person by his rights, sent by those of the owner
        shown = mailing._render_merge_fields(texts, self.amal)
        self.assertEqual(shown[self.amal.id]["subject"], "never")
        shown = mailing.sudo()._render_merge_fields(texts, self.amal)
        self.assertEqual(shown[self.amal.id]["subject"], "February 3, 2026")
        usable = self.Field.with_user(self.marketer).search([("is_usable", "=", True)])
        self.assertNotIn("last_order_date", usable.mapped("name"))
        self.assertIn("city", usable.mapped("name"))

    def test_records_that_the_owner_may_not_read(self):
        other = self.env["res.company"].create({"name": "Merge Other"})
        stranger = self.env["res.partner"].create({"name": "Far", "company_id": other.id})
        mailing = self._create_mailing()
        values = mailing.sudo()._get_merge_values(stranger + self.amal, {"name"})
        self.assertEqual(values, {stranger.id: {}, self.amal.id: {"name": "Amal"}})

    def test_kinds_of_values(self):
        self._create_field("is_firm", "is_company")
        self._create_field("kind", "type")
        self._create_field("seen", "create_date")
        self.amal.type = "invoice"
        values = self._create_mailing()._get_merge_values(self.amal, lang="en_US")[self.amal.id]
        self.assertIs(values["is_firm"], False)
        self.assertEqual(values["kind"], ("Invoice", "invoice"))
        self.assertIsInstance(values["seen"], datetime)

    def test_screen(self):
        with Form(self.Field.with_user(self.manager)) as form:
            form.label = "Post code"
            form.name = "zip"
            form.model_id = self.partner_model
            form.field_path = "zip"
        self.assertEqual(form.record.code, "[[zip]]")
        mailing = self._create_mailing()
        action = mailing.action_view_merge_fields()
        found = self.Field.with_user(self.marketer).search(action["domain"])
        self.assertEqual(found.model_id, self.partner_model)
        sample = found._get_sample_values()
        self.assertEqual(sample["city"], "Cairo")
        # each default can be used by somebody, and its code can be read
        for field in self.Field.with_context(active_test=False).search([]):
            self.assertTrue(field.is_usable)
            self.assertFalse(mailing._parse_merge_text(field.code).text.count("[["))
