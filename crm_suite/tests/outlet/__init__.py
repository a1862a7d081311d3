from . import test_copies
from . import test_documents
from . import test_lead_form
from . import test_merge
from . import test_selection_colors
