"""From how many points on a contact has a grade, as the settings say."""

# setting: (parameter, default)
BOUNDS = {
    "score_fit_a": ("crm_suite_marketing.score_fit_a", 25),
    "score_fit_b": ("crm_suite_marketing.score_fit_b", 15),
    "score_fit_c": ("crm_suite_marketing.score_fit_c", 5),
    "score_engagement_1": ("crm_suite_marketing.score_engagement_1", 40),
    "score_engagement_2": ("crm_suite_marketing.score_engagement_2", 20),
    "score_engagement_3": ("crm_suite_marketing.score_engagement_3", 5),
    "score_hot": ("crm_suite_marketing.score_hot", 50),
    "score_warm": ("crm_suite_marketing.score_warm", 25),
}
# bounds of one measure, which fall
SCALES = (
    ("score_fit_a", "score_fit_b", "score_fit_c"),
    ("score_engagement_1", "score_engagement_2", "score_engagement_3"),
    ("score_hot", "score_warm"),
)


def get_bounds(env):
    """Return the bounds by the names of their settings; what cannot be one counts as not set."""
    # sudo: parameters of the grades, no secret
    parameters = env["ir.config_parameter"].sudo()
    bounds = {}
    for name, (parameter, default) in BOUNDS.items():
        try:
            bounds[name] = int(parameters.get_param(parameter, default))
        except (TypeError, ValueError):
            bounds[name] = default
    return bounds
