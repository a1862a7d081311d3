from . import test_conversion, test_documents
