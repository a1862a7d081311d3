from . import test_corpus, test_fuzz, test_quarantine
