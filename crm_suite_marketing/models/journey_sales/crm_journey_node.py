from datetime import timedelta

from markupsafe import Markup, escape

from odoo import Command, fields, models

from ...lib import merge_fields
from ..content.merge_errors import describe
from ..journey.outcome import Outcome

MOST_TITLE = 120
ASSIGNMENTS = [
    ("salesperson", "Salesperson of the Record"),
    ("responsible", "Responsible of the Journey"),
    ("user", "A Certain User"),
]


class CrmJourneyNode(models.Model):
    """Nodes that give salespeople something to do: activities and leads."""

    _inherit = "crm.journey.node"  # pylint: disable=consider-merging-classes-inherited

    assignment = fields.Selection(ASSIGNMENTS, "For", default="salesperson")
    assigned_user_id = fields.Many2one(
        "res.users",
        "User",
        ondelete="restrict",
        index="btree_not_null",
        domain=[("share", "=", False)],
    )
    title = fields.Char(
        translate=True, help="May hold merge fields of the participants, such as [[name]]."
    )
    note = fields.Text(
        translate=True, help="May hold merge fields of the participants, such as [[name]]."
    )
    # ---- activity
    activity_type_id = fields.Many2one(
        "mail.activity.type", "Activity", ondelete="restrict", index="btree_not_null"
    )
    activity_days = fields.Integer("Due after Days", default=0)
    # ---- lead
    lead_team_id = fields.Many2one(
        "crm.team",
        "Sales Team",
        ondelete="set null",
        index="btree_not_null",
        check_company=False,
    )
    lead_tag_ids = fields.Many2many(
        "crm.tag", "crm_journey_node_lead_tag_rel", string="Tags of the Lead"
    )
    lead_campaign_id = fields.Many2one(
        "utm.campaign", "Campaign", ondelete="set null", index="btree_not_null"
    )
    lead_revenue = fields.Float("Expected Revenue", digits=(16, 2))

    _activity_days_valid = models.Constraint(
        "CHECK (activity_days IS NULL OR activity_days BETWEEN 0 AND 3650)",
        "An activity is due within ten years.",
    )

    # ------------------------------------------------------------------
    # Texts with merge fields
    # ------------------------------------------------------------------

    def _make_writer(self):
        """:return: a mailing that is not stored: it knows how to fill merge fields in"""
        return self.env["mailing.mailing"].new(
            {
                "mailing_model_id": self.sudo().model_id.id,
                "mailing_type": "webhook",
                "user_id": self.env.uid,
            }
        )

    def _write_texts(self, records):
        """Fill title and note in, as each participant's language wants it; a handful of queries
        for any number of them.

        :return: ``{record id: {title, note}}``
        """
        texts = {}
        langs = self._make_writer()._get_merge_langs(records)
        for lang in set(langs.values()):
            some = records.filtered(lambda record, lang=lang: langs.get(record.id) == lang)
            node = self.with_context(lang=lang)
            sources = {"title": (node.title or "", "line"), "note": (node.note or "", "text")}
            if any(merge_fields.has_fields(text) for text, _kind in sources.values()):
                texts |= self._make_writer()._render_merge_fields(sources, some, lang)
            else:
                plain = {name: text for name, (text, _kind) in sources.items()}
                texts |= dict.fromkeys(some.ids, plain)
        return texts

    def _find_text_problems(self):
        writer, problems = self._make_writer(), []
        writer = writer.with_env(self._as_responsible().env)
        white_list = writer._get_merge_white_list()
        for name, kind in (("title", "line"), ("note", "text")):
            try:
                writer._read_merge_text(self[name] or "", kind, white_list)
            except merge_fields.MergeFieldError as error:
                label = self._fields[name]._description_string(self.env)
                words = describe(self.env, error, self.model_id.name, False)
                problems.append(f"{label}: {words}")
        return problems

    # ------------------------------------------------------------------
    # Who does it
    # ------------------------------------------------------------------

    def _find_assignees(self, records):
        """:return: ``{record id: user}``: who is meant, where he may read the record"""
        responsible = self.env.user
        fallback = dict.fromkeys(records.ids, responsible)
        if self.assignment == "responsible":
            return fallback
        if self.assignment == "user":
            users = dict.fromkeys(records.ids, self.assigned_user_id or responsible)
        else:
            users = dict(fallback)
            # sudo: whose customer it is; whether he may read the record is asked below
            known = records.sudo()
            partners = known._mail_get_partners()
            for record in known:
                own = record.user_id if "user_id" in record._fields else responsible.browse()
                users[record.id] = own or partners[record.id][:1].user_id or responsible
        assigned = {}
        for user, ids in _group(users).items():
            some = records.browse(ids)
            # sudo: only whether he works here
            if not user.sudo().active or user.sudo().share:
                continue
            readers = some.with_user(user).sudo(False)
            # sudo: in which companies he works
            companies = user.sudo().company_ids.ids
            readable = readers.with_context(allowed_company_ids=companies)._filtered_access("read")
            assigned |= dict.fromkeys(readable.ids, user)
        return fallback | assigned

    # ------------------------------------------------------------------
    # Activities
    # ------------------------------------------------------------------

    def _run_activity(self, steps):
        """Plan one for each, unless an earlier try has done it."""
        self.ensure_one()
        found, outcomes = self._find_records(steps, "read")
        # sudo: those that others have, too
        Activity = self.env["mail.activity"].sudo().with_context(active_test=False)
        done = Activity.search([("crm_journey_step_id", "in", list(found))])
        known = set(done.mapped("crm_journey_step_id.id"))
        found = {step_id: record for step_id, record in found.items() if step_id not in known}
        records = self._join_records(found)
        if not records:
            return outcomes
        texts, users = self._write_texts(records), self._find_assignees(records)
        due = fields.Date.context_today(self) + timedelta(days=self.activity_days)
        model_id = self.env["ir.model"]._get_id(records._name)
        # one mail for each of some hundred activities would tell nobody anything
        Activity = self.env["mail.activity"].with_context(mail_activity_quick_update=True)
        activities = Activity.create(
            [
                {
                    "activity_type_id": self.activity_type_id.id,
                    "summary": texts[record.id]["title"][:MOST_TITLE],
                    "note": make_note(texts[record.id]["note"]),
                    "date_deadline": due,
                    "user_id": users[record.id].id,
                    "res_model_id": model_id,
                    "res_id": record.id,
                    "automated": True,
                }
                for record in found.values()
            ]
        )
        # sudo: which step it comes of, the system writes; all of them by one flush
        for step_id, activity in zip(found, activities.sudo(), strict=True):
            activity.crm_journey_step_id = step_id
        return outcomes

    # ------------------------------------------------------------------
    # Leads
    # ------------------------------------------------------------------

    def _run_lead(self, steps):
        """Create a lead for each contact that has no open one of this place already."""
        self.ensure_one()
        found, outcomes = self._find_records(steps, "read", contact=True)
        contacts = self._join_records(found)
        if not contacts:
            return outcomes
        open_ = self._find_open_leads(contacts)
        sources = {step["id"]: step["res_id"] for step in steps}
        records = self.env[self.model_name].browse([sources[step_id] for step_id in found])
        texts, users = self._write_texts(records), self._find_lead_users(contacts)
        source = self.env["utm.mixin"].sudo()  # sudo: a source is made as forms make it
        source = source._find_or_create_record("utm.source", self.journey_id.name)
        # sudo: who may make leads need not read all of their tags
        tags, values = [Command.set(self.sudo().lead_tag_ids.ids)], []
        for step_id, contact in found.items():
            if contact.id in open_:
                words = self.env._("There is an open lead of this step already.")
                outcomes[step_id] = Outcome(state="skipped", reason="open_lead", detail=words)
                continue
            open_.add(contact.id)
            title = texts[sources[step_id]]
            values.append(
                {
                    "name": title["title"] or f"{contact.display_name}: {self.journey_id.name}",
                    "description": make_note(title["note"]),
                    "partner_id": contact.id,
                    "user_id": users[contact.id].id,
                    "team_id": self.lead_team_id.id,
                    "tag_ids": tags,
                    "expected_revenue": self.lead_revenue,
                    "campaign_id": self.lead_campaign_id.id,
                    "source_id": source.id,
                }
            )
        leads = self.env["crm.lead"].create(values)
        # sudo: where it comes from, the system writes
        leads.sudo().write({"crm_journey_id": self.journey_id.id, "crm_journey_uid": self.uid})
        return outcomes

    def _find_open_leads(self, contacts):
        """:return: ids of the contacts that have an open lead of this place"""
        # sudo: also those of salespeople whom the responsible does not see
        leads = (
            self.env["crm.lead"]
            .sudo()
            .search(
                [
                    ("crm_journey_id", "=", self.journey_id.id),
                    ("crm_journey_uid", "=", self.uid),
                    ("partner_id", "in", contacts.ids),
                    ("won_status", "=", "pending"),
                ]
            )
        )
        return set(leads.partner_id.ids)

    def _find_lead_users(self, contacts):
        """:return: ``{contact id: user}``: nobody, where the team is to distribute them"""
        nobody = self.env["res.users"]
        if self.assignment == "salesperson":
            # sudo: whose customer it is
            return {contact.id: contact.sudo().user_id for contact in contacts}
        user = self.env.user if self.assignment == "responsible" else self.assigned_user_id
        return dict.fromkeys(contacts.ids, user or nobody)

    # ------------------------------------------------------------------
    # What is wrong
    # ------------------------------------------------------------------

    def _find_activity_problems(self):
        problems = self._find_text_problems() + self._find_assignee_problems()
        if not self.sudo().model_id.is_mail_activity:
            problems.append(self.env._("There are no activities on these records."))
        if not self.activity_type_id:
            problems.append(self.env._("Choose the kind of activity."))
        elif not self.activity_type_id.active:
            problems.append(self.env._("“%s” is archived.", self.activity_type_id.name))
        elif self.activity_type_id.res_model not in (False, self.model_name):
            problems.append(self.env._("“%s” is for other records.", self.activity_type_id.name))
        return problems

    def _find_lead_problems(self):
        problems = self._find_text_problems() + self._find_assignee_problems()
        Lead = self._as_responsible().env["crm.lead"]
        if not Lead.has_access("create"):
            problems.append(self.env._("The responsible may not create leads."))
        return problems

    def _find_assignee_problems(self):
        # sudo: only whether he works here
        user = self.sudo().assigned_user_id
        if self.assignment != "user":
            return []
        if not user:
            return [self.env._("Choose the user that it is for.")]
        return [] if user.active else [self.env._("“%s” is archived.", user.name)]


def _group(users):
    """:return: ``{user: [record id]}``"""
    groups = {}
    for record_id, user in users.items():
        groups.setdefault(user, []).append(record_id)
    return groups


def make_note(text):
    """:return: HTML of a text; what is in it stays text"""
    lines = Markup("<br/>").join(escape(line) for line in text.splitlines())
    return Markup("<p>%s</p>") % lines if text else False
