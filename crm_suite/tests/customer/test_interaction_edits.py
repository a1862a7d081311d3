import base64
from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form

from .common import CustomerCase


class TestInteractionEdits(CustomerCase):
    """Who changed what when; and what is deleted, by whom."""

    def _log_by(self, user, **values):
        return (
            self.env["crm.interaction"]
            .with_user(user)
            .with_context(tracking_disable=False)
            .create({"partner_id": self.layla.id, "name": "Called", **values})
        )

    def _changes(self, record):
        self.flush_tracking()
        values = record.sudo().message_ids.tracking_value_ids
        return set(values.field_id.mapped("name"))

    def flush_tracking(self):
        self.env.flush_all()
        self.cr.precommit.run()

    def test_fields_are_tracked(self):
        lead = self._create_opportunity()
        call = self._log_by(self.omar)
        self.flush_tracking()
        call.write(
            {
                "channel": "visit",
                "direction": "in",
                "duration": 0.5,
                "lead_id": lead.id,
                "outcome_id": self.env.ref("crm_suite.outcome_interested").id,
            }
        )
        self.assertLessEqual(
            {"channel", "direction", "duration", "lead_id", "outcome_id"}, self._changes(call)
        )
        self.assertEqual(call.sudo().message_ids[0].author_id, self.omar.partner_id)

    def test_old_notes_are_kept(self):
        call = self._log_by(self.omar, note="<p>She wants <b>ten</b> desks</p>")
        call.note = "<p>She wants twelve desks</p>"
        message = call.sudo().message_ids[0]
        self.assertIn("She wants <b>ten</b> desks", message.body)
        self.assertEqual(message.author_id, self.omar.partner_id)
        call.write({"note": call.note})
        self.assertEqual(call.sudo().message_ids[0], message, "nothing has changed")

    def test_nobody_edits_silently(self):
        call = self._log_by(self.omar, note="<p>Ten</p>")
        self.flush_tracking()
        quiet = call.with_context(tracking_disable=True, mail_notrack=True)
        quiet.write({"note": "<p>Twelve</p>", "channel": "chat"})
        self.assertIn("channel", self._changes(call))
        self.assertTrue(any("Ten" in body for body in call.sudo().message_ids.mapped("body")))

    def test_taking_back_what_was_logged_by_mistake(self):
        call = self._log_by(self.omar)
        call.unlink()
        self.assertFalse(call.exists())
        self.assertIn("“Called”", self.layla.message_ids[0].body)
        self.assertEqual(self.layla.message_ids[0].author_id, self.omar.partner_id)

    def test_history_is_for_managers(self):
        call = self._log_by(self.omar)
        self.env.flush_all()
        self.cr.execute(
            "UPDATE crm_interaction SET create_date = create_date - interval '2 days'"
            " WHERE id = %s",
            [call.id],
        )
        self.env.invalidate_all()
        for user in self.omar, self.alia:
            with self.assertRaisesRegex(UserError, "sales manager"):
                call.with_user(user).unlink()
        fresh = self._log_by(self.omar)
        with self.assertRaisesRegex(UserError, "sales manager"):
            fresh.with_user(self.alia).unlink()
        call.with_user(self.mona).unlink()
        self.assertFalse(call.exists())


class TestLogForm(CustomerCase):
    """The small form, whatever the channel."""

    def _open(self, record, channel=None):
        action = record.with_user(self.omar).action_log_interaction(channel)
        return Form(
            self.env["crm.interaction"].with_user(self.omar).with_context(**action["context"]),
            view=self.env["ir.ui.view"].browse(action["views"][0][0]),
        )

    def test_any_channel_in_two_clicks(self):
        for channel in ("phone", "visit", "letter", "chat", "meeting"):
            self.assertEqual(self._open(self.layla, channel).save().channel, channel)
        with self.assertRaisesRegex(ValidationError, "no channel"):
            self._open(self.layla, "pigeon")

    def test_phone_of_the_contact_or_the_lead(self):
        self.layla.phone = "+49 30 5550100"
        self.assertEqual(self._open(self.layla).contact_phone, "+49 30 5550100")
        stranger = self.env["crm.lead"].create(
            {"name": "Stranger", "phone": "+49 30 5550199", "user_id": self.omar.id}
        )
        self.assertEqual(self._open(stranger).contact_phone, "+49 30 5550199")

    def test_a_letter_that_came_in_with_its_scan(self):
        scan = (
            self.env["ir.attachment"]
            .with_user(self.omar)
            .create(
                {
                    "name": "letter.pdf",
                    "datas": base64.b64encode(b"%PDF-1.4 letter"),
                    "res_model": "crm.interaction",
                    "res_id": 0,
                }
            )
        )
        with self._open(self.layla, "letter") as form:
            form.direction = "in"
            form.attachment_ids.add(scan)
        letter = form.record
        self.assertEqual((letter.channel, letter.direction), ("letter", "in"))
        self.assertEqual((scan.res_model, scan.res_id), ("crm.interaction", letter.id))
        self.assertEqual(scan.with_user(self.alia).name, "letter.pdf")

    def test_files_of_others_stay_where_they_are(self):
        secret = self.env["ir.attachment"].create(
            {"name": "secret.pdf", "raw": b"secret", "res_model": "crm.lead", "res_id": 0}
        )
        own = self._log().with_user(self.omar)
        try:
            own.attachment_ids = [(4, secret.id)]
        except AccessError:
            return
        self.assertFalse(secret.res_id)
        self.assertEqual(secret.res_model, "crm.lead")
        with self.assertRaises(AccessError):
            secret.with_user(self.omar).read(["raw"])

    def test_very_long_text(self):
        call = self._log(name="x" * 5000, note="<p>%s</p>" % ("y " * 200_000))
        self.assertEqual(len(call.name), 5000)
        self.assertIn("y y", call.note)

    def test_hostile_html(self):
        call = self._log(
            name="<img src=x onerror=alert(1)>",
            note="<p>Hello</p><script>alert(1)</script><img src='x' onerror='alert(1)'>",
        )
        self.assertNotIn("script", call.note)
        self.assertNotIn("onerror", call.note)
        call.with_user(self.omar).note = "<p>Bye</p>"
        self.assertNotIn("onerror", call.message_ids[0].body)

    def test_another_interaction_from_this_one(self):
        lead = self._create_opportunity()
        first = self._log(lead_id=lead.id, partner_id=self.karim.id)
        second = self._open(first, "visit").save()
        self.assertEqual((second.partner_id, second.lead_id), (self.karim, lead))

    def test_a_day_of_grace_for_the_future(self):
        now = self.env.cr.now().replace(microsecond=0)
        self._log(date=now + timedelta(hours=20))
        with self.assertRaises(ValidationError):
            self._log(date=now + timedelta(hours=30))
