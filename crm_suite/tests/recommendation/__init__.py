from . import test_product_association
from . import test_product_suggestion
from . import test_recommendation_tour
