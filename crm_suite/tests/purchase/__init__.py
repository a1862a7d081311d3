from . import test_products_bought
from . import test_purchase_oracle
from . import test_purchase_rights
from . import test_purchase_tour
