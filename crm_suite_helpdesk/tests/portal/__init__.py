from . import (
    test_portal_links,
    test_portal_new,
    test_portal_organisation,
    test_portal_queries,
    test_portal_remote_calls,
    test_portal_replies,
    test_portal_tickets,
    test_portal_tour,
)
