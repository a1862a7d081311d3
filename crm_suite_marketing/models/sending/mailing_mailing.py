import re
from collections import defaultdict

from markupsafe import Markup

from odoo import models
from odoo.tools import email_normalize, file_open, is_html_empty
from odoo.tools.mail import (
    append_content_to_html,
    email_domain_extract,
    email_split_and_format_normalize,
    html2plaintext,
)

from ...lib import merge_fields
from ...lib.delivery_token import make_message_id, make_token
from .handover import RELEASED, Fate
from .message_template import MessageTemplate

ATTACHED = re.compile(r"/web/(?:content|image)/([0-9]+)")


class UrlHeader(str):
    """A header that is an address: Python would fold a long one into encoded words, which programs
    that read it do not take for an address.
    """

    @classmethod
    def make(cls, name, value):
        header = cls(value)
        header.name = name
        return header

    def fold(self, *, policy):
        return f"{self.name}: {self}{policy.linesep}"


class MailingMailing(models.Model):
    # each room extends a core model by itself
    _inherit = "mailing.mailing"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------------
    # The question before each batch
    # ------------------------------------------------------------------

    def _ask_before_sending(self, rows):
        """Say which messages must not go any more: people answer, and mailings are stopped, after
        the launch.

        :param rows: of this mailing, dicts with the columns of `claims.COLUMNS`
        :return: ``{row id: Fate}`` of those that do not go
        """
        self.ensure_one()
        if not self.exists() or self.state != "sending" or self.is_paused or not self.active:
            return {row["id"]: RELEASED for row in rows}
        fates = {}
        # sudo: whoever sends need not read what people said, nor the purpose
        consent, purpose = self.env["crm.consent"].sudo(), self.sudo().purpose_id
        refusals = consent._get_refusals(
            {row["identity"] or "" for row in rows},
            self._get_consent_channel(),
            purpose,
            self._get_meant_lists(),
            use_blacklist=self.use_exclusion_list,
        )
        model = self.mailing_model_real
        alive = set(self.env[model].browse([row["res_id"] for row in rows]).exists().ids)
        for row in rows:
            if reason := refusals.get(row["identity"] or ""):
                fates[row["id"]] = Fate("suppressed", reason)
            elif row["res_id"] not in alive or row["model"] != model:
                fates[row["id"]] = Fate("suppressed", "gone")
        return self._ask_the_clock([row for row in rows if row["id"] not in fates]) | fates

    def _with_sending_context(self, lang):
        """Return the mailing as core renders it: with the language and time zone of whoever is
        responsible, but for the language of the recipient.
        """
        user = self.user_id or self.write_uid or self.env.user
        context = self.env["res.users"].with_user(user).context_get()
        return self.with_context(**context | ({"lang": lang, "merge_lang": lang} if lang else {}))

    # ------------------------------------------------------------------
    # What all messages share
    # ------------------------------------------------------------------

    def _make_message_template(self):
        """Return the `MessageTemplate` of the mailing in the language of the context. Makes the
        trackers of its links, for which no page is fetched.
        """
        self.ensure_one()
        made, base_url = MessageTemplate(), self.get_base_url()
        source = self._prepend_preview(self.body_html or "", self.preview)
        if is_html_empty(source):
            made.attachments = self._read_attachments("")[0]
            return made
        merged = self._parse_merge_text(source, "html")
        if merged.tags:
            made.merged, source = merged, Markup(merged.text)
        made.is_code = self._has_unsafe_expression_template_qweb(source, self.mailing_model_real)
        if not made.is_code:
            source = made.mark_placeholders(source)
        source = self._replace_local_links(source, base_url)
        source = made.mark_links(source, base_url, self._find_link_trackers)
        for path, name in (("/unsubscribe_from_list", "unsubscribe"), ("/view", "view")):
            source = source.replace(f"{base_url}{path}", made.mark(name))
        made.attachments, links = self._read_attachments(source)
        made.body = source
        made.head, made.tail = self._split_layout(made.mark("body"), links)
        if not made.is_code:
            made.text = html2plaintext(made.head + str(made.body) + made.tail)
        return made

    def _split_layout(self, body_mark, links):
        """Return what core's layout of mailings puts before and behind the body."""
        with file_open("mass_mailing/static/src/scss/mass_mailing_mail.scss", "r") as file:
            style = Markup("<style>%s</style>") % Markup(file.read())
        values = {"body": Markup(body_mark), "mailing_style": style}
        layout = "mass_mailing.mass_mailing_mail_layout"
        page = self.env["ir.qweb"]._render(
            layout, values, minimal_qcontext=True, raise_if_not_found=False
        )
        page = page or Markup(body_mark)
        if links:
            page = append_content_to_html(page, links, plaintext=False)
        head, _mark, tail = str(page).partition(body_mark)
        return head, tail

    def _find_link_trackers(self, links):
        """:param links: list of ``{url, label}``; :return: their trackers, in the same order"""
        values = {"mass_mailing_id": self.id}
        for name in ("campaign_id", "source_id", "medium_id"):
            if self[name]:
                values[name] = self[name].id
        # with a title, core does not fetch the page
        return self.env["link.tracker"].search_or_create(
            [{**values, **link, "title": link["label"] or link["url"]} for link in links]
        )

    def _read_attachments(self, body):
        """Return the files that go with each message, and HTML with links to those that do not:
        files on other servers, and what is too large for a mail.

        :return: list of (name, content, type), HTML
        """
        # sudo: files of the mailing go to its recipients
        files = self.attachment_ids.sudo()
        shown = {int(number) for number in ATTACHED.findall(body)}
        files = files.filtered(lambda one: one.id not in shown).sorted("id")
        linked = files.filtered(lambda one: one.url and not one.file_size)
        # sudo: only the most that a server takes
        server = (self.mail_server_id or self.env["ir.mail_server"]).sudo()
        size = self.env["mail.mail"]._estimate_email_size(
            {}, body, (files - linked).mapped("file_size")
        )
        if size > server._get_max_email_size() * 1024 * 1024:
            linked = files
        links = ""
        if linked:
            linked.generate_access_token()
            links = self.env["ir.qweb"]._render(
                "mail.mail_attachment_links", {"attachments": linked}
            )
        return [(one.name, one.raw, one.mimetype) for one in files - linked if one.raw], links

    # ------------------------------------------------------------------
    # One message for each recipient
    # ------------------------------------------------------------------

    def _render_batch(self, rows, template):
        """Return the messages of these rows, which are all of this mailing and of the language of
        the context.

        :param rows: list of dicts with the columns of `claims.COLUMNS`; their records exist
        :param template: of `_make_message_template`
        :return: ``{row id: values for ir.mail_server._build_email__ and the route}``
        """
        self.ensure_one()
        ids = [row["res_id"] for row in rows]
        records = self.env[self.mailing_model_real].browse(ids)
        self._fetch_for_messages(records, template)
        texts = self._render_texts(records, template)
        senders = self._render_template(self.email_from, records._name, ids)
        replies = self._get_reply_addresses(records, senders)
        company = self._get_sending_company()
        domains = records._mail_get_alias_domains(default_company=company)
        urls = self._make_person_urls(rows)
        key, base_url = self.env["crm.consent"]._get_key(), self.get_base_url()
        messages = {}
        for row in rows:
            record = records.browse(row["res_id"])
            sender = (email_split_and_format_normalize(senders[record.id]) or [self.email_from])[0]
            domain = domains[record.id]
            person = urls.get(row["identity"], {})
            number = row["id"]
            text, chatter = self._fill_texts(
                texts[record.id], template, record, key, number, base_url, person
            )
            message_id = make_message_id(key, number, email_domain_extract(sender) or "localhost")
            messages[number] = {
                "email_from": sender,
                "email_to": [row["address"]],
                **text,
                "reply_to": replies.get(record.id) or sender,
                "attachments": template.attachments,
                "message_id": message_id,
                "references": message_id,
                "headers": self._get_message_headers(record, domain, company, person),
                "alias_domain_id": domain.id,
                "chatter": chatter,
            }
        return messages

    def _fetch_for_messages(self, records, template):
        """Read what the messages show in one query, and nothing else."""
        names = {path[0] for path, _default, _tag in template.placeholders.values() if path}
        names.add(records._mail_get_company_field() or "")
        stored = [name for name in names if name in records._fields and records._fields[name].store]
        if stored and not template.is_code:
            records.fetch(stored)

    def _render_texts(self, records, template):
        """Return what the messages say, but for the marks.

        :return: ``{record id: {subject, html, text}}``; html without the layout
        """
        ids = records.ids
        subjects = self._render_field("subject", ids)
        bodies = dict.fromkeys(ids, template.body)
        if template.is_code:
            bodies = self._render_template_qweb(
                template.body, records._name, ids, options={"preserve_comments": True}
            )
            base_url = self.get_base_url()
            bodies = {
                id_: self._replace_local_links(body, base_url) for id_, body in bodies.items()
            }
        texts = {
            id_: {
                "subject": subjects[id_],
                "html": bodies[id_],
                "text": html2plaintext(template.head + str(bodies[id_]) + template.tail)
                if template.is_code
                else template.text,
            }
            for id_ in ids
        }
        return self._fill_merge_fields(records, template, texts)

    def _fill_merge_fields(self, records, template, texts):
        """Fill the merge fields. Whatever is filled in is never rendered again."""
        merged = template.merged
        if not merged:
            return texts
        lang = self.env.lang or "en_US"
        values = self._get_merge_values(records, merged.names, lang)
        locale, programs = self._get_merge_locale(lang), {}
        for id_, parts in texts.items():
            for kind in ("html", "text"):
                # texts that are the same for all records are the same object
                key = kind, id(parts[kind])
                if key not in programs:
                    programs[key] = merged.compile(str(parts[kind])), parts[kind]
                program = programs[key][0]
                texts[id_][kind] = merge_fields.render(program, values[id_], kind, locale)
        return texts

    def _fill_texts(self, texts, template, record, key, number, base_url, person):
        """:return: values of the message, and the body for the chatter of the record"""
        html_values, text_values = template.get_values(record)
        links = {
            name: f"{base_url}/c/{make_token(key, 'click', number, link_id)}"
            for name, (link_id, _url) in template.links.items()
        }
        ways = {name: person.get(name, base_url) for name in ("unsubscribe", "view")}
        body = template.head + template.fill(texts["html"], html_values | links | ways)
        if body:
            pixel = f"{base_url}/o/{make_token(key, 'open', number)}.gif"
            trap = self._get_trap_link(key, number, base_url)
            body = append_pixel(body + template.tail, pixel, trap)
        chatter = ""
        if self._keeps_messages():
            plain = {name: url for name, (_link_id, url) in template.links.items()}
            chatter = Markup(template.fill(texts["html"], html_values | plain))
        return {
            "subject": texts["subject"],
            "body": body,
            "body_alternative": template.fill(texts["text"], text_values | links | ways),
        }, chatter

    def _get_message_headers(self, record, alias_domain, company, person):
        headers = {"Return-Path": alias_domain.bounce_email or company.bounce_email}
        if hasattr(record, "_notify_by_email_get_headers"):
            headers = record._notify_by_email_get_headers(headers)
        if one_click := person.get("one_click"):
            headers["List-Unsubscribe"] = UrlHeader.make("List-Unsubscribe", f"<{one_click}>")
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        headers["Precedence"] = "list"
        # no out-of-office replies from MS Exchange
        headers["X-Auto-Response-Suppress"] = "OOF"
        return {name: value for name, value in headers.items() if value}

    def _get_sending_company(self):
        return self.user_id.company_id or self.env.company

    def _get_reply_addresses(self, records, senders):
        """:return: ``{record id: address that replies go to}``, as core chooses it"""
        if self.reply_to_mode == "new":
            return self._render_template(self.reply_to or "", records._name, records.ids)
        author = self._get_message_author()
        return records._notify_get_reply_to_batch(
            defaults=senders, author_ids=dict.fromkeys(records.ids, author.id)
        )

    def _get_message_author(self):
        return self.user_id.partner_id or self.env.user.partner_id

    def _make_person_urls(self, rows):
        """Write the links by which people unsubscribe, for all of them at once.

        :return: ``{identity: {unsubscribe, one_click, view}}``
        """
        res_ids = {row["identity"]: row["res_id"] for row in rows}
        addresses = {
            row["identity"]: email_normalize(row["address"], strict=False) or row["identity"]
            for row in rows
        }
        # sudo: links belong to nobody; they go to the person
        Link = self.env["crm.consent.link"].sudo()
        links = Link._find_or_make(list(res_ids), self, res_ids, addresses)
        base_url = self.get_base_url()
        scopes = {"unsubscribe": "preferences", "one_click": "one_click", "view": "view"}
        return {
            identity: {name: base_url + link._get_path(scope) for name, scope in scopes.items()}
            for identity, link in links.items()
        }

    # ------------------------------------------------------------------
    # The chatter
    # ------------------------------------------------------------------

    def _keeps_messages(self):
        """Whether core would keep each message on its record, so that replies find it."""
        return self.reply_to_mode == "update" or self.keep_archives

    def _log_messages(self, rows, messages):
        """Write the messages on their records, as core does. Those of an earlier attempt stay."""
        if not self._keeps_messages():
            return
        said = self.env._("Received the mailing %s")
        said = Markup("%s") % said
        said = said % (Markup("<b>%s</b>") % self.display_name)
        # sudo: the chatter of the recipients, whose mailing this is
        Message = self.env["mail.message"].sudo()
        ids = [messages[row["id"]]["message_id"] for row in rows]
        known = set(Message.search([("message_id", "in", ids)]).mapped("message_id"))
        company = self._get_sending_company()
        Message.create(
            [
                {
                    "author_id": self._get_message_author().id,
                    "body": Markup(
                        "<div><span>%s</span></div>"
                        '<blockquote class="border-start" data-o-mail-quote="1"'
                        ' data-o-mail-quote-node="1">%s</blockquote>'
                    )
                    % (said, message["chatter"]),
                    "email_from": message["email_from"],
                    "mail_server_id": self.mail_server_id.id,
                    "message_id": message["message_id"],
                    "message_type": "email_outgoing",
                    "model": row["model"],
                    "record_alias_domain_id": message["alias_domain_id"],
                    "record_company_id": row["company_id"] or company.id,
                    "reply_to": message["reply_to"],
                    "reply_to_force_new": self.reply_to_mode == "new",
                    "res_id": row["res_id"],
                    "subject": message["subject"],
                    "subtype_id": False,
                    "attachment_ids": [(6, 0, self.attachment_ids.ids)],
                }
                for row in rows
                if (message := messages[row["id"]])["message_id"] not in known
            ]
        )

    # ------------------------------------------------------------------
    # Where it goes
    # ------------------------------------------------------------------

    def _guess_server(self):
        """Return the mail server that all messages take (0: that of the configuration file), or
        None where it hangs on the message.
        """
        if self.mail_server_id:
            return self.mail_server_id.id
        # sudo: whoever sends need not read the mail servers
        usable = self.env["ir.mail_server"].sudo().search([("owner_user_id", "=", False)], limit=2)
        return None if len(usable) > 1 else usable.id or 0

    def _find_routes(self, messages):
        """Return the mail server of each message, as core chooses it.

        :return: ``{(server id, alias domain id, envelope sender): [row id]}``
        """
        # sudo: whoever sends need not read the mail servers
        Server, routes, known = self.env["ir.mail_server"].sudo(), defaultdict(list), {}
        usable = None
        for number, message in messages.items():
            key = message["alias_domain_id"], message["email_from"]
            if key not in known and self.mail_server_id:
                known[key] = self.mail_server_id.id, key[0], message["email_from"]
            elif key not in known:
                if usable is None:
                    # the servers of single people are for their own mails
                    usable = Server.search([("owner_user_id", "=", False)], order="sequence, id")
                domain = self.env["mail.alias.domain"].sudo().browse(key[0])
                server, sender = Server.with_context(
                    **_get_domain_context(domain)
                )._find_mail_server(message["email_from"], usable)
                known[key] = server.id if server else False, key[0], sender
            routes[known[key]].append(number)
        return routes


def _get_domain_context(domain):
    if not domain:
        return {}
    return {
        "domain_notifications_email": domain.default_from_email,
        "domain_bounce_address": domain.bounce_email,
    }


def append_pixel(html, url, trap=""):
    """Put the picture that tells of the opening at the end of the page.

    :param trap: a link that no person sees
    """
    image = f'{trap}<img src="{url}" width="1" height="1" alt=""/>'
    place = html.find("</body>")
    return html + image if place < 0 else html[:place] + image + html[place:]
