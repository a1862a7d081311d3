from . import test_corpus
