from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import html2plaintext, is_html_empty

AGENT = "crm_suite_helpdesk.group_agent"
MANAGER = "crm_suite_helpdesk.group_manager"
# What is searched of a text; nobody describes his problem with what stands after that
SEARCHED_LENGTH = 50_000
SUMMARY_LENGTH = 200


class CrmKnowledgeArticle(models.Model):
    """An answer that is written once: for colleagues, for customers who log in, or for everybody.

    Portal users and the public have no rights here: the pages of the help centre show them what
    `_get_audience_domain` lets through. An article is in one language; translations are articles
    of their own, with readers, votes and dates of review of their own.
    """

    _name = "crm.knowledge.article"
    _inherit = [
        "crm.knowledge.search",
        "crm.knowledge.statistics",
        "crm.search.mixin",
        "html.field.history.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _description = "Knowledge Article"
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char("Title", required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10)
    summary = fields.Char(
        help="One or two sentences that people read in the list of what was found. Empty: the "
        "beginning of the text."
    )
    body = fields.Html("Text")
    html_field_history = fields.Json(groups=AGENT)
    html_field_history_metadata = fields.Json(groups=AGENT)
    state = fields.Selection(
        [("draft", "Draft"), ("review", "To be approved"), ("published", "Published")],
        default="draft",
        required=True,
        copy=False,
        tracking=True,
        index=True,
    )
    visibility = fields.Selection(
        [
            ("internal", "Colleagues"),
            ("portal", "Customers who log in"),
            ("public", "Everybody"),
        ],
        "For",
        default="internal",
        required=True,
        tracking=True,
        help="Who may read it once it is published. What customers read is published by managers.",
    )
    category_id = fields.Many2one(
        "crm.knowledge.category", index=True, ondelete="restrict", tracking=True
    )
    tag_ids = fields.Many2many("crm.ticket.tag", string="Tags")
    product_ids = fields.Many2many(
        "product.template",
        string="Products",
        check_company=True,
        domain="[('company_id', 'in', [company_id, False])]",
        help="Tickets about these products find this article first.",
    )
    keywords = fields.Char(
        help="Other words that people use for it, also wrong ones. They are searched as the title "
        "is, and not shown."
    )
    lang_id = fields.Many2one(
        "res.lang",
        "Language",
        default=lambda self: self.env["res.lang"]._get_data(code=self.env.lang).id,
        ondelete="restrict",
        help="Empty: of no language, as a list of numbers.",
    )
    lang = fields.Char("Language Code", related="lang_id.code", store=True)
    original_id = fields.Many2one(
        "crm.knowledge.article",
        "Translation of",
        index="btree_not_null",
        ondelete="set null",
        copy=False,
        check_company=True,
        domain="[('original_id', '=', False), ('id', '!=', id)]",
    )
    translation_ids = fields.One2many("crm.knowledge.article", "original_id", "Translations")
    text_changed_at = fields.Datetime("Text Changed on", readonly=True, copy=False)
    is_outdated = fields.Boolean(
        compute="_compute_is_outdated",
        help="The text that this one was translated from has changed since.",
    )
    author_id = fields.Many2one(
        "res.users",
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
        tracking=True,
        help="Who cares for it: asked when it has to be checked.",
    )
    published_at = fields.Datetime("Published on", readonly=True, copy=False)
    review_months = fields.Integer(
        "Check Every", default=6, help="Months after which the author checks it. 0: never."
    )
    review_date = fields.Date("Check on", copy=False, tracking=True)
    review_asked = fields.Boolean(readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        index=True,
        help="Empty: for the customers of all companies.",
    )
    ticket_id = fields.Many2one(
        "crm.ticket",
        "Written for",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups=AGENT,
        help="The ticket whose answer became this article.",
    )
    visit_ids = fields.One2many("crm.knowledge.visit", "article_id", groups=AGENT)

    _names_idx = models.Index(
        lambda registry: (
            "USING gin (split_part(search_index, E'\\n', 1) gin_trgm_ops)"
            if registry.has_trigram
            else ""
        )
    )
    _review_due = models.Index(
        "(review_date) WHERE state = 'published' AND review_asked IS NOT TRUE"
    )

    # ------------------------------------------------------------------ compute

    @api.depends("original_id.text_changed_at", "text_changed_at")
    def _compute_is_outdated(self):
        for article in self:
            original, own = article.original_id.text_changed_at, article.text_changed_at
            article.is_outdated = bool(original and (not own or original > own))

    @api.constrains("original_id", "lang_id")
    def _check_original(self):
        for article in self:
            original = article.original_id
            if not original:
                continue
            if original.original_id or article.translation_ids:
                raise ValidationError(
                    self.env._("Choose the text that was first: it has no original itself.")
                )
            others = original + original.translation_ids - article
            if not article.lang_id or article.lang_id in others.lang_id:
                raise ValidationError(
                    self.env._("There is a text of this article in that language already.")
                )

    @api.constrains("review_months")
    def _check_review_months(self):
        if any(not 0 <= article.review_months <= 120 for article in self):
            raise ValidationError(self.env._("An article is checked within 120 months, or never."))

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        now = self.env["crm.ticket"]._now()
        articles = super().create([{"text_changed_at": now, **vals} for vals in vals_list])
        articles._check_publication()
        articles._mark_published()
        return articles

    def write(self, vals):
        texts = {article: article.body for article in self} if "body" in vals else {}
        if vals.get("review_date"):
            vals = {**vals, "review_asked": False}
        res = super().write(vals)
        if {"state", "visibility", "active"} & vals.keys():
            self._check_publication()
            self._mark_published()
        changed = self.filtered(lambda article: article in texts and texts[article] != article.body)
        if changed:
            super(CrmKnowledgeArticle, changed).write(
                {"text_changed_at": self.env["crm.ticket"]._now()}
            )
            changed.filtered(lambda article: article.state == "published")._log_text_change()
        return res

    def copy_data(self, default=None):
        return [
            {**data, "name": self.env._("%s (copy)", article.name)}
            for article, data in zip(self, super().copy_data(default), strict=True)
        ]

    def _check_publication(self):
        """What customers read has passed a manager."""
        if self.env.su or self.env.user.has_group(MANAGER):
            return
        if self.filtered(lambda a: a.state == "published" and a.visibility != "internal"):
            raise AccessError(
                self.env._(
                    "What customers read is published by a manager of the helpdesk. Ask for it "
                    "with the button “Ask for Approval”."
                )
            )

    def _mark_published(self):
        today = self.env.cr.now().date()
        for article in self.filtered(lambda a: a.state == "published" and not a.published_at):
            values = {"published_at": self.env["crm.ticket"]._now()}
            if article.review_months and not article.review_date:
                values["review_date"] = today + relativedelta(months=article.review_months)
            article.write(values)

    def _log_text_change(self):
        self._message_log_batch(
            bodies={
                article.id: self.env._(
                    "The text was changed. “Version History” in the menu of actions shows what "
                    "it was before."
                )
                for article in self
            }
        )

    @api.model
    def _get_versioned_fields(self):
        return [*super()._get_versioned_fields(), "body"]

    # ------------------------------------------------------------------ actions

    def action_ask_approval(self):
        for article in self.filtered(lambda a: a.state == "draft"):
            article.state = "review"
        for article in self:
            if user := article._find_manager():
                article.activity_schedule(
                    "mail.mail_activity_data_todo",
                    user_id=user.id,
                    summary=self.env._("Approve this article"),
                )

    def action_publish(self):
        for article in self:
            if is_html_empty(article.body):
                raise UserError(self.env._("“%s” has no text yet.", article.name))
        self.write({"state": "published"})
        # sudo: activities of colleagues are done with it as well
        self.sudo().activity_feedback(["mail.mail_activity_data_todo"])

    def action_unpublish(self):
        self.write({"state": "draft"})

    def action_mark_checked(self):
        """The author has read it again, and it is right."""
        today = self.env.cr.now().date()
        for article in self:
            months = article.review_months
            article.write(
                {
                    "review_date": today + relativedelta(months=months) if months else False,
                    "review_asked": False,
                }
            )
        # sudo: activities of colleagues are done with it as well
        self.sudo().activity_feedback(["mail.mail_activity_data_todo"])

    def action_translate(self):
        """Begin a translation with the text that there is."""
        self.ensure_one()
        original = self.original_id or self
        known = (original + original.translation_ids).lang_id
        active = self.env["res.lang"]._get_active_by("code").values()
        missing = self.env["res.lang"].browse([data.id for data in active]) - known
        if not missing:
            raise UserError(self.env._("It is there in all languages of this database already."))
        translation = original.copy(
            {
                "name": original.name,
                "lang_id": missing[0].id,
                "original_id": original.id,
                "author_id": self.env.uid,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": translation.id,
            "views": [(False, "form")],
        }

    def action_open_page(self):
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": self._get_path(), "target": "new"}

    def action_open_visits(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_helpdesk.crm_knowledge_visit_action"
        )
        action["domain"] = [("article_id", "=", self.id)]
        action["context"] = {}
        return action

    # ------------------------------------------------------------------ business

    @api.model
    def _get_search_fields(self):
        return [*super()._get_search_fields(), "name", "keywords", "summary", "body"]

    def _prepare_search_text(self):
        text = html2plaintext(self.body or "", include_references=False)[:SEARCHED_LENGTH]
        return {"names": [self.name, self.keywords], "places": [self.summary, text]}

    def _get_path(self):
        self.ensure_one()
        return f"/help/article/{self.id}"

    def _get_teaser(self):
        """What is read of an article in a list, as plain text."""
        self.ensure_one()
        if self.summary:
            return self.summary
        # the beginning of a text says what it is about; a long one is not taken apart for that
        text = html2plaintext((self.body or "")[:5000], include_references=False)
        text = " ".join(text.replace("*", "").split())
        return f"{text[:SUMMARY_LENGTH].rstrip()}…" if len(text) > SUMMARY_LENGTH else text

    def _choose_translations(self):
        """These articles, each in the language of the reader if there are several."""
        chosen = {}
        for article in self:
            root = article.original_id or article
            known = chosen.setdefault(root, article)
            if known != article and article.lang == self.env.lang:
                chosen[root] = article
        return self.browse([article.id for article in chosen.values()])

    def _find_manager(self):
        """A manager who may approve this article: people go before the administrator."""
        self.ensure_one()
        # sudo: who manages does not depend on which companies the author may see
        managers = (
            self.env.ref(MANAGER)
            .sudo()
            .all_user_ids.filtered(
                lambda user: (
                    user.active
                    and user._is_internal()
                    and user != self.env.user
                    and (not self.company_id or self.company_id in user.company_ids)
                )
            )
        )
        first = managers.sorted(lambda user: (user.has_group("base.group_system"), user.id))
        return first[:1].sudo(False)

    # ------------------------------------------------------------------ cron

    @api.model
    def _cron_ask_for_review(self):
        """Ask the authors of articles whose day has come, once each."""
        due = self.search(
            [
                ("state", "=", "published"),
                ("review_asked", "!=", True),
                ("review_date", "<=", self.env.cr.now().date()),
            ],
            limit=200,
            order="review_date",
        )
        for article in due:
            author = article.author_id
            if not author.active or not author._is_internal():
                author = article._find_manager()
            article.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=author.id or self.env.uid,
                summary=self.env._("Check whether this article is still right"),
            )
        due.write({"review_asked": True})
        return len(due)
