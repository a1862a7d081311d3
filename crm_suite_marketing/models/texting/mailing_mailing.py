import re
from typing import NamedTuple

import psycopg2

from odoo import models
from odoo.tools import plaintext2html
from odoo.tools.mail import TEXT_URL_REGEX
from odoo.tools.urls import urljoin

from ...lib.delivery_token import make_mark
from ..sending.handover import MOST_WORDS, SENT, Fate

# Nothing goes until a person has mended these
ACCOUNT_PROBLEMS = ("sms_credit", "sms_acc", "sms_registration_needed")
NO_NUMBER = ("sms_number_missing", "sms_number_format")
NO_ANSWER = "sms_server"
NOT_SENT = "canceled"
SETTLED = ("sent", "failed")
# After so many in a row the provider is not asked any more
MOST_SILENT = 3


class Text(NamedTuple):
    """A message as the provider gets it: nothing has to be read while it is called."""

    sms_id: int
    uuid: str
    number: str
    body: str


class Answered:
    """A provider that has answered already."""

    def __init__(self, api, answers):
        self.api, self.answers = api, answers

    def __getattr__(self, name):
        return getattr(self.api, name)

    def _send_sms_batch(self, messages, delivery_reports_url=False):
        return self.answers


class MailingMailing(models.Model):
    """Text messages by the outbox. They go through `sms.sms` and its provider, as Odoo's own do."""

    # each room extends a core model by itself
    _inherit = "mailing.mailing"  # pylint: disable=consider-merging-classes-inherited

    def action_send_sms(self, res_ids=None):
        suite = self.filtered(lambda mailing: mailing._uses_suite())
        for mailing in suite:
            mailing._launch(res_ids)
        return (
            super(MailingMailing, self - suite).action_send_sms(res_ids) if self - suite else True
        )

    # ------------------------------------------------------------------
    # What goes
    # ------------------------------------------------------------------

    def _make_message_template(self):
        if self.mailing_type != "sms":
            return super()._make_message_template()
        text = self.body_plaintext or ""
        base_url = self.get_base_url()
        urls = {
            url
            for url in re.findall(TEXT_URL_REGEX, text)
            if not url.startswith((f"{base_url}/r/", f"{base_url}/sms/"))
            # another address for each recipient cannot be counted as one
            and not any(mark in url for mark in ("[[", "{{"))
        }
        # the longest first: one may begin as another does
        urls = sorted(urls, key=lambda url: (-len(url), url))
        trackers = self._find_link_trackers([{"url": url, "label": ""} for url in urls])
        short = {url: tracker.short_url for url, tracker in zip(urls, trackers, strict=True)}
        if not short:
            return text
        return re.sub("|".join(map(re.escape, urls)), lambda match: short[match[0]], text)

    def _render_batch(self, rows, template):
        if self.mailing_type != "sms":
            return super()._render_batch(rows, template)
        ids = [row["res_id"] for row in rows]
        merging = self.with_context(merge_kind="text")
        texts = merging._render_template(template, self.mailing_model_real, ids)
        return {row["id"]: {"text": str(texts[row["res_id"]])} for row in rows}

    def _add_way_out(self, text, code):
        """:return: the text, with its link to leave where the mailing has one"""
        if not self.sms_allow_unsubscribe:
            return text
        composer = self.env["sms.composer"]
        url = composer._get_unsubscribe_url(self.id, code)
        return f"{text}\n{composer._get_unsubscribe_info(url)}"

    def _log_messages(self, rows, messages):
        return None if self.mailing_type == "sms" else super()._log_messages(rows, messages)

    def _find_routes(self, messages):
        if self.mailing_type != "sms":
            return super()._find_routes(messages)
        return {("sms", self.id): list(messages)} if messages else {}

    # ------------------------------------------------------------------
    # How it goes
    # ------------------------------------------------------------------

    def _make_text_messages(self, part):
        """Make the messages of core, in a state in which its own queue leaves them alone.

        :param part: list of (row, message)
        :return: ``{row id: Text}``
        """
        self.ensure_one()
        # sudo: the system sends
        env = self.sudo().with_company(self._get_sending_company()).env
        sms = env["sms.sms"].create(
            [
                {
                    "mailing_id": self.id,
                    "partner_id": row["partner_id"],
                    "number": row["address"],
                    "state": NOT_SENT,
                    # nobody needs it afterwards, whatever comes in between
                    "to_delete": True,
                }
                for row, _message in part
            ]
        )
        env["sms.tracker"].create(
            [
                {"sms_uuid": one.uuid, "mailing_trace_id": row["trace_id"]}
                for (row, _message), one in zip(part, sms, strict=True)
                if row["trace_id"]
            ]
        )
        made = {}
        langs = {row["lang"] for row, _message in part}
        speaking = {lang: self._with_sending_context(lang) for lang in langs}
        for (row, message), one in zip(part, sms, strict=True):
            trace = env["mailing.trace"].browse(row["trace_id"] or [])
            code = trace.sms_code or trace._get_random_code()
            trace.write({"sms_id_int": one.id, "sms_code": code})
            body = self._sign_links(message["text"], row["id"])
            one.body = body = speaking[row["lang"]]._add_way_out(body, code)
            made[row["id"]] = Text(one.id, one.uuid, one.number, body)
        return made

    def _sign_links(self, text, outbox_id):
        """Let shortened links name the message, so that clicks are known, and nobody can make them
        up for another.
        """
        key = self.env["crm.consent"]._get_key()
        link = re.escape(f"{self.get_base_url()}/r/") + r"(\w+)(?![\w/?@:%+&~#=-]|\.\w)"
        return re.sub(
            link,
            lambda match: f"{match[0]}/t/{outbox_id}/{make_mark(key, match[1], outbox_id)}",
            text,
        )

    def _call_text_provider(self, texts):
        """Hand them to the provider. Nothing is written: what the provider tells meanwhile of some
        of them must not be in the way.

        :param texts: ``{row id: Text}``
        :return: ``{row id: Fate}``, what was answered: list of (API, answers), and what a person
            has to mend before the rest goes, or nothing
        """
        company = self._get_sending_company()
        # sudo: the system sends
        SmsSms = self.env["sms.sms"].sudo().with_company(company)
        sms = SmsSms.browse([text.sms_id for text in texts.values()])
        by_id = {text.sms_id: text for text in texts.values()}
        url = urljoin(self.get_base_url(), "/sms/status")
        fates, given, problem = {}, [], None
        for api, some in sms._split_by_api():
            if problem:
                fates |= dict.fromkeys(some.ids, Fate("planned", "connection", problem))
                continue
            messages = [
                {"content": text.body, "numbers": [{"number": text.number, "uuid": text.uuid}]}
                for text in map(by_id.get, some.ids)
            ]
            try:
                answers = api._send_sms_batch(messages, delivery_reports_url=url) or []
            except (psycopg2.Error, MemoryError):
                raise
            except Exception as error:  # noqa: BLE001 - whatever a provider brings
                words = (str(error) or repr(error))[:MOST_WORDS]
                fates |= dict.fromkeys(some.ids, Fate("uncertain", "silent", words))
                problem = self.env._("The provider of text messages does not answer: %s", words)
                continue
            by_uuid = {answer["uuid"]: answer for answer in answers}
            judged = {
                number: self._judge_text(api, by_uuid.get(by_id[number].uuid))
                for number in some.ids
            }
            fates |= judged
            # what nobody knows, and what waits, has not failed
            settled = {by_id[number].uuid for number in judged if judged[number].kind in SETTLED}
            given.append((api, [answer for answer in answers if answer["uuid"] in settled]))
            problem = self._find_text_problem(list(judged.values()))
        return {row_id: fates[text.sms_id] for row_id, text in texts.items()}, given, problem

    def _judge_text(self, api, answer):
        """:return: the fate of a message of which the provider said this, or nothing"""
        if not answer:
            return Fate("uncertain", "silent")
        state = answer["state"]
        if state in self.env["sms.sms"].IAP_TO_SMS_STATE_SUCCESS:
            return SENT
        failure = api.PROVIDER_TO_SMS_FAILURE_TYPE.get(state) or f"sms_{state}"
        labels = self.env["mailing.trace"]._get_failure_labels()
        words = labels.get(failure) or answer.get("failure_reason") or state
        if failure == NO_ANSWER:
            # a time-out, too: the message may have been taken
            return Fate("uncertain", "silent", words)
        if failure in ACCOUNT_PROBLEMS:
            return Fate("planned", "connection", words)
        return Fate("failed", "invalid" if failure in NO_NUMBER else "declined", words)

    def _find_text_problem(self, fates):
        """:return: what a person has to mend before more goes, or nothing"""
        waiting = next((fate.detail for fate in fates if fate.kind == "planned"), None)
        if waiting:
            return waiting
        last = fates[-MOST_SILENT:]
        if all(fate.kind == "uncertain" for fate in last):
            words = last[-1].detail or ""
            return self.env._("The provider of text messages does not answer: %s", words)
        return None

    def _keep_text_answers(self, given):
        """Let core write what the provider has answered, as if it had asked itself. It may have
        told already that a message did not arrive: then this is the last word.

        :param given: list of (API, answers)
        """
        # sudo: the system sends
        SmsSms, Tracker = self.env["sms.sms"].sudo(), self.env["sms.tracker"].sudo()
        for api, answers in given:
            trackers = Tracker.search([("sms_uuid", "in", [answer["uuid"] for answer in answers])])
            told = trackers.filtered(
                lambda one: one.mailing_trace_id.trace_status in ("error", "bounce")
            )
            for trace in told.mailing_trace_id:
                self.env["crm.outbox"]._note_undelivered(trace, trace._describe_failure())
            left = {answer["uuid"] for answer in answers} - set(told.mapped("sms_uuid"))
            sms = SmsSms.search([("uuid", "in", list(left))])
            if sms:
                answers = [answer for answer in answers if answer["uuid"] in left]
                sms = sms.with_context(sms_api=Answered(api, answers))
                sms._send(unlink_failed=True, raise_exception=True)

    def _log_text_messages(self, part, fates):
        """Write what went on the records, where the mailing says so."""
        Model = self.env[self.mailing_model_real]
        if not self.keep_archives or not hasattr(Model, "_message_log_batch"):
            return
        bodies = {
            row["res_id"]: plaintext2html(message["text"])
            for row, message in part
            if fates[row["id"]].kind == "sent"
        }
        if bodies:
            # sudo: the chatter of the recipients, whose mailing this is
            records = Model.sudo().browse(bodies)
            records._message_log_batch(bodies=bodies, message_type="sms")
