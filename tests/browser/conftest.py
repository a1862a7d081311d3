import pytest

from .person import GROUPS, LANGUAGES, Person, user


@pytest.fixture(scope="module", params=LANGUAGES)
def person(request, suite, chromium):
    """Rana, who may do what the add-ons offer, but is no administrator."""
    login = user(suite.login("admin"), f"rana.{request.param}", request.param, GROUPS)
    someone = Person(chromium, suite, login, login, request.param)
    yield someone
    someone.page.context.close()


@pytest.fixture(autouse=True)
def blameless(person):
    """A test answers for what broke in the browser during it, not for what broke before."""
    person.errors.clear()
