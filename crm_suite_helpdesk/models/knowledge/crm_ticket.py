from markupsafe import Markup

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import is_html_empty

# One point is a word of the ticket that is in one article only
PRODUCT_POINTS = 2.0
CATEGORY_POINTS = 0.7
SHOWN = 8


class CrmTicket(models.Model):
    """Articles beside the answer, and answers that become articles."""

    _name = "crm.ticket"
    _inherit = ["crm.ticket"]

    def get_articles(self, typed=""):
        """Return articles that may answer this ticket, or those in which something is found.

        :param typed: what the agent looks for; empty: what the ticket is about
        :return: list of {id, name, teaser, visibility, url, is_shared, lang, helpfulness}
        """
        self.ensure_one()
        self.check_access("read")
        Article = self.env["crm.knowledge.article"]
        typed = typed.strip() if isinstance(typed, str) else ""
        domain = [("state", "=", "published"), ("company_id", "in", [False, self.company_id.id])]
        # the customer's language goes first: it is he who will read it
        Article = Article.with_context(lang=self.partner_id.lang or self.env.lang)
        if typed:
            articles = Article._find(typed, domain, limit=SHOWN)
        else:
            articles = Article._find(
                self.name, domain, limit=SHOWN, sure=True, also=self._get_near_articles(domain)
            )
        return [self._describe_article(article) for article in articles._choose_translations()]

    def _get_near_articles(self, domain):
        """Points of articles on the product and the category of the ticket."""
        Article, points = self.env["crm.knowledge.article"], {}
        near = []
        if template := self.product_id.product_tmpl_id:
            near.append(([("product_ids", "in", template.ids)], PRODUCT_POINTS))
        if self.category_id:
            parents = [int(part) for part in self.category_id.parent_path.split("/") if part]
            near.append(([("category_id.ticket_category_ids", "in", parents)], CATEGORY_POINTS))
        for condition, value in near:
            for article in Article.search([*domain, *condition], limit=SHOWN):
                points[article.id] = points.get(article.id, 0) + value
        return points

    def _describe_article(self, article):
        return {
            "id": article.id,
            "name": article.name,
            "teaser": article._get_teaser(),
            "visibility": article.visibility,
            "url": article.get_base_url() + article._get_path(),
            "is_shared": article.visibility != "internal",
            "lang": article.lang or "",
            "helpfulness": round(article.helpfulness) if article.helped_count else None,
        }

    def use_article(self, article_id, kind):
        """Return an article as it goes into an answer, and remember that it was used.

        :param kind: link, or text
        :return: HTML
        """
        self.ensure_one()
        self.check_access("write")
        article = self.env["crm.knowledge.article"].browse(int(article_id)).exists()
        article.check_access("read")
        if not article or article.state != "published":
            raise UserError(self.env._("This article is not published."))
        if article.visibility == "internal":
            raise UserError(
                self.env._("“%s” is for colleagues: it does not go into an answer.", article.name)
            )
        # sudo: rows are written by the system
        self.env["crm.knowledge.visit"].sudo()._record_use(article, self)
        if kind == "text":
            return article.body or ""
        url = f"{article.get_base_url()}{article._get_path()}?from=answer"
        return Markup('<p><a href="%s" target="_blank">%s</a></p>') % (url, article.name)

    def action_write_article(self):
        """Begin an article with the last answer of this ticket."""
        self.ensure_one()
        self.check_access("read")
        answers = self.message_ids.filtered(
            lambda message: (
                self._is_public_message(message)
                and message.author_id
                and not message.author_id.partner_share
                and not is_html_empty(message.body)
            )
        )
        article = self.env["crm.knowledge.article"].create(
            {
                "name": self.name,
                "body": answers[:1].body or False,
                "company_id": self.company_id.id,
                "ticket_id": self.id,
                "product_ids": self.product_id.product_tmpl_id.ids,
                "tag_ids": self.tag_ids.ids,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": article._name,
            "res_id": article.id,
            "views": [(False, "form")],
        }
