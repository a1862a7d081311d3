from . import crm_knowledge_category
from . import crm_knowledge_search
from . import crm_knowledge_statistics
from . import crm_knowledge_article
from . import crm_knowledge_miss
from . import crm_knowledge_visit
from . import crm_ticket
