import logging
import random
import time
import xmlrpc.client

import psycopg2

from odoo import api, models
from odoo.exceptions import AccessError

from odoo.addons.crm_suite.lib.mail_guard import RETRIED

from ...lib.fetch_watch import FetchWatch
from ...lib.mail_journey import MailJourney
from ...lib.remote_pictures import hold_pictures

_logger = logging.getLogger(__name__)

TRIES = 5


class MailThread(models.AbstractModel):
    """Whatever arrives becomes a document, a message, or a row of the quarantine."""

    _inherit = "mail.thread"

    @api.model
    def message_process(
        self,
        model,
        message,
        custom_values=None,
        save_original=False,
        strip_attachments=False,
        thread_id=None,
    ):
        options = {
            "custom_values": custom_values,
            "save_original": save_original,
            "strip_attachments": strip_attachments,
            "thread_id": thread_id,
        }
        if isinstance(self.env.context.get("crm_mail_journey"), MailJourney):
            return super().message_process(model, message, **options)
        if self.env.user.share and not self.env.su:
            # A remote call: no customer fills the quarantine past the mail servers and their limits
            raise AccessError(self.env._("Only the mail gateway hands in mails."))
        if isinstance(message, xmlrpc.client.Binary):
            message = bytes(message.data)
        if isinstance(message, str):
            message = message.encode("utf-8", "replace")
        journey = MailJourney(message, model)
        gateway = self.with_context(crm_mail_journey=journey)

        def process():
            journey.restart()
            return super(MailThread, gateway).message_process(model, message, **options)

        watch = self.env.context.get("crm_fetch_watch")
        if isinstance(watch, FetchWatch):
            return self._process_fetched(journey, process, watch)
        return self._process_given(journey, process)

    @api.model
    def _process_given(self, journey, process):
        """Handle a mail in a transaction that may hold more than this mail."""
        try:
            with self.env.cr.savepoint():
                thread_id = process()
        except (*RETRIED, psycopg2.OperationalError):
            # whoever gave the mail tries again, or hears that he has to
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the mail is kept
            self.env["crm.mail.quarantine"]._keep_failed(journey, error)
            return False
        self.env["crm.mail.quarantine"]._keep_dropped(journey, thread_id)
        return thread_id

    @api.model
    def _process_fetched(self, journey, process, watch):
        """Handle a mail in a transaction of its own, which core commits and nobody else repeats."""
        cr = self.env.cr
        try:
            thread_id, error = self._try_fetched(process)
            Quarantine = self.env["crm.mail.quarantine"]
            if error:
                Quarantine._keep_failed(journey, error)
            else:
                Quarantine._keep_dropped(journey, thread_id)
            cr.flush()
        except Exception:
            watch.lose()
            _logger.exception("A mail could not be stored: it stays on the mail server")
            raise
        # Should core not get to the point of storing it
        cr.postrollback.add(watch.lose)
        return thread_id

    @api.model
    def _try_fetched(self, process):
        """
        :return: (what processing returned, None), or (False, the error); nothing of an attempt
            that failed is left
        """
        cr = self.env.cr
        for attempt in range(1, TRIES + 1):
            try:
                thread_id = process()
                cr.flush()
            except Exception as error:  # noqa: BLE001 - whatever it is, the mail is kept
                cr.rollback()
                self.env.transaction.reset()
                self.env.registry.reset_changes()
                if not isinstance(error, RETRIED) or attempt == TRIES:
                    return False, error
                time.sleep(random.uniform(0, 0.1 * 2**attempt))
            else:
                return thread_id, None

    @api.model
    def message_parse(self, message, save_original=False):
        parsed = super().message_parse(message, save_original=save_original)
        journey = self.env.context.get("crm_mail_journey")
        if isinstance(journey, MailJourney):
            journey.parsed = parsed
        return parsed

    @api.model
    def message_route(self, message, message_dict, model=None, thread_id=None, custom_values=None):
        routes = super().message_route(
            message, message_dict, model=model, thread_id=thread_id, custom_values=custom_values
        )
        journey = self.env.context.get("crm_mail_journey")
        if isinstance(journey, MailJourney):
            journey.routes = routes
        return routes

    @api.model
    def _detect_loop_sender(self, message, message_dict, routes):
        journey = self.env.context.get("crm_mail_journey")
        if isinstance(journey, MailJourney) and journey.is_retry:
            return False
        return super()._detect_loop_sender(message, message_dict, routes)

    @api.model
    def _quarantine_mail(self, message, message_dict, reason):
        journey = self.env.context.get("crm_mail_journey")
        if isinstance(journey, MailJourney) and not journey.is_retry:
            self.env["crm.mail.quarantine"]._keep(journey, reason)
        return super()._quarantine_mail(message, message_dict, reason)

    @api.model
    def _routing_handle_bounce(self, email_message, message_dict):
        journey, Limits = self.env.context.get("crm_mail_journey"), self.env["crm.mail.limits"]
        bounced = message_dict["bounced_message"]
        if not isinstance(journey, MailJourney) or not bounced or bounced.model != "crm.ticket":
            return super()._routing_handle_bounce(email_message, message_dict)
        # Anybody can write a report on a message that he got; its files are files as others are
        routes = [("crm.ticket", bounced.res_id)]
        Limits._limit_files(journey, message_dict, routes)
        result = super()._routing_handle_bounce(email_message, message_dict)
        if journey.left_out and self.env["crm.mail.quarantine"]._find_message(journey):
            Limits._note_left_out(journey, message_dict, routes)
        return result

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        journey = self.env.context.get("crm_mail_journey")
        if not isinstance(journey, MailJourney):
            return super()._message_route_process(message, message_dict, routes)
        Limits = self.env["crm.mail.limits"]
        if any(route[0] == "crm.ticket" for route in routes or ()):
            Limits._limit_files(journey, message_dict, routes)
            message_dict["body"] = hold_pictures(message_dict.get("body"))
        thread_id = super()._message_route_process(message, message_dict, routes)
        if journey.left_out:
            Limits._note_left_out(journey, message_dict, routes)
        return thread_id
