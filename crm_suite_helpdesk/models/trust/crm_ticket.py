from odoo import api, fields, models
from odoo.tools import SQL, email_normalize
from odoo.tools.mail import email_split_tuples, formataddr

from odoo.addons.crm_suite.lib import mail_guard
from odoo.addons.crm_suite.models.mixins.crm_rule_enforcement_mixin import KEEP_INCOMPLETE

from ...lib.mail_journey import MailJourney
from .verdict import VERDICT, Verdict, get_verdict

SERVERS_PARAMETER = "crm_suite_helpdesk.trusted_mail_servers"
# Whoever names more people in copy writes a circular
MAX_COPIES = 20
MAX_ADDRESS = 320


class CrmTicket(models.Model):
    """Who may write into which ticket by mail.

    Whoever knows the id of a message can answer it, and anybody can write any name over a mail. So
    a mail is part of the conversation only if its sender has to do with the ticket; a colleague is
    believed only if one of our mail servers vouches for him. Everything else is kept as a note,
    changes nothing, and waits for somebody who says what it is (`crm.ticket.unverified`).
    """

    _name = "crm.ticket"
    _inherit = ["crm.ticket"]

    unverified_ids = fields.One2many(
        "crm.ticket.unverified",
        "ticket_id",
        "Unverified E-mails",
        domain=[("state", "=", "open")],
        readonly=True,
        copy=False,
    )

    # ------------------------------------------------------------------ routes

    @api.model
    def _settle_ticket_routes(self, message, message_dict, routes):
        """Decide what becomes of the routes of a mail that lead to tickets.

        :param message: the `email.message.EmailMessage`
        :param message_dict: what core's parser has read; the author and the verdict on him are
            added to it
        :param routes: as `message_route` returns them
        :return: routes
        """
        own = [route for route in routes or () if route[0] == self._name]
        if not own:
            return routes
        answered = next((route for route in own if route[1]), None)
        self._find_mail_author(message_dict, answered or own[0])
        # sudo: whatever the gateway may read, the author is who he is
        author = self.env["res.partner"].sudo().browse(message_dict["author_id"] or ())
        is_own = not author and self._is_own_address(message_dict.get("email_from"))
        message_dict[VERDICT] = Verdict(is_own_address=is_own)
        if answered:
            verdict, route = self._settle_answer(message, message_dict, answered, author)
            own = [route if other is answered else other for other in own]
        else:
            own = self._get_one_route_each(own, message)
            verdict = self._judge_opening(message, message_dict, author)
        if verdict.reason or verdict.is_unheard:
            # Nothing happens in the name of whom he claims to be
            own = [(*route[:3], self.env.uid, route[4]) for route in own]
        message_dict[VERDICT] = verdict._replace(is_own_address=is_own)
        return [*(route for route in routes if route[0] != self._name), *own]

    @api.model
    def _find_mail_author(self, message_dict, route):
        """Look once for the contact that wrote a mail; False says that there is none."""
        if "author_id" in message_dict:
            return
        author_id = False
        if message_dict.get("email_from") and not route[4]:
            # With an alias, core has looked already
            found = self.browse(route[1] or ())._partner_find_from_emails_single(
                [message_dict["email_from"]], no_create=True
            )
            author_id = found[:1].id
        message_dict["author_id"] = author_id

    @api.model
    def _is_own_address(self, email):
        """Whether the sender of a mail is one of our own addresses: we would answer ourselves."""
        local, _at, domain = (email_normalize(email) or "").partition("@")
        return bool(domain) and bool(
            self.env.execute_query(
                SQL(
                    """
                    SELECT 1 FROM mail_alias WHERE alias_full_name = %(email)s
                     UNION ALL
                    SELECT 1 FROM mail_alias_domain
                     WHERE name = %(domain)s
                       AND %(local)s IN (bounce_alias, catchall_alias, default_from)
                     LIMIT 1
                    """,
                    email=f"{local}@{domain}",
                    local=local,
                    domain=domain,
                )
            )
        )

    @api.model
    def _get_one_route_each(self, routes, message):
        """A mail to several teams of a company becomes one ticket, of the team named first."""
        if len(routes) == 1:
            return routes
        # sudo: the gateway may run as somebody who reads no teams
        Team = self.env["crm.ticket.team"].sudo()
        of_company = {}
        for route in routes:
            team = Team.browse((route[2] or {}).get("team_id")).exists()
            of_company.setdefault(team.company_id.id, []).append(route)
        return [
            self.env["crm.lead"]._get_first_route(group, message) for group in of_company.values()
        ]

    @api.model
    def _settle_answer(self, message, message_dict, route, author):
        """What to think of the sender of a mail that answers a ticket, and where it goes.

        :return: `Verdict`, route
        """
        # sudo: the gateway decides, whatever the sender may read
        ticket = self.sudo().browse(route[1])._get_conversation().sudo()
        verdict = ticket._judge_answer(message, message_dict, author)
        team = ticket.team_id
        if verdict.reason == "stranger" and team.unverified_mode == "ticket":
            verdict = Verdict(source_id=ticket.id)
            message_dict.pop("parent_id", None)
            route = (self._name, 0, {"team_id": team.id}, *route[3:])
        return verdict, route

    # ------------------------------------------------------------------ verdict

    @api.model
    def _judge_opening(self, message, message_dict, author):
        if mail_guard.is_forged(message):
            # Also when it says that a machine wrote it
            return Verdict("forged", partner_id=author.id)
        if self.env["mail.thread"]._get_mail_machine(message, message_dict):
            return Verdict()
        is_agent = bool(author) and not author.partner_share
        return Verdict(
            is_agent=is_agent and self._is_vouched_for(message),
            partner_id=author.id,
        )

    def _judge_answer(self, message, message_dict, author):
        """What to think of the sender of a mail that answers this ticket.

        :return: `Verdict`
        """
        self.ensure_one()
        if self._is_unheard(message_dict):
            return Verdict(is_unheard=True)
        if self.env["mail.thread"]._get_mail_machine(message, message_dict):
            return Verdict()
        was_note = bool(message_dict.get("is_internal"))
        if mail_guard.is_forged(message):
            return Verdict("forged", partner_id=author.id)
        if author and not author.partner_share and author != self.partner_id:
            if self._is_vouched_for(message):
                return Verdict(is_agent=True, partner_id=author.id)
            return Verdict("agent", partner_id=author.id, was_note=was_note)
        if self._is_known_sender(author, message_dict.get("email_from")):
            return Verdict(partner_id=author.id)
        return Verdict("stranger", partner_id=author.id)

    @api.model
    def _get_servers(self):
        """The names of the mail servers that we believe."""
        # sudo: the gateway may run as anybody
        text = self.env["ir.config_parameter"].sudo().get_param(SERVERS_PARAMETER)
        try:
            return mail_guard.read_servers(text)
        except ValueError:
            return []

    @api.model
    def _is_vouched_for(self, message):
        """Whether one of our mail servers vouches for the sender of a mail.

        Every employee may hand in mails by remote call, with whatever headers he writes: only those
        that the system fetched, or that an administrator or his mail server hands in, have any.
        """
        journey = self.env.context.get("crm_mail_journey")
        # What waited in the quarantine is delivered by the system, whoever handed it in
        handed_in_by = journey.handed_in_by if isinstance(journey, MailJourney) else None
        user = handed_in_by or self.env.user
        is_gateway = user._is_superuser() or user.has_group("base.group_system")
        return is_gateway and mail_guard.is_authenticated(message, self._get_servers())

    def _is_known_sender(self, partner, email):
        """Whether somebody outside has to do with this ticket.

        He is its customer or of his company, follows it, was put in copy by somebody who has to do
        with it, was accepted by an agent, or we have sent him a mail of it.
        """
        self.ensure_one()
        if self._is_customer(partner, email):
            return True
        email = email_normalize(email)
        if not email:
            return False
        tickets = self | self._get_joined()
        copies = tickets.filtered(lambda t: t.team_id.cc_mode != "ignore").mapped("email_cc")
        if any(email == email_normalize(e) for cc in copies for _n, e in email_split_tuples(cc)):
            return True
        return tickets._has_written_to(email) or self._is_accepted_sender(email)

    def _is_accepted_sender(self, email):
        return bool(
            self.env["crm.ticket.unverified"]
            .sudo()  # sudo: the gateway decides, whatever the sender may read
            .search_count(
                [
                    ("ticket_id", "in", self.ids),
                    ("email", "=", email),
                    ("state", "=", "accepted"),
                    ("reason", "!=", "forged"),
                ],
                limit=1,
            )
        )

    def _has_written_to(self, email):
        """Whether a mail of these tickets went to an address."""
        self.env["mail.message"].flush_model(["model", "res_id", "is_internal"])
        self.env["mail.notification"].flush_model()
        self.env["res.partner"].flush_model(["email_normalized"])
        return bool(
            self.env.execute_query(
                SQL(
                    """
                    SELECT 1
                      FROM mail_message message
                      JOIN mail_notification sent ON sent.mail_message_id = message.id
                     WHERE message.model = %(model)s
                       AND message.res_id = ANY(%(ids)s)
                       AND message.is_internal IS NOT TRUE
                       AND sent.notification_type = 'email'
                       AND (sent.mail_email_address = %(email)s OR sent.res_partner_id = ANY(ARRAY(
                           SELECT id FROM res_partner WHERE email_normalized = %(email)s)))
                     LIMIT 1
                    """,
                    model=self._name,
                    ids=self.ids,
                    email=email,
                )
            )
        )

    # ------------------------------------------------------------------ mail on the way in

    def _settle_mail(self, msg_dict):
        """Let a mail that answers this ticket be what its sender may make of it."""
        # sudo: the gateway decides, whatever the sender may read
        ticket = self._get_conversation().sudo()
        verdict = get_verdict(self.env)
        # sudo: as above
        author = self.env["res.partner"].sudo().browse(msg_dict.get("author_id") or ())
        is_colleague = bool(author) and not author.partner_share and author != ticket.partner_id
        if self.env.context.get("crm_mail_machine") or verdict.reason or verdict.is_unheard:
            # Kept with the ticket, but no part of the conversation: it neither reopens the ticket
            # nor counts as a message of the customer, and nobody is notified (core would tell the
            # author of the message that the robot answered)
            msg_dict["is_internal"] = True
            msg_dict["cc"] = ""
            msg_dict.pop("parent_id", None)
            if is_colleague or verdict.reason == "forged":
                # Nobody reads what an agent or a customer never wrote under his name
                msg_dict["author_id"] = False
            return
        if not is_colleague and msg_dict.get("is_internal"):
            # He answers something of his own that is among the notes, as his automatic reply
            msg_dict["is_internal"] = False
            msg_dict.pop("parent_id", None)
        msg_dict["cc"] = ticket._filter_copies(msg_dict)
        if verdict.is_agent and not msg_dict.get("is_internal"):
            customer = ticket._get_reply_partner()
            if customer and not ticket.partner_id:
                ticket.partner_id = customer
            ticket.message_subscribe(customer.ids)

    def _filter_copies(self, msg_dict):
        """Whom a mail names besides us, as text; those who are too many are left out.

        Our own addresses are none of them: `message_parse` has taken them out.
        """
        team = self.team_id
        if team.cc_mode == "ignore":
            return ""
        known = {email_normalize(e) for _n, e in email_split_tuples(self.email_cc or "")}
        known |= {self.email_normalized, email_normalize(msg_dict.get("email_from"))}
        room, kept = MAX_COPIES - len(known), []
        named = ", ".join(filter(None, (msg_dict.get("to_filtered"), msg_dict.get("cc_filtered"))))
        for name, email in email_split_tuples(named):
            email = email_normalize(email)
            if not email or email in known or len(kept) >= room or len(email) > MAX_ADDRESS:
                continue
            known.add(email)
            kept.append(formataddr((name[:MAX_ADDRESS], email)))
        return ", ".join(kept)

    def _follow_copies(self, copies):
        """Let contacts that a customer has put in copy follow, as the team wants it."""
        mode = self.team_id.cc_mode
        emails = [email_normalize(email) for _name, email in email_split_tuples(copies or "")]
        if not emails or mode not in ("colleagues", "contacts"):
            return
        domain = [
            ("email_normalized", "in", emails),
            ("partner_share", "=", True),
            ("company_id", "in", [False, self.company_id.id]),
        ]
        if mode == "colleagues":
            if not self.commercial_partner_id:
                return
            domain.append(("commercial_partner_id", "=", self.commercial_partner_id.id))
        # sudo: the gateway decides, whatever the sender may read
        contacts = self.env["res.partner"].sudo().search(domain, limit=MAX_COPIES)
        self.message_subscribe(contacts.ids)

    def _message_post_after_hook(self, message, msg_values):
        res = super()._message_post_after_hook(message, msg_values)
        if self._is_in_gateway() and message.message_type == "email":
            verdict = get_verdict(self.env)
            if verdict.reason:
                # sudo: nobody else makes these rows
                self.sudo()._keep_unverified(message.sudo(), verdict)
        return res

    def _keep_unverified(self, message, verdict):
        known = self.env["crm.ticket.unverified"].search_count(
            [("message_id", "=", message.id)], limit=1
        )
        if known:
            return
        email = email_normalize(message.email_from) or message.email_from or ""
        self.env["crm.ticket.unverified"].create(
            {
                "ticket_id": self.id,
                "message_id": message.id,
                "email": email[:MAX_ADDRESS],
                "partner_id": verdict.partner_id,
                "reason": verdict.reason,
                "was_note": verdict.was_note,
            }
        )
        if verdict.reason == "agent":
            self._tell_agent(verdict.partner_id)

    def _tell_agent(self, partner_id):
        """A colleague must learn that his answer did not go out: he thinks that it did."""
        self.message_notify(
            partner_ids=[partner_id],
            subject=self.env._("Your answer by e-mail was not sent: %s", self.display_name),
            body=self.env._(
                "An e-mail with your address answered %s. It is among the notes, and the customer "
                "did not get it, because no mail server that we trust says that it came from you. "
                "Open the ticket to confirm it.",
                self._get_html_link(title=self.number),
            ),
        )

    def _is_in_gateway(self):
        return self.env.context.get("crm_mail_gateway") is KEEP_INCOMPLETE

    def _is_answer(self, message):
        return super()._is_answer(message) or (
            self._is_in_gateway() and get_verdict(self.env).is_agent
        )

    def _is_from_customer(self, message):
        if self._is_in_gateway() and message.message_type == "email":
            verdict = get_verdict(self.env)
            if verdict.partner_id is not None and not verdict.is_agent:
                return not verdict.reason
        return super()._is_from_customer(message)

    def _register_customer_message(self, message=None):
        if self._is_in_gateway() and (
            self.env.context.get("crm_mail_machine") or get_verdict(self.env).reason
        ):
            return None
        return super()._register_customer_message(message)

    # ------------------------------------------------------------------ decisions

    def _is_opened_by(self, message):
        """Whether this ticket was made of a message."""
        return message.subtype_id == self._creation_subtype()

    def _accept_opening(self, message, author):
        """As superuser: the sender of the mail that opened this ticket is who he says."""
        if author and not self.partner_id:
            self.partner_id = author
            self.message_subscribe(author.ids)
        self._register_customer_message(message)
        self._customer_opened()

    def _accept_message(self, message, author, is_agent):
        """As superuser: a note becomes part of the conversation, now that its sender is known."""
        # sudo: subtypes are the same for everybody
        comment = self.env.ref("mail.mt_comment").sudo()
        if is_agent:
            customer = self._get_reply_partner()
            if customer and not self.partner_id:
                self.partner_id = customer
            self.message_subscribe(customer.ids)
        elif author:
            self.message_subscribe(author.ids)
        message.write({"subtype_id": comment.id, "is_internal": False})
        # Told by the robot, as mails are: then its author is left out, and not who clicks
        self.with_user(self.env.ref("base.user_root")).sudo()._notify_thread(message, {})
        if is_agent:
            self._register_agent_message(message)
        else:
            self._register_customer_message(message)

    def _get_carried_records(self):
        mails = self.env["crm.ticket.unverified"].search([("ticket_id", "in", self.ids)])
        return [*super()._get_carried_records(), (mails, "ticket_id")]
