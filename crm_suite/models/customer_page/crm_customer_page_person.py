from odoo import api, models
from odoo.tools import format_date

MOST_RELATIONS = 5
MOST_SUGGESTIONS = 3


class CrmCustomerPagePerson(models.AbstractModel):
    """Who the customer is, where he stands, and what he may want next."""

    _name = "crm.customer.page.person"
    _description = "Person on the Customer Page"

    # ------------------------------------------------------------------ standing

    @api.model
    def _read_standing(self, subject):
        """Where the customer stands: lifecycle stage, value, kind, who brought him."""
        customer = subject.customer
        chips = [
            *self._read_stage(customer),
            *self._read_value_chips(subject.metric),
            *self._read_kind(customer),
            *self._read_referrer(customer),
        ]
        return {"chips": chips} if chips else None

    @api.model
    def _read_stage(self, customer):
        if not self._may_read(customer, "lifecycle_stage_id") or not customer.lifecycle_stage_id:
            return []
        since = self._may_read(customer, "lifecycle_since") and customer.lifecycle_since
        # sudo: the name and color of a stage that the reader sees on the contact
        stage = customer.lifecycle_stage_id.sudo()
        return [
            {
                "key": "stage",
                "label": self.env._("Lifecycle stage"),
                "value": stage.name,
                "color": stage.color,
                "note": self.env._("since %(date)s", date=format_date(self.env, since))
                if since
                else "",
            }
        ]

    @api.model
    def _read_value_chips(self, metric):
        chips = []
        cell = self._read_chip(metric, "rfm_cell", self.env._("RFM cell"))
        if cell:
            scores = "recency_score", "frequency_score", "monetary_score"
            chips.append({**cell, "note": "-".join(str(metric[name]) for name in scores)})
        tier = self._read_chip(metric, "value_tier", self.env._("Value tier"))
        if tier:
            chips.append(tier)
        return chips

    @api.model
    def _read_chip(self, record, name, label):
        if not record or not self._may_read(record, name) or not record[name]:
            return None
        words = dict(record._fields[name]._description_selection(self.env))
        return {"key": name, "label": label, "value": words[record[name]]}

    @api.model
    def _read_kind(self, customer):
        if not self._may_read(customer, "customer_type_id") or not customer.customer_type_id:
            return []
        kind = customer.customer_type_id.name
        return [{"key": "kind", "label": self.env._("Customer type"), "value": kind}]

    @api.model
    def _read_referrer(self, customer):
        if not self._may_read(customer, "referred_by_id"):
            return []
        referrer = customer.referred_by_id._filtered_access("read")
        if not referrer:
            return []
        return [
            {
                "key": "referrer",
                "label": self.env._("Referred by"),
                "value": referrer.display_name,
                "partner_id": referrer.id,
            }
        ]

    # ------------------------------------------------------------------ suggestions

    @api.model
    def _read_suggestions(self, subject):
        """What the customer may buy next, and why."""
        associations = self.env.get("crm.product.association")
        if associations is None or not associations.has_access("read"):
            return None
        found = associations._get_suggestions(subject.customer, limit=MOST_SUGGESTIONS)
        ids = [getattr(row["product_id"], "id", row["product_id"]) for row in found]
        products = self.env["product.product"].browse(ids)._filtered_access("read")
        names = {product.id: product.display_name for product in products}
        return {
            "rows": [
                {"id": product_id, "name": names[product_id], "reason": row.get("reason") or ""}
                for product_id, row in zip(ids, found, strict=True)
                if product_id in names
            ][:MOST_SUGGESTIONS],
            "may_quote": self.env["sale.order"].has_access("create"),
            "message": "" if found else associations._get_empty_message(subject.customer, None),
        }

    # ------------------------------------------------------------------ profile

    @api.model
    def _read_profile(self, subject):
        """What the customer likes and how he likes to be reached."""
        if not self._may_read(subject.contact, "interest_ids", "preferred_channel"):
            return None
        contact, customer = subject.contact, subject.customer
        interests = customer.interest_ids | contact.interest_ids
        return {
            "interests": [
                {"id": interest.id, "name": interest.name, "color": interest.color}
                for interest in interests
            ],
            "rows": [
                row
                for row in [
                    self._read_preference(subject),
                    self._read_age(contact),
                    self._read_choice(
                        "income", self.env._("Income"), contact.income_band_id.name, "fa-bar-chart"
                    ),
                    self._read_choice(
                        "acquired",
                        self.env._("Acquired through"),
                        (customer.acquisition_source_id or contact.acquisition_source_id).name,
                        "fa-bullhorn",
                    ),
                ]
                if row
            ],
            "warning": contact.disturbance_note or customer.disturbance_note or "",
        }

    @api.model
    def _read_choice(self, key, label, value, icon):
        return value and {"key": key, "label": label, "value": value, "icon": icon}

    @api.model
    def _read_preference(self, subject):
        """Channel, day and time; those of the customer count where the contact has none."""
        words = []
        for name in ("preferred_channel", "preferred_weekday", "preferred_daytime"):
            chosen = subject.contact[name] or subject.customer[name]
            if chosen:
                selection = subject.contact._fields[name]._description_selection(self.env)
                words.append(dict(selection)[chosen])
        return self._read_choice(
            "preference",
            self.env._("Likes to be reached"),
            " · ".join(words),
            "fa-commenting-o",
        )

    @api.model
    def _read_age(self, contact):
        if not contact.birthdate or contact.is_company:
            return None
        return {
            "key": "age",
            "label": self.env._("Age"),
            "value": str(contact.age),
            "note": format_date(self.env, contact.birthdate),
            "icon": "fa-birthday-cake",
        }

    # ------------------------------------------------------------------ relations

    @api.model
    def _read_relations(self, subject):
        """Relations in force of the customer and of the contact, in the words of their side."""
        Relation = self.env["crm.partner.relation"]
        if not Relation.has_access("read"):
            return None
        ours = subject.both.ids
        domain = [
            "|",
            ("left_id", "in", ours),
            ("right_id", "in", ours),
            ("is_current", "=", True),
        ]
        relations = Relation.search(domain, limit=MOST_RELATIONS + 1, order="id desc")
        rows = []
        for relation in relations[:MOST_RELATIONS]:
            from_right = relation.left_id.id not in ours
            other = relation.left_id if from_right else relation.right_id
            rows.append(
                {
                    "id": relation.id,
                    "words": relation.type_id._get_words(from_right),
                    "partner_id": other.id,
                    "name": other.display_name,
                    "note": relation.note or "",
                }
            )
        return {"rows": rows, "more": len(relations) > MOST_RELATIONS, "domain": domain}
