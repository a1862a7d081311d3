"""What can be chosen in journeys: kinds of nodes, triggers, events, units."""

JOURNEY_STATES = [
    ("draft", "Draft"),
    ("running", "Running"),
    ("paused", "Paused"),
    ("stopped", "Stopped"),
]
VERSION_STATES = [("draft", "Draft"), ("live", "Live"), ("retired", "Retired")]
NODE_KINDS = [
    ("trigger", "Start"),
    ("mail", "Send E-mail"),
    ("sms", "Send Text Message"),
    ("webhook", "Call Webhook"),
    ("activity", "Plan Activity"),
    ("update", "Update Field"),
    ("tag", "Change Tags"),
    ("list", "Change Mailing Lists"),
    ("segment", "Change Segment"),
    ("lead", "Create Lead"),
    ("server_action", "Run Server Action"),
    ("wait", "Wait"),
    ("until", "Wait Until Date"),
    ("condition", "Wait Until Condition"),
    ("branch", "If / Else"),
    ("split", "Random Split"),
    ("ab", "A/B Test"),
    ("goal", "Goal"),
    ("jump", "Jump"),
    ("exit", "Exit"),
]
TRIGGERS = [
    ("segment_enter", "Enters a Segment"),
    ("segment_leave", "Leaves a Segment"),
    ("lifecycle", "Moves to a Lifecycle Stage"),
    ("match", "Record Is Created or Changed to Match"),
    ("opened", "Opened a Mailing"),
    ("clicked", "Clicked in a Mailing"),
    ("replied", "Replied to a Mailing"),
    ("bounced", "Mailing Bounced"),
    ("not_opened", "Did Not Open a Mailing Within"),
    ("not_clicked", "Did Not Click in a Mailing Within"),
    ("not_replied", "Did Not Reply to a Mailing Within"),
    ("form", "Posted a Form"),
    ("visit", "Visited a Page"),
    ("quotation_sent", "Quotation Sent"),
    ("order_confirmed", "Order Confirmed"),
    ("invoice_overdue", "Invoice Overdue"),
    ("date", "Date of a Field"),
    ("yearly", "Every Year on a Date"),
    ("webhook", "Incoming Webhook"),
    ("manual", "By Hand"),
]
# What a condition, a branch or a goal may be about, besides the filter of records
EVENTS = [
    ("opened", "Opened"),
    ("clicked", "Clicked"),
    ("replied", "Replied"),
    ("bounced", "Bounced"),
    ("unsubscribed", "Unsubscribed"),
    ("form", "Posted a Form"),
    ("visit", "Visited a Page"),
    ("quotation_sent", "Quotation Sent"),
    ("order_confirmed", "Order Confirmed"),
    ("invoice_paid", "Invoice Paid"),
]
UNITS = [
    ("minutes", "Minutes"),
    ("hours", "Hours"),
    ("days", "Days"),
    ("weeks", "Weeks"),
    ("months", "Months"),
]
REENTRY = [
    ("never", "Never"),
    ("ended", "After the End"),
    ("period", "After the End, at the Earliest After"),
]
PARTICIPANT_STATES = [("running", "On the Way"), ("done", "Ended"), ("left", "Left Early")]
EXIT_REASONS = [
    ("end", "Came to the End"),
    ("goal", "Reached the Goal"),
    ("exit_rule", "Exit Rule"),
    ("unsubscribed", "Unsubscribed"),
    ("left_segment", "Left the Segment"),
    ("gone", "Record Deleted"),
    ("priority", "Gave Way to Another Journey"),
    ("stopped", "Journey Stopped"),
    ("by_hand", "Taken Out by Hand"),
    ("merged", "Merged with Another Contact"),
    ("erased", "Erased Person"),
    ("moved", "No Place in the New Version"),
]
STEP_STATES = [
    ("waiting", "Waiting"),
    ("due", "Due"),
    ("claimed", "Taken by a Worker"),
    ("failed", "Failed"),
    ("done", "Done"),
    ("skipped", "Skipped"),
    ("expired", "Expired"),
]
# In these a participant is at the node; the others are his history
OPEN_STEPS = ("waiting", "due", "claimed", "failed")
