"""What a file of leads may hold."""

import re

# Columns of the import template, in the order in which people fill them in
COLUMNS = [
    "name",
    "contact_name",
    "partner_name",
    "function",
    "email_from",
    "phone",
    "website",
    "street",
    "city",
    "zip",
    "country_id",
    "team_id",
    "source_id",
    "medium_id",
    "campaign_id",
    "tag_ids",
    "expected_revenue",
    "date_deadline",
    "description",
    "line_ids/product_id",
    "line_ids/quantity",
]
# Telephone numbers as people write them, with an extension
PHONE = re.compile(
    r"\+?[\d\s().\-/]{5,30}(?:\s*(?:ext|ext\.|x|#|تحويلة)\s*\d{1,6})?", re.IGNORECASE
)


def is_phone(text: str) -> bool:
    digits = sum(character.isdigit() for character in text)
    return bool(PHONE.fullmatch(text.strip())) and 5 <= digits <= 21
