"""Why somebody does or does not come into a journey, and what became of him there, in words."""

from dataclasses import dataclass

from odoo import fields
from odoo.fields import Domain
from odoo.tools import SQL, format_datetime

from odoo.addons.crm_suite.lib.filter_text import parse_conditions
from odoo.addons.crm_suite.models.mixins.filter_guard import FILTER_ERRORS

from ...lib import filter_account
from ...lib.journey_graph import NEXT
from ..consent import refusals
from ..journey.span import describe_span
from ..journey_engine import enrolment
from ..journey_engine.people import make_people
from ..journey_trigger.entrants import UNSURE
from .filter_words import asks_hidden, describe_condition, is_hidden

GOOD, BAD, PLAIN = "good", "bad", "plain"
MESSAGE_KINDS = {"opened": ("open", "click", "reply"), "clicked": ("click",), "replied": ("reply",)}
MESSAGE_KINDS["bounced"] = ("bounce_hard",)


@dataclass(frozen=True)
class Entry:
    """One thing that is said.

    :ivar section: what it is about: ``start``, ``rule``, ``consent``, ``passage``, ``step``
    :ivar tone: `GOOD` (nothing against it), `BAD` (that is why not) or `PLAIN`
    """

    section: str
    text: str
    tone: str = PLAIN
    detail: str = ""


class Account:
    """Of one record and one journey. What the reader may not see is not said: neither conditions
    on fields that are not his to read, nor names of what he may not open.
    """

    def __init__(self, journey, record):
        self.env = journey.env
        self.journey = journey
        self.record = record
        self.entries = []
        self.participants = self.env["crm.journey.participant"].search(
            [
                ("journey_id", "=", journey.id),
                ("model", "=", record._name),
                ("res_id", "=", record.id),
            ],
            order="id desc",
            limit=20,
        )

    def tell(self):
        """:return: list of `Entry`, in the order in which they are read"""
        self.tell_passages()
        self.tell_state()
        for node in self.get_version().node_ids.filtered(lambda one: one.kind == "trigger"):
            self.guard("start", self.tell_start, node)
        self.tell_owner()
        self.tell_reentry()
        self.guard("rule", self.tell_exit_rule)
        self.tell_rivals()
        self.tell_consent()
        return self.entries

    def guard(self, section, tell, *arguments):
        """A filter that cannot be asked is told, too."""
        try:
            tell(*arguments)
        except FILTER_ERRORS as error:
            words = self.env._("There is a filter that cannot be evaluated.")
            self.say(section, words, BAD, str(error))

    def get_version(self):
        return self.journey.live_version_id or self.journey.draft_version_id

    def say(self, section, text, tone=PLAIN, detail=""):
        self.entries.append(Entry(section, text, tone, detail or ""))

    def label(self, record, name):
        """:return: the words of a choice"""
        choices = dict(record._fields[name]._description_selection(self.env))
        return choices.get(record[name], record[name] or "")

    def show(self, moment):
        return format_datetime(self.env, moment) if moment else ""

    # ------------------------------------------------------------------
    # Does he come in now
    # ------------------------------------------------------------------

    def tell_state(self):
        journey = self.journey
        if journey.state != "running":
            words = self.env._(
                "The journey is not running (%s): nobody comes in now.",
                self.label(journey, "state"),
            )
            self.say("start", words, BAD, journey.pause_reason)

    def tell_start(self, node):
        trigger = self.label(node, "trigger")
        name = f"{node.name} ({trigger})" if node.name else trigger
        tell = getattr(self, f"tell_{self.get_source(node)}")
        text, tone = tell(node)
        self.say("start", f"{name}: {text}", tone)
        if node.trigger != "manual":
            self.tell_filter("start", node.domain)

    def get_source(self, node):
        if node.trigger in ("segment_enter", "segment_leave"):
            return "segment"
        if node.trigger in MESSAGE_KINDS:
            return "message"
        if node.trigger in ("date", "yearly"):
            return "date"
        return node.trigger if node.trigger in ("lifecycle", "match", "manual") else "event"

    def get_partner(self):
        if self.record._name == "res.partner":
            return self.record
        return self.record._mail_get_partners()[self.record.id][:1]

    def tell_segment(self, node):
        segment, partner = node.segment_id, self.get_partner()
        if not segment:
            return self.env._("no segment is chosen."), BAD
        # sudo: whether he is in it; the segment itself is named to whoever may read it
        member = (
            self.env["crm.segment.member"]
            .sudo()
            .search(
                [("segment_id", "=", segment.id), ("partner_id", "=", partner.id)],
                order="entered_at desc",
                limit=1,
            )
        )
        name = segment.display_name if segment.has_access("read") else self.env._("a segment")
        if node.trigger == "segment_leave":
            if member.left_at:
                return self.env._(
                    "left “%(name)s” on %(on)s.", name=name, on=self.show(member.left_at)
                ), GOOD
            return self.env._("has not left “%s”.", name), BAD
        if not member or member.left_at:
            return self.env._("is not in “%s”.", name), BAD
        since = self.journey.launched_at
        if not node.includes_members and since and member.entered_at < since:
            words = self.env._(
                "has been in “%(name)s” since %(on)s, before the launch; only those who enter "
                "after it come in.",
                name=name,
                on=self.show(member.entered_at),
            )
            return words, BAD
        words = self.env._(
            "is in “%(name)s” since %(on)s.", name=name, on=self.show(member.entered_at)
        )
        return words, GOOD

    def tell_lifecycle(self, node):
        # sudo: where he stands in the lifecycle is told by his card, too
        stage = self.get_partner().sudo().lifecycle_stage_id
        wanted = node.stage_id.display_name
        if stage == node.stage_id:
            return self.env._(
                "is in the stage “%s” now; he comes in when he moves to it.", wanted
            ), GOOD
        words = self.env._(
            "moves to the stage “%(wanted)s” are waited for; he is in “%(stage)s”.",
            wanted=wanted,
            stage=stage.display_name or self.env._("none"),
        )
        return words, BAD

    def tell_match(self, node):
        if not parse_conditions(node.domain or "[]"):
            return self.env._("every record matches."), GOOD
        if self.journey._hides_conditions(parse_conditions(node.domain)):
            return self.env._("There is a condition on what you may not see."), PLAIN
        if self.matches(node.domain):
            return self.env._("matches the filter."), GOOD
        return self.env._("does not match the filter."), BAD

    def tell_message(self, node):
        partner, mailing = self.get_partner(), node.about_mailing_id
        found = self.env["crm.engagement"].search(
            [
                ("partner_id", "=", partner.id),
                ("mailing_id", "=", mailing.id),
                ("kind", "in", MESSAGE_KINDS[node.trigger]),
                ("actor", "!=", "bot"),
                *([("actor", "=", "human")] if node.is_sure and node.trigger in UNSURE else []),
            ],
            order="ts desc",
            limit=1,
        )
        about = mailing.display_name
        if found:
            on = self.show(found.ts)
            return self.env._("happened with “%(mailing)s” on %(on)s.", mailing=about, on=on), GOOD
        return self.env._("has not happened with “%s”.", about), BAD

    def tell_date(self, node):
        field = node.sudo().date_field_id  # sudo: its name only
        if not field or field.name not in self.record._fields:
            return self.env._("there is no such date."), BAD
        if is_hidden(self.env, self.record._name, field.name):
            return self.env._("the date is none that you may see."), PLAIN
        value = self.record[field.name]
        label = self.record._fields[field.name].get_description(self.env, ["string"])["string"]
        if not value:
            return self.env._("“%s” is not set.", label), BAD
        return self.env._("“%(field)s” is %(value)s.", field=label, value=value), GOOD

    def tell_manual(self, _node):
        return self.env._("nobody comes in by himself."), PLAIN

    def tell_event(self, _node):
        return self.env._("he comes in when it happens."), PLAIN

    # ------------------------------------------------------------------
    # Filters
    # ------------------------------------------------------------------

    def matches(self, conditions):
        """Ask with the rights of the responsible, as the engine does. What nobody launched that
        might is asked with those of the reader: else anybody could ask in the name of anybody.
        """
        if isinstance(conditions, str):
            conditions = parse_conditions(conditions or "[]")
        found = self.journey._get_asked_model()
        if not self.journey._asks_as_responsible(self.get_version()):
            found = found.with_user(self.env.user)
        return bool(found.search_count(Domain(conditions) & Domain("id", "=", self.record.id)))

    def tell_filter(self, section, domain, is_wanted=True):
        """Say of each condition whether it holds.

        :param is_wanted: False: whoever matches is the one who does not come in
        """
        conditions = parse_conditions(domain or "[]")
        if not conditions:
            return
        tree = filter_account.make_tree(conditions)
        for finding in filter_account.explain(tree, lambda leaf: self.matches([leaf])):
            self.tell_finding(section, finding, is_wanted)

    def tell_finding(self, section, finding, is_wanted):
        model = self.record._name
        if any(asks_hidden(self.env, model, leaf) for leaf in finding.leaves):
            self.say(section, self.env._("There is a condition on what you may not see."))
            return
        words = [describe_condition(self.env, model, leaf) for leaf in finding.leaves]
        text = words[0]
        for word in words[1:]:
            text = self.env._("%(first)s or %(second)s", first=text, second=word)
        if finding.is_negative:
            text = self.env._("not (%(condition)s)", condition=text)
        if finding.holds:
            self.say(section, self.env._("Holds: %s", text), GOOD if is_wanted else PLAIN)
        else:
            self.say(section, self.env._("Does not hold: %s", text), BAD if is_wanted else PLAIN)

    # ------------------------------------------------------------------
    # Rules
    # ------------------------------------------------------------------

    def tell_owner(self):
        problem = self.journey._find_owner_problem()
        if problem:
            self.say("rule", problem, BAD)
        elif not self.matches([]):
            owner = self.journey.user_id.name
            words = self.env._(
                "%s, who is responsible, may not read this record: it does not come in.", owner
            )
            self.say("rule", words, BAD)

    def ask(self, condition):
        """:return: whether a condition over the alias ``person`` holds for him"""
        people = make_people(
            self.env[self.record._name],
            SQL("SELECT %s::int", self.record.id),
            self.journey._is_apart(),
        )
        self.env.flush_all()
        return bool(
            self.env.execute_query(SQL("SELECT 1 FROM (%s) AS person WHERE %s", people, condition))
        )

    def tell_reentry(self):
        journey = self.journey
        model, now = journey.model_name, fields.Datetime.now()
        running, *past = enrolment.make_reentry(journey, model, now)
        if not self.ask(running):
            self.say("rule", self.env._("Is in the journey now: nobody is in it twice."), BAD)
            return
        rule = self.label(journey, "reentry")
        for condition in past:
            if not self.ask(condition):
                words = self.env._("Has been through, and may not enter again: %s.", rule)
                if journey.reentry == "period":
                    unit = journey.reentry_unit or "days"
                    words = f"{words} ({describe_span(self.env, journey.reentry_amount, unit)})"
                self.say("rule", words, BAD)
                return
        self.say("rule", self.env._("The rule for entering again does not keep him out."), GOOD)

    def tell_exit_rule(self):
        journey = self.journey
        if not journey._has_conditions(journey.exit_domain):
            return
        if journey._hides_conditions(parse_conditions(journey.exit_domain)):
            self.tell_filter("rule", journey.exit_domain, is_wanted=False)
        elif self.matches(journey.exit_domain):
            self.say("rule", self.env._("Matches the rule by which people are taken out."), BAD)
            self.tell_filter("rule", journey.exit_domain, is_wanted=False)
        else:
            self.say(
                "rule", self.env._("Does not match the rule by which people are taken out."), GOOD
            )

    def tell_rivals(self):
        journey = self.journey
        # sudo: who keeps him out counts, also where the reader may not look
        for rival in journey.sudo()._find_rivals():
            if not self.ask(enrolment.make_rival(rival.ids, journey.model_name)):
                continue
            seen = rival.sudo(False).with_user(self.env.user)
            name = seen.display_name if seen.has_access("read") else self.env._("another journey")
            if rival.sequence <= journey.sequence:
                self.say("rule", self.env._("Is in “%s”, which goes first.", name), BAD)
            else:
                words = self.env._("Is in “%s”, and would leave it for this journey.", name)
                self.say("rule", words)

    # ------------------------------------------------------------------
    # Consent
    # ------------------------------------------------------------------

    def tell_consent(self):
        kinds = set(self.get_version().node_ids.mapped("kind"))
        if "mail" in kinds:
            self.tell_channel("email", self.env._("E-mail"), self.get_email())
        if "sms" in kinds:
            found = self.record._sms_get_recipients_info()[self.record.id]
            number = found["sanitized"] or found["number"]
            self.tell_channel("sms", self.env._("Text message"), number)

    def get_email(self):
        name = self.record._mail_get_primary_email_field()
        return (name and self.record[name]) or self.get_partner().email

    def tell_channel(self, channel, label, address):
        reason = "missing"
        if address:
            # sudo: whether he may be written to; what he said stays unread
            found = (
                self.env["crm.consent"]
                .sudo()
                ._get_refusals([address], channel, purpose=self.journey.purpose_id)
            )
            reason = found.get(address)
        if reason:
            words = refusals.describe(self.env).get(reason, reason)
            self.say(
                "consent",
                self.env._("%(channel)s: not now. %(why)s", channel=label, why=words),
                BAD,
            )
        else:
            self.say("consent", self.env._("%s: may be sent.", label), GOOD)

    # ------------------------------------------------------------------
    # What became of him
    # ------------------------------------------------------------------

    def tell_passages(self):
        if not self.participants:
            self.say("passage", self.env._("Has never been in this journey."))
        for participant in self.participants:
            self.tell_passage(participant)
            steps = participant.step_ids.sorted("id", reverse=True)
            for step in steps:
                self.tell_step(step)

    def tell_passage(self, participant):
        text = self.env._(
            "Came in on %(on)s, into version %(number)s.",
            on=self.show(participant.entered_at),
            number=participant.version_id.number,
        )
        if participant.state == "running":
            self.say("passage", text, GOOD, self.describe_place(participant))
            return
        reason = self.label(participant, "exit_reason")
        end = self.env._(
            "Ended on %(on)s: %(reason)s.", on=self.show(participant.exited_at), reason=reason
        )
        self.say("passage", f"{text} {end}", PLAIN if participant.state == "done" else BAD)

    def describe_place(self, participant):
        open_ = participant.step_ids.filtered(
            lambda step: step.state in ("waiting", "due", "claimed", "failed")
        )[:1]
        if not open_:
            return ""
        name = open_.node_id.display_name
        if open_.state == "failed":
            return self.env._("Stands at “%s”, which failed.", name)
        if open_.state != "waiting":
            return self.env._("Stands at “%s”, which is next.", name)
        question = open_.node_id._describe_question()
        if open_.due_at:
            until = self.show(open_.due_at)
            if question:
                return self.env._(
                    "Waits at “%(name)s” until %(until)s at the latest, for: %(question)s",
                    name=name,
                    until=until,
                    question=question,
                )
            return self.env._("Waits at “%(name)s” until %(until)s.", name=name, until=until)
        return self.env._("Waits at “%(name)s” for: %(question)s", name=name, question=question)

    def tell_step(self, step):
        state = self.label(step, "state")
        text = self.env._(
            "%(on)s: %(name)s – %(state)s",
            on=self.show(step.entered_at),
            name=step.node_id.display_name,
            state=state,
        )
        if step.port not in (False, NEXT) and step.state in ("done", "skipped", "expired"):
            text = f"{text} ({step.node_id._describe_port(step.port)})"
        tone = BAD if step.state in ("failed", "skipped", "expired") else PLAIN
        self.say("step", text, tone, self.describe_reason(step))

    def describe_reason(self, step):
        """:return: why, and what became of the message"""
        own = step.detail or self.name_reason(step.reason)
        delivery = step.outbox_id
        if not delivery or not delivery.has_access("read"):
            return own
        words = self.describe_delivery(delivery)
        # why there is no message is said once
        return words if not own or own in words else f"{own}. {words}"

    def name_reason(self, code):
        """:return: the words of a code of a step, an exit or a delivery"""
        if not code:
            return ""
        own = {
            "company_zone": self.env._("The clock of the company counted: the contact has none."),
            "expired": self.env._("It was too late for it."),
            "goal": self.env._("He had reached the goal."),
        }
        labels = {}
        for model, name in (("crm.outbox", "reason"), ("crm.journey.participant", "exit_reason")):
            labels |= dict(self.env[model]._fields[name]._description_selection(self.env))
        return own.get(code) or labels.get(code) or ""

    def describe_delivery(self, delivery):
        state = self.label(delivery, "state")
        if delivery.state == "sent":
            text = self.env._("Message: sent on %s.", self.show(delivery.sent_at))
            trace = delivery.sudo().trace_id  # sudo: whether it was read, no more
            if trace.links_click_datetime:
                text += " " + self.env._("Clicked on %s.", self.show(trace.links_click_datetime))
            elif trace.open_datetime:
                text += " " + self.env._("Opened on %s.", self.show(trace.open_datetime))
            return text
        reason = self.label(delivery, "reason")
        if reason:
            return self.env._("Message: %(state)s. %(why)s.", state=state, why=reason)
        return self.env._("Message: %s.", state)
