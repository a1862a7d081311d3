from . import test_collection
from . import test_internal
from . import test_mails
from . import test_switch
