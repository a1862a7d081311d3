from . import test_mailing_rights
from . import test_mailing_to_segment
from . import test_mailing_tour
from . import test_segment_audience
