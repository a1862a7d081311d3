from odoo.fields import Command

from ..intake.test_mail_to_ticket import MailCommon


class MergeCommon(MailCommon):
    """Two tickets of one customer, `source` and `survivor`, each with a conversation."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.colleague = cls.colleague_user.partner_id
        cls.stranger = cls.stranger_user.partner_id
        cls.survivor = cls.create_ticket(name="Survivor")
        cls.source = cls.create_ticket(name="Source", partner_id=cls.colleague.id)
        cls.foreign = cls.create_ticket(name="Foreign", partner_id=cls.stranger.id)

    def talk(self, ticket, text="Hello"):
        """A conversation with all that hangs on one: question, answer, note, file, activity."""
        body = f"{text} question"
        question = ticket.message_post(
            body=body,
            author_id=ticket.partner_id.id,
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            attachments=[("photo.txt", b"photo")],
        )
        answer = self.reply(ticket, body=f"{text} answer")
        note = self.reply(
            ticket,
            body=f"{text} note",
            subtype_xmlid="mail.mt_note",
            attachments=[("secret.txt", b"secret")],
        )
        activity = ticket.with_user(self.agent).activity_schedule(
            "mail.mail_activity_data_todo", summary=f"{text} to-do", user_id=self.agent.id
        )
        interaction = self.env["crm.interaction"].create(
            {"name": f"{text} call", "ticket_id": ticket.id, "partner_id": ticket.partner_id.id}
        )
        return question, answer, note, activity, interaction

    def absorb(self, survivor, *sources, user=None, **options):
        sources = survivor.browse([source.id for source in sources])
        user = user or self.agent
        survivor.with_user(user)._absorb(sources.with_user(user), **options)
        self.env.flush_all()
        self.env.invalidate_all()

    def undo(self, ticket, user=None):
        ticket.with_user(user or self.agent).action_undo_merge()
        self.env.flush_all()
        self.env.invalidate_all()

    def spoken(self, ticket):
        """What people wrote on a ticket, as it stands in the database."""
        self.env.flush_all()
        self.env.invalidate_all()
        return ticket.message_ids.filtered(
            lambda m: m.message_type not in ("notification", "user_notification")
        )

    maxDiff = None

    def picture(self, tickets):
        """All that a merge may change, of some tickets, to be compared before and after."""
        self.env.flush_all()
        self.env.invalidate_all()
        messages = self.env["mail.message"].search(
            [("model", "=", "crm.ticket"), ("res_id", "in", tickets.ids)]
        )
        people = messages.filtered(lambda m: m.message_type in ("comment", "email"))
        picture = {}
        for ticket in tickets.with_context(active_test=False):
            picture[ticket.id] = {
                name: dict(ticket[name]) if field.type == "properties" else ticket[name]
                for name, field in ticket._fields.items()
                if field.store
                and field.column_type
                and name not in ("write_date", "write_uid")
                # links that name nobody end with a merge, and do not come back
                and name not in ("access_token", "former_token")
                # the service level has tests of its own
                and not name.startswith("sla_")
            } | {
                "tags": set(ticket.tag_ids.ids),
                "followers": {
                    (f.partner_id.id, tuple(sorted(f.subtype_ids.ids)))
                    for f in ticket.message_follower_ids
                },
                "activities": set(ticket.activity_ids.ids),
                "interactions": {(i.id, i.partner_id.id) for i in ticket.interaction_ids},
                "children": set(ticket.child_ids.ids),
                "files": set(
                    self.env["ir.attachment"]
                    .search([("res_model", "=", "crm.ticket"), ("res_id", "=", ticket.id)])
                    .ids
                ),
                "messages": {
                    (
                        m.id,
                        m.author_id.id,
                        m.email_from,
                        m.date,
                        m.subtype_id.id,
                        m.is_internal,
                        m.message_type,
                        str(m.body),
                        m.parent_id.id,
                        tuple(sorted(m.attachment_ids.ids)),
                    )
                    for m in people
                    if m.res_id == ticket.id
                },
            }
        return picture

    def create_tag(self, name):
        return self.env["crm.ticket.tag"].create({"name": name})

    def tag(self, ticket, *tags):
        ticket.tag_ids = [Command.link(tag.id) for tag in tags]
