from ..common import HelpdeskCommon


class KnowledgeCommon(HelpdeskCommon):
    """Articles for everybody, for customers and for colleagues, about printers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Those of demo data would be found, too
        cls.env["crm.knowledge.article"].search([]).action_archive()
        cls.env["res.lang"]._activate_lang("ar_001")
        cls.shelf = cls.env["crm.knowledge.category"].create({"name": "Printers"})
        cls.public, cls.portal, cls.internal, cls.draft = cls.create_articles(
            {"name": "The printer does not print", "visibility": "public"},
            {"name": "Printer leasing for customers", "visibility": "portal"},
            {"name": "Printer prices for colleagues", "visibility": "internal"},
            {"name": "Printer news", "visibility": "public", "state": "draft"},
        )

    @classmethod
    def create_articles(cls, *values):
        language = cls.env["res.lang"]._get_data(code="en_US").id
        return cls.env["crm.knowledge.article"].create(
            [
                {
                    "body": "<p>Switch it off and on again.</p>",
                    "state": "published",
                    "category_id": cls.shelf.id,
                    "lang_id": language,
                    "company_id": False,
                    **article,
                }
                for article in values
            ]
        )

    def find(self, typed, lang="en_US", **options):
        domain = [("state", "=", "published")]
        Article = self.env["crm.knowledge.article"].with_context(lang=lang)
        return Article._find(typed, domain, **options)
