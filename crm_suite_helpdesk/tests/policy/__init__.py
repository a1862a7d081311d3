from . import test_policy_tour, test_policy_words, test_rollout, test_tryout
