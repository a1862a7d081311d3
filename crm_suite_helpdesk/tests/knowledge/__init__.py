from . import test_article
from . import test_article_search
from . import test_beside_ticket
from . import test_help_centre
from . import test_searches_in_vain
from . import test_spared_tickets
from . import test_knowledge_tour
