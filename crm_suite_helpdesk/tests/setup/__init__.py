from . import test_setup, test_setup_again, test_setup_tour
