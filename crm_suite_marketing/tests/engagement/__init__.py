from . import test_campaign_timeline
from . import test_contact_campaign_mails
from . import test_event_words
from . import test_events
from . import test_gateway
from . import test_simultaneous_events
from . import test_tracking
from . import test_tracking_routes
