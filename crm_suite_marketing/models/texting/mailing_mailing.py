import re

from odoo import models
from odoo.tools import plaintext2html
from odoo.tools.mail import TEXT_URL_REGEX

from ..sending.handover import MOST_WORDS, SENT, Fate

# Nothing goes until a person has mended these
ACCOUNT_PROBLEMS = ("sms_credit", "sms_acc", "sms_registration_needed")
NO_NUMBER = ("sms_number_missing", "sms_number_format")
NOT_SENT = "canceled"


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
        :return: ``{row id: sms.sms}``
        """
        self.ensure_one()
        # sudo: the system sends
        env = self.sudo().env
        sms = env["sms.sms"].create(
            [
                {
                    "mailing_id": self.id,
                    "partner_id": row["partner_id"],
                    "number": row["address"],
                    "body": message["text"],
                    "state": NOT_SENT,
                }
                for row, message in part
            ]
        )
        made = {row["id"]: one for (row, _message), one in zip(part, sms, strict=True)}
        env["sms.tracker"].create(
            [
                {"sms_uuid": made[row["id"]].uuid, "mailing_trace_id": row["trace_id"]}
                for row, _message in part
                if row["trace_id"]
            ]
        )
        bodies, composer = sms._update_body_short_links(), env["sms.composer"]
        for row, _message in part:
            one, trace = made[row["id"]], env["mailing.trace"].browse(row["trace_id"] or [])
            code = trace.sms_code or trace._get_random_code()
            trace.write({"sms_id_int": one.id, "sms_code": code})
            body = bodies[one.id]
            if self.sms_allow_unsubscribe:
                url = composer._get_unsubscribe_url(self.id, code)
                body = f"{body}\n{composer._get_unsubscribe_info(url)}"
            one.body = body
        return made

    def _send_text_messages(self, texts):
        """Hand them to the provider.

        :param texts: ``{row id: sms.sms}``
        :return: ``{row id: Fate}``, and what a person has to mend before the rest goes, or nothing
        """
        company = self._get_sending_company()
        sms = (
            self.env["sms.sms"]
            .sudo()
            .with_company(company)
            .browse([one.id for one in texts.values()])
        )
        fates, problem = {}, None
        for api, some in sms._split_by_api():
            if problem:
                fates |= dict.fromkeys(some.ids, Fate("planned", "connection", problem))
                continue
            try:
                some.with_context(sms_api=api)._send(unlink_failed=True, raise_exception=True)
            except MemoryError:
                raise
            except Exception as error:  # noqa: BLE001 - whatever a provider brings
                words = (str(error) or repr(error))[:MOST_WORDS]
                fates |= dict.fromkeys(some.ids, Fate("uncertain", "silent", words))
                problem = self.env._("The provider of text messages does not answer: %s", words)
                continue
            some.invalidate_recordset()
            fates |= {one.id: self._judge_text(one) for one in some}
            problem = next(
                (fates[one.id].detail for one in some if fates[one.id].kind == "planned"), None
            )
        fates = {row_id: fates[one.id] for row_id, one in texts.items()}
        self._reset_traces([texts[row_id] for row_id in texts if fates[row_id].kind == "planned"])
        return fates, problem

    def _judge_text(self, sms):
        if sms.state == NOT_SENT:
            return Fate("uncertain", "silent")
        if sms.state != "error":
            return SENT
        labels = dict(sms._fields["failure_type"]._description_selection(self.env))
        words = labels.get(sms.failure_type) or sms.failure_type
        if sms.failure_type in ACCOUNT_PROBLEMS:
            return Fate("planned", "connection", words)
        return Fate("failed", "invalid" if sms.failure_type in NO_NUMBER else "declined", words)

    def _reset_traces(self, waiting):
        """What waits for an account has not failed."""
        numbers = [one.id for one in waiting]
        # sudo: nobody has rights to write the statistics
        traces = self.env["mailing.trace"].sudo().search([("sms_id_int", "in", numbers)])
        traces.write({"trace_status": "outgoing", "failure_type": False, "failure_reason": False})

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
