from . import test_incident, test_links
