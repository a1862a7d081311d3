"""What the buttons of journeys write, and nobody by hand."""

# In the context where a launch, a pause or an import writes. No program can send it.
BY_SYSTEM = object()
KEY = "journey_by_system"


def is_by_system(env):
    return env.context.get(KEY) is BY_SYSTEM
