import base64
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import ConsentCommon

AMAL = "amal@customer.example.com"
PROOF = base64.b64encode(b"a scan of the card")


@tagged("post_install", "-at_install")
class TestRecording(ConsentCommon):
    """What people said elsewhere: by hand with a reason, as a list with proof, by programs."""

    def _record(self, **values):
        recording = (
            self.env["crm.consent.recording"]
            .with_user(self.marketer)
            .create(
                {
                    "purpose_id": self.offers.id,
                    "state": "granted",
                    "addresses": AMAL,
                    "reason": "Said so by telephone",
                    **values,
                }
            )
        )
        return recording.action_record()

    def _requests(self):
        return self.env["crm.consent.request"].search([("user_id", "=", self.marketer.id)])

    def test_by_hand(self):
        with Form(
            self.env["crm.consent.recording"]
            .with_user(self.marketer)
            .with_context(**self.amal.action_record_consent()["context"])
        ) as form:
            form.purpose_id = self.offers
            form.state = "granted"
            form.reason = "Said so by telephone"
            self.assertEqual(form.text, "Send me offers")
            form.text = "May we send you offers?"
        form.record.action_record()
        entry = self.entries_of(AMAL)
        self.assertEqual((entry.source, entry.user_id), ("manual", self.marketer))
        self.assertEqual(entry.text, "May we send you offers?")
        self.assertIsNone(self.refusal(AMAL, self.offers))
        self.assertFalse(self._requests())

    def test_where_people_have_to_confirm_they_are_asked(self):
        self._record(purpose_id=self.double.id)
        self.assertEqual(self.refusal(AMAL, self.double), "unconfirmed")
        self.assertEqual(self._requests().identity, AMAL)

    def test_whoever_refused_only_comes_back_by_himself(self):
        yesterday = fields.Datetime.now() - timedelta(days=1)
        self.say(AMAL, "withdrawn", self.offers, date=yesterday)
        self._record(proof=PROOF, proof_name="card.jpg")
        self.assertEqual(self.refusal(AMAL, self.offers), "withdrawn")
        request = self._requests()
        self.assertEqual(request.purpose_ids, self.offers)
        request._confirm(ip="192.0.2.7")
        self.assertIsNone(self.refusal(AMAL, self.offers))
        self.say("+32456000001", "withdrawn", self.offers, "sms", date=yesterday)
        with self.assertRaises(UserError):
            self._record(channel="sms", addresses="+32456000001")
        # nobody confirms by SMS
        with self.assertRaises(UserError):
            self._record(channel="sms", addresses="+32456000004", proof=PROOF)
        self._record(channel="sms", addresses="+32456000001", proof=PROOF)
        self.assertIsNone(self.refusal("+32456000001", self.offers, "sms"))

    def test_a_hostile_list(self):
        """It is refused as a whole, at once, and with a word."""
        for content in (
            b"=cmd|' /C calc'!A0\nx@example.com,y\n@SUM(1)",
            b"x@example.com\nx\x00@example.com",
            b"x@example.com\n" + b"(" * 100000,
            b"x@example.com\n" + b'"' + b"a@" * 100000,
            b"x@example.com\n<" + b"a " * 60000 + b"@example.com",
            b"\xff\xfex\x00@\x00",
        ):
            with self.assertRaises(UserError):
                self._record(
                    addresses=False,
                    state="withdrawn",
                    file=base64.b64encode(content),
                    file_name="../../x.csv",
                )
        self.assertFalse(self.entries_of("x@example.com"))

    def test_nobody_exchanges_a_proof(self):
        self._record(proof=PROOF, proof_name="card.jpg")
        entry = self.entries_of(AMAL).with_user(self.marketer)
        file = entry.sudo().proof_id.with_user(self.marketer)
        for do in (lambda: file.read(["datas"]), lambda: file.write({"datas": b"b3RoZXI="})):
            with self.assertRaises(AccessError):
                do()
        self.assertEqual((entry.proof, entry.is_proof_changed), (PROOF, False))
        page = base64.b64encode(b"<html><script>alert(1)</script></html>")
        self._record(proof=page, proof_name="x.html", addresses="y@example.com")
        self.assertEqual(self.entries_of("y@example.com").proof_id.mimetype, "text/plain")
        file.sudo().write({"raw": b"other"})
        entry.invalidate_recordset()
        self.assertEqual((entry.proof, entry.is_proof_changed), (False, True))

    def test_a_list_with_proof(self):
        content = "E-mail;Name\nAmal@customer.example.com\n\nx@example.com\nx@example.com\n"
        values = {
            "addresses": False,
            "file": base64.b64encode(content.encode("utf-8-sig")),
            "purpose_id": self.double.id,
            "date": fields.Datetime.now() - timedelta(days=30),
        }
        with self.assertRaises(UserError):
            self._record(**values)
        self._record(**values, proof=PROOF, proof_name="card.jpg")
        for address in (AMAL, "x@example.com"):
            entry = self.entries_of(address)
            self.assertEqual((entry.source, entry.state), ("import", "granted"))
            self.assertEqual(base64.b64decode(entry.proof), b"a scan of the card")
            self.assertIsNone(self.refusal(address, self.double))

    def test_one_proof_for_a_list(self):
        addresses = [f"person{number}@example.com" for number in range(30)]
        proof = {"proof": PROOF, "proof_name": "card.jpg"}
        self.consent._enter(addresses, "email", "granted", self.double, proof, source="import")
        entries = self.entries.search([("identity", "in", addresses)])
        self.assertEqual(len(entries), 30)
        self.assertEqual(len(entries.proof_id), 1)
        self.assertEqual(entries[0].with_user(self.marketer).proof, PROOF)

    def test_too_much_at_once(self):
        crowd = [f"person{number}@example.com" for number in range(1001)]
        with self.assertRaises(UserError):
            self._record(addresses="\n".join(crowd), purpose_id=self.double.id)
        self.assertFalse(self._requests())
        with self.assertRaises(UserError):
            self._record(proof=base64.b64encode(b"x" * (10 * 1024 * 1024 + 9)))

    def test_what_is_no_answer(self):
        for values in (
            {"addresses": "nobody"},
            {"addresses": False},
            {"purpose_id": False},
            {"channel": "sms", "purpose_id": self.news.id, "addresses": "+32456000001"},
            {"date": fields.Datetime.now() + timedelta(days=1)},
            {"addresses": False, "file": base64.b64encode(b"\xff\xfe\x00x"), "proof": PROOF},
        ):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                self._record(**values)
        self.assertFalse(self.entries_of(AMAL))

    def test_other_programs(self):
        Consent = self.consent.with_user(self.marketer)
        answer = {
            "address": AMAL,
            "channel": "email",
            "purpose_id": self.offers.id,
            "state": "granted",
            "reason": "Shop",
        }
        answers = [
            answer,
            {**answer, "address": "x@example.com", "purpose_id": self.double.id},
            {**answer, "address": "y@example.com", "state": "withdrawn", "purpose_id": False},
        ]
        self.assertEqual(Consent.record_consent(answers), ["granted", "requested", "withdrawn"])
        self.assertEqual(self.entries_of(AMAL).source, "api")
        for change in (
            {"address": "nobody"},
            {"address": None},
            {"channel": "fax"},
            {"channel": ["email"]},
            {"state": "suppressed"},
            {"reason": " "},
            {"purpose_id": 2147483647},
            {"purpose_id": "x"},
            {"purpose_id": False},
        ):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                Consent.record_consent([{**answer, **change}])
        for broken in (None, "x", [None], [answer] * 1001):
            with self.assertRaises(ValidationError):
                Consent.record_consent(broken)
