from . import test_occasion
from . import test_occasion_mail
from . import test_occasion_rights
