"""Why a record gets no message, or not yet. Codes of the gate of consent are its own."""

# In the order of the screens. Labels of the gate's codes are those of `consent/refusals.py`
REASONS = [
    ("missing", "No Address"),
    ("archived", "Archived"),
    ("duplicate", "Address of Another Recipient"),
    ("blacklist", "Blacklisted"),
    ("domain", "Nobody at This Domain Is Written To"),
    ("list", "Left the Mailing List"),
    ("withdrawn", "Refused"),
    ("suppressed", "Suppressed Address"),
    ("paused", "Paused by the Person"),
    ("unconfirmed", "Not Confirmed Yet"),
    ("no_consent", "Has Not Agreed"),
    ("holdout", "Held Out for Comparison"),
    ("cap", "Too Many Messages Already"),
    ("skipped", "Overdue and Skipped"),
    ("cancelled", "Cancelled by a Person"),
    ("erased", "Erased Person"),
    # what the workers met with
    ("worker_died", "Worker Broke Down"),
    ("no_answer", "No Answer from the Mail Server"),
    ("deferred", "Put Off by the Mail Server"),
    ("refused", "Refused by the Mail Server"),
    ("connection", "Connection Failed"),
    ("invalid", "Cannot Be Sent"),
]
# Reason -> failure type of the row of core's statistics
FAILURES = {
    "missing": "mail_email_missing",
    "archived": "mail_archived",
    "duplicate": "mail_dup",
    "blacklist": "mail_bl",
    "domain": "mail_domain",
    "list": "mail_optout",
    "withdrawn": "mail_optout",
    "suppressed": "mail_suppressed",
    "paused": "mail_paused",
    "unconfirmed": "mail_no_consent",
    "no_consent": "mail_no_consent",
    "holdout": "mail_holdout",
    "cap": "mail_cap",
    "skipped": "mail_cancelled",
    "cancelled": "mail_cancelled",
    "erased": "mail_optout",
}
