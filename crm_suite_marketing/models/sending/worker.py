"""One run of one worker: it takes rows that are due, and hands their messages to mail servers."""

import logging
import smtplib
import time
from collections import defaultdict
from datetime import timedelta

import psycopg2

from odoo import fields, modules
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...lib.mail_report import hide_addresses
from ..outbox.reasons import FAILURES
from . import claims, tally
from .handover import MOST_WORDS, RELEASED, SENT, Fate, Watch, build_mail, clean
from .patience import decide, is_late
from .rations import Rations, get_domain
from .refusals import note_refused
from .session import Session
from .turns import take_turns

_logger = logging.getLogger(__name__)

# first keys of advisory locks: the workers, and the links of a mailing that are made once
WORKER_SPACE, LINK_SPACE = 0x43524D32, 0x43524D33
BATCH = 200
LEAST_BATCH = 10
# messages a second that a worker is thought to send until it is known
FIRST_SPEED = 10
LEASE = timedelta(minutes=15)


class Worker(Session):
    """The state of a run. Its environment renders, and never writes the rows."""

    channel = "mail"
    take_turns = staticmethod(take_turns)

    def __init__(self, env, cr, name):
        super().__init__(env, cr)
        self.name = name
        self.templates, self.sessions, self.servers = {}, {}, {}
        self.rations = Rations(self)
        self.result = None
        self.taken = {}
        # {mailing id: `tally.Count`} of this batch, and the mailings to look at after it
        self.tally = defaultdict(tally.Count)
        self.watched = set()
        # mailings with messages that have been put off for long
        self.late = set()
        self.has_refused = False
        # messages that may be kept in the chatter, and the rows of those that went
        self.written, self.gone = {}, []

    # ------------------------------------------------------------------
    # Its lock
    # ------------------------------------------------------------------

    def try_lock(self, name):
        return self.query(SQL("SELECT pg_try_advisory_lock(%s, hashtext(%s))", WORKER_SPACE, name))[
            0
        ][0]

    def unlock(self, name):
        self.query(SQL("SELECT pg_advisory_unlock(%s, hashtext(%s))", WORKER_SPACE, name))

    # ------------------------------------------------------------------
    # The dead
    # ------------------------------------------------------------------

    def recover(self):
        """Free what dead workers took. A worker that lives holds its lock, which ends with its
        process: so this is known at once. Ours is held by us: what it left is of an earlier run.
        """
        self.cr.execute(claims.make_expire_query(fields.Datetime.now()))
        self.commit()
        names = self.query(SQL("SELECT DISTINCT worker FROM crm_outbox WHERE worker IS NOT NULL"))
        for [name] in names:
            if name != self.name and not self.try_lock(name):
                continue
            try:
                self.free(name)
            finally:
                if name != self.name:
                    self.unlock(name)

    def free(self, name):
        detail = self.env._(
            "The server broke down while it handed the message over. Nobody knows whether it went."
        )
        try:
            freed = self.query(claims.make_recover_query(name, detail))
            self.rations.recover(name, [domain for state, domain in freed if state == "planned"])
            note_refused(self, name)
            self.note_traces(name)
        except psycopg2.Error:
            # the lock outlives the transaction, and its worker could never run again
            if not modules.module.current_test:
                self.cr.rollback()
            raise
        self.commit()

    # ------------------------------------------------------------------
    # A batch
    # ------------------------------------------------------------------

    def run_batch(self, most, deadline):
        """Send what is due, at most so many messages, until the time (`time.monotonic`) is over.

        :return: the number of rows that were taken; 0 when nothing is due
        """
        rows = self.claim(most)
        if not rows:
            return 0
        self.renew()
        self.rations.begin()
        try:
            routes, outcomes = self.prepare(rows)
            self.renew()
            self.note(outcomes)
            for route, messages in self.take_turns(routes):
                self.hand_over_to(route, messages, deadline)
        except psycopg2.Error:
            # nothing can be noted any more: the next run finds what this one leaves
            raise
        except BaseException:
            self.finish()
            raise
        self.finish()
        return len(rows)

    def claim(self, most):
        now = fields.Datetime.now()
        mailing_ids = [
            mailing_id for [mailing_id] in self.query(claims.make_live_query(now, self.channel))
        ]
        if not mailing_ids:
            return []
        self.cr.execute(
            claims.make_claim_query(self.name, mailing_ids, now, now + LEASE, most, self.channel)
        )
        rows = [dict(zip(claims.COLUMNS, row, strict=True)) for row in self.cr.fetchall()]
        self.commit()
        rows.sort(key=lambda row: row["id"])
        self.taken = {row["id"]: row for row in rows}
        return rows

    def finish(self):
        """Note what became of the last message, and let go of what was not come to."""
        self.note([(row, "claimed", RELEASED, None) for row in self.taken.values()])
        self.rations.give_back()
        if self.has_refused:
            self.has_refused = False
            note_refused(self, self.name)
        self.note_traces(self.name)
        if self.tally:
            self.cr.execute(tally.make_add_query(self.tally, fields.Datetime.now()))
            self.watched |= self.tally.keys()
            self.tally.clear()
        self.commit()
        self.env.invalidate_all()
        self.log_messages()

    def log_messages(self):
        """Keep what has gone in the chatter, and nothing else."""
        gone, written = self.gone, self.written
        self.gone, self.written = [], {}
        groups = defaultdict(list)
        for row in gone:
            if row["id"] in written:
                groups[row["mailing_id"], row["lang"] or ""].append(row)
        for (mailing_id, lang), rows in groups.items():
            mailing = self.env["mailing.mailing"].browse(mailing_id)._with_sending_context(lang)
            try:
                with self.env.cr.savepoint():
                    mailing._log_messages(rows, written)
            except psycopg2.OperationalError:
                raise
            except Exception:
                # they have gone, whatever is wrong with the records
                _logger.warning("Messages of mailing %s are not kept", mailing_id, exc_info=True)
        if groups:
            self.renew()

    def note_traces(self, name):
        self.cr.execute(claims.make_trace_query(name, FAILURES, fields.Datetime.now()))

    # ------------------------------------------------------------------
    # Preparing
    # ------------------------------------------------------------------

    def prepare(self, rows):
        """Ask whether each message may go, and write those that may.

        :return: ``{route: [(row, message)]}``, and what becomes of the others for `note`
        """
        routes, outcomes = defaultdict(list), []
        by_mailing = defaultdict(list)
        for row in rows:
            by_mailing[row["mailing_id"]].append(row)
        for mailing_id, part in by_mailing.items():
            try:
                # what is written for one is not lost by what happens to the next
                self.renew()
                some, others = self.prepare_of(self.env["mailing.mailing"].browse(mailing_id), part)
            except (psycopg2.Error, MemoryError):
                raise
            except Exception as error:  # noqa: BLE001 - others do not wait for this mailing
                self.stop_for(part, error)
                continue
            outcomes += others
            for route, messages in some.items():
                routes[route] += messages
        return routes, outcomes

    def prepare_of(self, mailing, part):
        routes = defaultdict(list)
        fates = mailing._ask_before_sending(part)
        if self.channel == "mail":
            left = [row for row in part if row["id"] not in fates]
            fates |= self.rations.ask(left, self.guess_server(mailing))
        outcomes = [(row, "claimed", fates[row["id"]], None) for row in part if row["id"] in fates]
        by_lang = defaultdict(list)
        for row in part:
            if row["id"] not in fates:
                by_lang[row["lang"] or ""].append(row)
        for lang, some in by_lang.items():
            written, failed = self.compose(mailing._with_sending_context(lang), some)
            outcomes += failed
            by_id = {row["id"]: row for row in some}
            for route, numbers in mailing._find_routes(written).items():
                routes[route] += [(by_id[number], written[number]) for number in numbers]
        return routes, outcomes

    def stop_for(self, rows, error):
        """Pause the mailings of these rows: something is wrong with them that no single message is
        to blame for. The others go on.
        """
        numbers = {row["mailing_id"] for row in rows}
        _logger.warning("Mailings %s cannot be sent", sorted(numbers), exc_info=error)
        self.undo()
        for mailing in self.env["mailing.mailing"].browse(sorted(numbers)).exists():
            if not mailing.is_paused:
                mailing._pause(clean(str(error) or repr(error)))
        self.renew()
        left = [row for row in self.taken.values() if row["mailing_id"] in numbers]
        self.note([(row, "claimed", RELEASED, None) for row in left])

    def guess_server(self, mailing):
        """Once for each run: whether it is this one is looked at again."""
        if mailing.id not in self.servers:
            self.servers[mailing.id] = mailing._guess_server()
        return self.servers[mailing.id]

    def compose(self, mailing, rows):
        """Return the messages of rows of one mailing in one language, and what failed."""
        try:
            template = self.get_template(mailing)
        except (psycopg2.Error, MemoryError):
            raise
        except Exception as error:
            # what is wrong with all messages is for a person to mend
            _logger.info("Mailing %s cannot be written", mailing.id, exc_info=True)
            self.undo()
            mailing._pause(clean(str(error)))
            return {}, [(row, "claimed", RELEASED, None) for row in rows]
        try:
            with self.env.cr.savepoint():
                messages = mailing._render_batch(rows, template)
            if mailing._keeps_messages():
                self.written |= messages
            return messages, []
        except (psycopg2.OperationalError, MemoryError):
            raise
        except Exception as error:
            _logger.info("A message of mailing %s fails", mailing.id, exc_info=True)
            self.env.invalidate_all()
            if len(rows) == 1:
                words = str(error) if isinstance(error, UserError) else repr(error)
                fate = Fate("failed", "content", words[:MOST_WORDS])
                return {}, [(rows[0], "claimed", fate, None)]
        # one record that cannot be written to must not keep the others
        messages, failed = {}, []
        for row in rows:
            some, errors = self.compose(mailing, [row])
            messages |= some
            failed += errors
        return messages, failed

    def get_template(self, mailing):
        """Return what the messages share. Two workers that begin a mailing together must not make
        its links twice: who comes second sees those of the first.
        """
        key = mailing.id, mailing.env.lang, mailing.write_date
        if key not in self.templates:
            self.query(SQL("SELECT pg_advisory_lock(%s, %s)", LINK_SPACE, mailing.id))
            try:
                self.renew()
                self.templates[key] = mailing._make_message_template()
                self.renew()
            finally:
                self.query(SQL("SELECT pg_advisory_unlock(%s, %s)", LINK_SPACE, mailing.id))
        return self.templates[key]

    # ------------------------------------------------------------------
    # Sending
    # ------------------------------------------------------------------

    def hand_over_to(self, route, messages, deadline):
        try:
            self.hand_over(route, messages, deadline)
        except (psycopg2.Error, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - the other routes do not wait for this one
            self.stop_for([row for row, _message in messages if row["id"] in self.taken], error)

    def hand_over(self, route, messages, deadline):
        server_id = route[0] or 0
        fates = self.rations.ask_server(server_id, [row for row, _message in messages])
        self.note(
            [(row, "claimed", fates[row["id"]], None) for row, _m in messages if row["id"] in fates]
        )
        for row, message in messages:
            if time.monotonic() > deadline:
                return
            if row["id"] not in self.taken:  # put off in the meantime
                continue
            try:
                session, watch = self.connect(route)
            except Exception as error:  # noqa: BLE001 - whatever a server or its settings bring
                _logger.warning("Mail server %s cannot be reached: %s", route[0], error)
                self.put_off(messages, error, server_id)
                return
            try:
                server, mail = build_mail(self.env, route, message)
            except psycopg2.Error as error:
                _logger.warning("A message waits for the database: %s", error)
                self.put_off(messages, error)
                return
            except Exception as error:  # noqa: BLE001 - an address that cannot be written
                fate = Fate("failed", "invalid", (str(error) or repr(error))[:MOST_WORDS])
                self.note([(row, "claimed", fate, None)])
                continue
            intent = row, "claimed", Fate("sending"), message["message_id"]
            if self.note([intent], server_id=route[0] or None):
                self.rations.spend(row)
                fate = self.send(server, mail, session, watch)
                self.result = row, fate
                held = self.rations.hear(server_id, row, fate)
                if held:
                    self.wait_for(held, messages)
                if fate.kind in ("lost", "uncertain") or held == ("server", server_id):
                    self.disconnect(route)

    def send(self, server, mail, session, watch):
        watch.reset()
        try:
            server.send_email(mail, smtp_session=session)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - judged by what the session had done
            return watch.judge(error)
        return SENT

    def connect(self, route):
        if route not in self.sessions:
            server_id, _domain_id, sender = route
            # sudo: the system sends
            session = (
                self.env["ir.mail_server"]
                .sudo()
                ._connect__(mail_server_id=server_id or None, smtp_from=sender)
            )
            self.sessions[route] = session, Watch(session)
        return self.sessions[route]

    def disconnect(self, route):
        session, _watch = self.sessions.pop(route, (None, None))
        if session:
            session.close()

    def close(self):
        for session, _watch in self.sessions.values():
            try:
                if session:
                    session.quit()
            except (smtplib.SMTPException, OSError):
                _logger.debug("The mail server had ended the connection")
        self.sessions = {}

    def wait_for(self, held, messages):
        """Put off what was going to a domain or mail server that is held from now on."""
        kind, name = held
        fate = Fate("waits", "on_hold", at=self.rations.holds[held])
        if kind == "domain":
            rows = [row for row in self.taken.values() if get_domain(row) == name]
        else:
            rows = [row for row, _message in messages if row["id"] in self.taken]
        # the message that this is about has its own fate
        own = self.result[0]["id"]
        self.note([(row, "claimed", fate, None) for row in rows if row["id"] != own])

    def put_off(self, messages, error, server_id=None):
        """The mail server or the database is away: none of these messages has gone anywhere."""
        fate = Fate("planned", "connection", hide_addresses(str(error)))
        if isinstance(error, psycopg2.Error):
            self.undo()
        else:
            # other channels have no mail server
            if server_id is not None:
                key = self.rations.hold(("server", server_id), "connection", fate.detail)
                fate = Fate("waits", "connection", fate.detail, at=self.rations.holds[key])
            for row, _message in messages:
                self.tally[row["mailing_id"]].unreached += row["id"] in self.taken
        waiting = [
            (row, "claimed", fate, None) for row, _message in messages if row["id"] in self.taken
        ]
        self.note(waiting)

    # ------------------------------------------------------------------
    # Writing down
    # ------------------------------------------------------------------

    def note(self, outcomes, server_id=None):
        """Write what became of the last message, and these outcomes, and commit.

        :param outcomes: list of (row, state it must be in, `Fate`, Message-ID or None)
        :return: whether all rows of these outcomes were still ours
        """
        if self.result:
            row, fate = self.result
            count = self.tally[row["mailing_id"]]
            count.handed += 1
            count.errors += fate.kind != "sent"
            self.has_refused |= fate.reason == "refused"
            if fate.kind == "sent":
                self.gone.append(row)
            outcomes = [(row, "sending", fate, None), *outcomes]
        if not outcomes:
            return True
        values = []
        for row, was, fate, message_id in outcomes:
            state, reason, detail, at = decide(row, was, fate)
            if is_late(row, state, reason, at):
                self.late.add(row["mailing_id"])
            values += [row["id"], was, state, reason, detail, message_id, server_id, at]
            if state != "sending":
                self.taken.pop(row["id"], None)
        rows = ", ".join([claims.NOTE_ROW] * len(outcomes))
        self.cr.execute(
            claims.NOTE_QUERY.replace("%s", rows, 1).replace("%%", "%"), [*values, self.name]
        )
        noted = {number for [number] in self.cr.fetchall()}
        self.commit()
        self.result = None
        ours = all(row["id"] in noted for row, was, _f, _m in outcomes if was == "claimed")
        if not ours:
            for row, _was, _fate, _message_id in outcomes:
                if row["id"] not in noted:
                    self.taken.pop(row["id"], None)
        return ours
