from datetime import timedelta

from odoo import Command, fields
from odoo.tests import tagged

from .common import TriggerCommon

SCANNER = "Barracuda Sentinel (EE)"


@tagged("post_install", "-at_install")
class TestMessages(TriggerCommon):
    """Opened, clicked, replied, bounced; and what nobody did in time."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = cls.amal + cls.emre

    def _start_about(self, trigger, **values):
        return self._start(trigger, about_mailing_id=self.mailing.id, **values)

    def _record(self, delivery, kind, ts=None):
        return self.events._record(
            [
                {
                    "event_key": f"test:{kind}:{delivery.id}:{ts}",
                    "kind": kind,
                    "outbox_id": delivery.id,
                    "ts": ts or fields.Datetime.now(),
                }
            ]
        )

    def test_opened(self):
        journey = self._start_about("opened")
        self._visit(self.to_amal)
        self._check_who(journey, self.amal)

    def test_who_clicked_has_opened(self):
        journey = self._start_about("opened")
        self._visit(self.to_amal, "click", link=self.offer)
        self._check_who(journey, self.amal)

    def test_programs_open_nothing(self):
        opened, clicked = self._start_about("opened"), self._start_about("clicked")
        self._visit(self.to_amal, method="HEAD")
        self._visit(self.to_emre, "click", link=self.offer, method="HEAD")
        self._check_who(opened, self.env["res.partner"])
        self._check_who(clicked, self.env["res.partner"])

    def test_only_if_it_was_certainly_a_person(self):
        sure, unsure = self._start_about("opened", is_sure=True), self._start_about("opened")
        question = {"kind": "branch", "asks": "event", "event": "opened", "is_sure": True}
        asking = self._make_journey(
            {
                "start": {"trigger": "match", "domain": repr([("id", "in", self.people.ids)])},
                "ask": {**question, "about_mailing_id": self.mailing.id},
                "yes": {"kind": "wait", "amount": 90},
                "no": {"kind": "wait", "amount": 90},
            },
            ["start > ask", "ask.yes > yes", "ask.no > no"],
        )
        # a mail program that loads every picture
        self._record(self.to_amal, "open")
        self._visit(self.to_emre)
        self._check_who(unsure, self.people)
        self._check_who(sure, self.emre)
        self._launch(asking)
        self._check_who(asking, self.people)
        steps = self._participants(asking).step_ids.filtered(lambda one: one.state == "waiting")
        self.assertEqual(
            {step.participant_id.partner_id: step.node_uid for step in steps},
            {self.amal: "no", self.emre: "yes"},
        )
        # who cannot be known as a person is taken for one who did not open
        late = self._start_about(
            "not_opened",
            is_sure=True,
            amount=30,
            unit="minutes",
            launched_at=self.now - timedelta(hours=2),
        )
        self._check_who(late, self.amal)

    def test_clicked(self):
        journey = self._start_about("clicked")
        self._visit(self.to_amal)
        self._visit(self.to_emre, "click", link=self.offer)
        self._check_who(journey, self.emre)

    def test_clicked_a_certain_link(self):
        journey = self._start_about("clicked", url_part="/NEWS")
        self._visit(self.to_amal, "click", link=self.offer)
        self._visit(self.to_emre, "click", link=self.news)
        self._check_who(journey, self.emre)

    def test_signs_mean_nothing_in_the_part_of_an_address(self):
        journey = self._start_about("clicked", url_part="%_")
        self._visit(self.to_amal, "click", link=self.offer)
        self._check_who(journey, self.env["res.partner"])

    def test_another_mailing_is_not_meant(self):
        journey = self._start("opened", about_mailing_id=self._create_mailing().id)
        self._visit(self.to_amal)
        self._check_who(journey, self.env["res.partner"])

    def test_what_happened_before_the_launch(self):
        self._record(self.to_amal, "reply", ts=self.now - timedelta(minutes=30))
        self._check_who(self._start_about("replied"), self.env["res.partner"])

    def test_what_is_told_late_counts(self):
        journey = self._start_about("replied", launched_at=self.now - timedelta(hours=12))
        self._check_who(journey, self.env["res.partner"])
        self._record(self.to_amal, "reply", ts=self.now - timedelta(hours=6))
        self._check_who(journey, self.amal)

    def test_replied(self):
        journey = self._start_about("replied")
        self._record(self.to_amal, "reply")
        self._check_who(journey, self.amal)

    def test_who_is_out_of_office_has_not_replied(self):
        journey = self._start_about("replied")
        self._record(self.to_amal, "auto_reply")
        self._check_who(journey, self.env["res.partner"])

    def test_bounced_for_good(self):
        journey = self._start_about("bounced")
        self._record(self.to_amal, "bounce_soft")
        self._record(self.to_emre, "bounce_hard")
        self._check_who(journey, self.emre)

    def test_events_in_any_order_and_twice(self):
        first = self._start_about("clicked", reentry="ended")
        second = self._start_about("clicked", reentry="ended")
        moments = [self.now + timedelta(seconds=number) for number in range(3)]
        for ts in moments:
            self._record(self.to_amal, "click", ts=ts - timedelta(seconds=5))
        self._process()
        for ts in reversed(moments):
            self._record(self.to_emre, "click", ts=ts - timedelta(seconds=5))
            self._process()
        self._process()
        for journey in (first, second):
            self._check_who(journey, self.amal + self.emre)

    def test_not_opened_in_time(self):
        journey = self._start_about(
            "not_opened",
            amount=30,
            unit="minutes",
            launched_at=self.now - timedelta(hours=2),
        )
        self._visit(self.to_emre)
        self._check_who(journey, self.amal)

    def test_there_is_time_left_to_open(self):
        journey = self._start_about(
            "not_opened", amount=2, unit="hours", launched_at=self.now - timedelta(hours=2)
        )
        self._check_who(journey, self.env["res.partner"])

    def test_opened_but_not_clicked(self):
        journey = self._start_about(
            "not_clicked",
            amount=30,
            unit="minutes",
            launched_at=self.now - timedelta(hours=2),
        )
        self._visit(self.to_amal)
        self._visit(self.to_emre, "click", link=self.offer)
        self._check_who(journey, self.amal)

    def test_opened_and_clicked_but_not_answered(self):
        journey = self._start_about(
            "not_replied",
            amount=30,
            unit="minutes",
            launched_at=self.now - timedelta(hours=2),
        )
        self._visit(self.to_amal, "click", link=self.offer)
        self._record(self.to_amal, "auto_reply")
        self._record(self.to_emre, "reply")
        self._check_who(journey, self.amal)

    def test_what_did_not_arrive_could_not_be_opened(self):
        journey = self._start_about(
            "not_opened",
            amount=30,
            unit="minutes",
            launched_at=self.now - timedelta(hours=2),
        )
        self._record(self.to_amal, "bounce_hard")
        self._check_who(journey, self.emre)

    def test_messages_that_odoo_itself_sent(self):
        self.env["mailing.trace"].create(
            {
                "mass_mailing_id": self.mailing.id,
                "model": "res.partner",
                "res_id": self.faris.id,
                "email": self.faris.email,
                "trace_status": "sent",
                "sent_datetime": self.sent_at,
            }
        )
        journey = self._start_about(
            "not_opened",
            amount=30,
            unit="minutes",
            launched_at=self.now - timedelta(hours=2),
        )
        self._check_who(journey, self.amal + self.emre + self.faris)

    def test_the_record_that_the_message_went_to(self):
        lead = self.env["crm.lead"].create({"name": "Tea", "partner_id": self.amal.id})
        other = self.env["crm.lead"].create({"name": "Coffee", "partner_id": self.amal.id})
        mailing = self._create_mailing(
            segment_id=False, mailing_model_id=self.env["ir.model"]._get_id("crm.lead")
        )
        delivery = self._deliver(self.amal, mailing, model="crm.lead", res_id=lead.id)
        journey = self._start("opened", model="crm.lead", about_mailing_id=mailing.id)
        self._visit(delivery)
        self._check_who(journey, lead)
        self.assertNotIn(other, self._who(journey))


@tagged("post_install", "-at_install")
class TestPages(TriggerCommon):
    """Pages and forms of websites."""

    def test_a_page(self):
        journey = self._start("visit", url_part="/pricing")
        self._tell("visit", self.amal, 1, url="https://shop.example.com/Pricing?x=1")
        self._tell("visit", self.emre, 2, url="https://shop.example.com/")
        self._check_who(journey, self.amal)

    def test_often_enough(self):
        journey = self._start("visit", url_part="/pricing", visit_count=3, visit_days=2)
        now = fields.Datetime.now()
        for number in range(3):
            self._tell("visit", self.amal, f"a{number}", url="https://x.example.com/pricing")
            self._tell(
                "visit",
                self.emre,
                f"e{number}",
                ts=now - timedelta(days=2 * number),
                url="https://x.example.com/pricing",
            )
        self._check_who(journey, self.amal)

    def test_a_form(self):
        journey, any_form = self._start("form", form_ref="contact"), self._start("form")
        self._tell("form", self.amal, 1, form="contact", url="https://x.example.com/")
        self._tell("form", self.emre, 2, form="order", url="https://x.example.com/")
        self._check_who(journey, self.amal)
        self._check_who(any_form, self.amal + self.emre)

    def test_a_form_of_ours(self):
        """It is known by its number, whatever it is called; pages of others cannot pretend it."""
        form = self.env["crm.web.form"].create(
            {
                "name": "contact",
                "title": "Contact",
                "company_id": self.env.company.id,
                "field_ids": [Command.create({"name": "email", "required": True})],
            }
        )
        ours = self._start("form", web_form_id=form.id)
        other = self._start("form", form_ref="contact")
        self._tell("form", self.amal, 1, form="Write to us", form_id=form.id)
        self._tell("form", self.emre, 2, form="contact")
        self._tell("form", self.emre, 3, form=str(form.id))
        self._check_who(ours, self.amal)
        self._check_who(other, self.emre)
        form.active = False
        self.assertEqual(
            ours.live_version_id.node_ids.filtered("web_form_id")._find_setting_problems(),
            ["The form “contact” is archived."],
        )

    def test_forms_that_robots_post(self):
        journey = self._start("form")
        self.events._record(
            [
                {
                    "event_key": "test:form:bot",
                    "kind": "form",
                    "ts": fields.Datetime.now(),
                    "partner_id": self.amal.id,
                    "actor": "bot",
                    "actor_reason": "trap",
                    "evidence": {"form": "contact"},
                }
            ]
        )
        self._check_who(journey, self.env["res.partner"])

    def test_nobody_known(self):
        journey = self._start("visit")
        self._tell("visit", self.env["res.partner"], 1, url="https://x.example.com/")
        self._check_who(journey, self.env["res.partner"])
