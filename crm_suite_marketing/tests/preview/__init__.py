from . import test_preview
