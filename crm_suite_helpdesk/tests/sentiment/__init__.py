from . import test_moods
