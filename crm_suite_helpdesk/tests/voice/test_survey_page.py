from odoo.tests import tagged

from .common import VoiceHttpCase


@tagged("post_install", "-at_install")
class TestSurveyPage(VoiceHttpCase):
    """The page behind the link of the mail."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("ar_001")

    def setUp(self):
        super().setUp()
        self.survey_row = self.asked(name="The <b>printer</b>")
        self.url = self.link(self.survey_row)

    def get(self, url=None, **kwargs):
        return self.url_open(url or self.url, **kwargs)

    def post(self, path="/answer", **values):
        token = self.csrf(self.get().text)
        return self.url_open(self.url + path, data={"csrf_token": token, **values})

    # ------------------------------------------------------------------ scanners

    def test_looking_saves_nothing(self):
        self.login(None)
        for face in ("happy", "neutral", "unhappy", "x", ""):
            response = self.get(f"{self.url}?face={face}")
            self.assertEqual(response.status_code, 200)
        self.opener.head(self.base_url() + self.url)
        self.assertEqual(self.get(self.url + "/answer").status_code, 405)
        self.assertFalse(self.survey_row.answer_ids)
        self.assertNotEqual(self.survey_row.state, "answered")

    def test_the_chosen_face_is_chosen_on_the_page(self):
        self.login(None)
        text = self.get(f"{self.url}?face=neutral").text
        self.assertRegex(text, r'(?s)value="neutral"[^>]*checked')
        self.assertNotIn("<b>printer</b>", text)

    def test_the_address_stays_between_us(self):
        self.login(None)
        headers = self.get().headers
        self.assertEqual(headers["Referrer-Policy"], "no-referrer")
        self.assertEqual(headers["Cache-Control"], "no-store")
        self.assertIn("noindex", headers["X-Robots-Tag"])

    # ------------------------------------------------------------------ answering

    def test_an_answer_and_thanks(self):
        self.login(None)
        response = self.post(face="happy", feedback="Quick!")
        self.assertIn("done=1", response.url)
        self.assertIn("o_survey_done", response.text)
        self.assertEqual(self.survey_row.satisfaction, "happy")
        self.assertEqual(self.survey_row.feedback, "Quick!")
        self.assertFalse(self.survey_row.answer_ids.partner_id)
        self.assertEqual(self.survey_row.answer_ids.way, "mail")

    def test_without_a_token_of_the_page_nothing_is_saved(self):
        self.login(None)
        response = self.url_open(self.url + "/answer", data={"face": "happy"})
        self.assertEqual(response.status_code, 400)
        self.assertFalse(self.survey_row.satisfaction)

    def test_no_face_is_told(self):
        self.login(None)
        response = self.post(feedback="text")
        self.assertEqual(response.status_code, 422)
        self.assertFalse(self.survey_row.satisfaction)

    def test_strange_values_do_no_harm(self):
        self.login(None)
        token = self.csrf(self.get().text)
        for data, files in (
            ({"face": "5"}, None),
            ({"face": ["happy", "unhappy"]}, None),
            ({"face": "happy"}, {"feedback": ("a.txt", b"file")}),
            ({}, {"face": ("a.txt", b"happy")}),
            ({"face": "neutral", "feedback": "\x00\u202e" + "x" * 9000}, None),
        ):
            response = self.url_open(
                self.url + "/answer", data={"csrf_token": token, **data}, files=files
            )
            self.assertIn(response.status_code, (200, 422), data)

    def test_a_locked_page_takes_no_answer(self):
        self.login(None)
        self.post(face="happy")
        token = self.csrf(self.get().text)
        self.travel(days=15)
        text = self.get().text
        self.assertNotIn("o_survey_form", text)
        response = self.url_open(
            self.url + "/answer", data={"csrf_token": token, "face": "unhappy"}
        )
        self.assertEqual(response.status_code, 422)
        self.assertEqual(self.survey_row.satisfaction, "happy")

    def test_unknown_links(self):
        self.login(None)
        token = self.survey_row.access_token
        for wrong in ("x", token[:-1], token + "a", "%00" * 24, "ü" * 24, "a" * 5000, "_" * 32):
            response = self.get(f"/ticket/survey/{wrong}")
            self.assertEqual(response.status_code, 404)

    def test_who_was_not_asked_has_no_page(self):
        self.survey_row.write({"state": "skipped", "asked_at": False})
        self.login(None)
        self.assertEqual(self.get().status_code, 404)

    # ------------------------------------------------------------------ who answers

    def test_our_own_clicks_do_not_count(self):
        for user in (self.agent, self.manager, self.employee, self.env.ref("base.user_admin")):
            user.lang = "en_US"
            token = None
            self.login(None)
            self.authenticate(user.login, user.login if user.login != "admin" else "admin")
            response = self.get()
            self.assertEqual(response.status_code, 403)
            token = self.csrf(self.url_open("/my").text) if token else self.session_token()
            response = self.url_open(
                self.url + "/answer", data={"csrf_token": token, "face": "happy"}
            )
            self.assertEqual(response.status_code, 403)
        self.assertFalse(self.survey_row.satisfaction)

    def session_token(self):
        text = self.url_open("/my/account").text
        return self.csrf(text)

    def test_other_customers_clicks_do_not_count(self):
        self.login(self.stranger_user)
        self.assertEqual(self.get().status_code, 403)
        response = self.url_open(
            self.url + "/answer", data={"csrf_token": self.session_token(), "face": "happy"}
        )
        self.assertEqual(response.status_code, 403)
        self.assertFalse(self.survey_row.satisfaction)

    def test_the_customer_himself_and_his_colleague(self):
        for user, face in ((self.customer_user, "happy"), (self.colleague_user, "neutral")):
            self.login(user)
            self.post(face=face)
            self.assertEqual(self.survey_row.satisfaction, face)
            self.assertEqual(self.survey_row.answer_ids[0].partner_id, user.partner_id)

    # ------------------------------------------------------------------ language and peace

    def test_the_page_is_in_the_language_of_the_customer(self):
        self.customer.lang = "ar_001"
        self.login(None)
        text = self.get().text
        self.assertIn("o_rtl", text)

    def test_no_more_surveys(self):
        self.login(None)
        self.post("/stop")
        self.assertTrue(self.customer.no_ticket_survey)
        self.assertNotIn("o_survey_stop", self.get().text)
        survey = self.asked()
        self.assertEqual(survey.reason, "refused")

    # ------------------------------------------------------------------ core's own pages

    def test_cores_pages_cannot_rate_a_ticket(self):
        self.login(None)
        self.post(face="unhappy")
        rating = self.survey_row.rating_id
        rating.access_token = "b" * 32
        self.assertEqual(self.get(f"/rate/{'b' * 32}/5").status_code, 404)
        response = self.url_open(
            f"/rate/{'b' * 32}/submit_feedback",
            data={"csrf_token": self.csrf(self.get().text), "rate": 5},
        )
        self.assertEqual(response.status_code, 404)
        self.assertEqual(rating.rating, 1)
