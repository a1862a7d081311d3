import io

import openpyxl

from odoo.tests import HttpCase, tagged

from ..common import CrmSuiteCase


@tagged("post_install", "-at_install")
class TestImport(HttpCase, CrmSuiteCase):
    def setUp(self):
        super().setUp()
        self.Lead = self.env["crm.lead"].with_user(self.mona)
        self.count = self.Lead.search_count([])

    def _load(self, columns, *rows):
        return self.Lead.load(columns, [list(row) for row in rows])

    def test_every_bad_row_is_named_and_nothing_is_imported(self):
        result = self._load(
            ["name", "email_from", "phone", "country_id"],
            ("Good", "good@example.org", "+49 30 1234567", "Germany"),
            ("Bad e-mail", "no address", "", ""),
            ("Bad phone", "", "call me", ""),
            ("Bad country", "", "", "Atlantis"),
            ("All bad", "a@", "1", "Atlantis"),
            ("Good too", "", "0301234567 ext. 12", ""),
        )
        self.assertFalse(result["ids"])
        self.assertEqual(self.Lead.search_count([]), self.count)
        errors = {
            (message["rows"]["from"], message["field"])
            for message in result["messages"]
            if message["type"] == "error"
        }
        self.assertLessEqual(
            {
                (1, "email_from"),
                (2, "phone"),
                (3, "country_id"),
                (4, "email_from"),
                (4, "phone"),
                (4, "country_id"),
            },
            errors,
        )
        self.assertFalse({row for row, _field in errors} & {0, 5})
        texts = " ".join(message["message"] for message in result["messages"])
        self.assertIn("no address", texts)
        self.assertIn("call me", texts)
        self.assertIn("Atlantis", texts)

    def test_errors_in_arabic_numbers_in_arabic_digits(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.Lead = self.Lead.with_context(lang="ar_001")
        result = self._load(["name", "phone"], ("A", "٠٣٠ ١٢٣ ٤٥٦٧"), ("B", "هاتف"))
        self.assertEqual([message["rows"]["from"] for message in result["messages"]], [1])

    def test_an_error_of_a_later_row_is_not_told_of_the_first(self):
        result = self._load(
            ["name", "line_ids/product_id", "line_ids/quantity"],
            ("Good", self.desk.name, "2"),
            ("Negative", self.desk.name, "-2"),
        )
        self.assertFalse(result["ids"])
        self.assertEqual([message["rows"]["from"] for message in result["messages"]], [1])
        self.assertIn("above zero", result["messages"][0]["message"])

    def test_a_wrong_number_or_date_is_told_with_its_row_and_hides_nothing(self):
        file = (
            "name,email_from,expected_revenue,date_deadline\n"
            'Good,good@example.org,"$ 1,200.50",2030-02-28\n'
            "Bad number,,many,\n"
            "Bad date,,,soon\n"
            "Bad e-mail,nobody,,\n"
        )
        answer = self._import_csv(file)
        self.assertFalse(answer["ids"])
        errors = {(row["rows"]["from"], row["field"]) for row in answer["messages"]}
        self.assertEqual(
            errors, {(1, "expected_revenue"), (2, "date_deadline"), (3, "email_from")}, answer
        )
        answer = self._import_csv("".join(file.splitlines(keepends=True)[:2]))
        lead = self.env["crm.lead"].browse(answer["ids"])
        self.assertEqual(lead.expected_revenue, 1200.5)
        self.assertEqual(str(lead.date_deadline), "2030-02-28")

    def test_what_python_takes_for_a_number_is_none(self):
        for text in ("nan", "inf", "-Infinity"):
            answer = self._import_csv(f"name,expected_revenue\nNo number,{text}\n")
            self.assertFalse(answer.get("ids"))
            self.assertTrue(answer["messages"])
        self.assertEqual(self.Lead.search_count([]), self.count)

    def _import_csv(self, text):
        wizard = self.env["base_import.import"].with_user(self.mona)
        wizard = wizard.create(
            {
                "res_model": "crm.lead",
                "file": text.encode(),
                "file_name": "leads.csv",
                "file_type": "text/csv",
            }
        )
        columns = text.split("\n", 1)[0].split(",")
        options = {
            "has_headers": True,
            "separator": ",",
            "quoting": '"',
            "encoding": "utf-8",
            "float_thousand_separator": ",",
            "float_decimal_separator": ".",
            "date_format": "%Y-%m-%d",
        }
        return wizard.execute_import(columns, columns, options)

    def test_lines_origin_and_tags(self):
        source, medium = self.env["utm.source"].create({"name": "Fair in Cairo"}), "Website"
        tag = self.env["crm.tag"].create({"name": "Wholesale"})
        result = self._load(
            [
                "name",
                "email_from",
                "source_id",
                "medium_id",
                "tag_ids",
                "line_ids/product_id",
                "line_ids/quantity",
            ],
            ("Two lines", "a@example.org", source.name, medium, tag.name, self.desk.name, "2"),
            ("", "", "", "", "", self.training.name, "1"),
            ("No line", "b@example.org", "", "", "", "", ""),
        )
        self.assertFalse([m for m in result["messages"] if m["type"] == "error"], result)
        lead, other = self.env["crm.lead"].browse(result["ids"])
        self.assertEqual((lead.source_id, lead.tag_ids), (source, tag))
        self.assertEqual(lead.line_ids.product_id, self.desk + self.training)
        self.assertEqual(lead.line_total, 900)
        self.assertFalse(other.line_ids)

    def test_the_template_can_be_imported_as_it_is(self):
        for language in ("en_US", "ar_001"):
            with self.subTest(language=language):
                self.env["res.lang"]._activate_lang(language)
                self.mona.write({"lang": language, "password": "mona-password-1"})
                self.authenticate(self.mona.login, "mona-password-1")
                [template] = self.Lead.get_import_templates()
                answer = self.url_open(template["template"])
                self.assertEqual(answer.status_code, 200)
                rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.values)
                self._import_file(answer.content, rows[0])

    def _import_file(self, content, headings):
        """Upload a file as a person does and import what Odoo makes of its headings."""
        wizard = (
            self.env["base_import.import"]
            .with_user(self.mona)
            .with_context(lang=self.mona.lang)
            .create(
                {
                    "res_model": "crm.lead",
                    "file": content,
                    "file_name": "leads.xlsx",
                    "file_type": "application/vnd.openxmlformats-officedocument"
                    ".spreadsheetml.sheet",
                }
            )
        )
        options = {"has_headers": True, "quoting": '"', "separator": ","}
        preview = wizard.parse_preview(options)
        self.assertNotIn("error", preview)
        matches = preview["matches"]
        self.assertEqual(len(matches or {}), len(headings), [headings, matches])
        fields = ["/".join(matches[index]) for index in range(len(headings))]
        self.assertEqual(fields, list(self.Lead._get_import_paths()))
        result = wizard.execute_import(fields, list(headings), preview["options"])
        self.assertFalse([m for m in result["messages"] if m["type"] == "error"], result)
        self.assertTrue(result["ids"], result)
        self.assertEqual(len(result["ids"]), 2)
