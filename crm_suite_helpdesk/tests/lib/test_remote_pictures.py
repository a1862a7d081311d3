from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from markupsafe import Markup

from odoo.tests import TransactionCase, tagged
from odoo.tools import html_sanitize

from ...lib.remote_pictures import hold_pictures

ADDRESS = "http://x.example/a.png"
PIECES = st.sampled_from(
    (
        f'<img src="{ADDRESS}" alt="a>b">',
        f"<IMG SRC='{ADDRESS}' width=1>",
        f"<img srcset={ADDRESS}>",
        '<img src="/web/session/logout">',
        f'<td background="{ADDRESS}">',
        f'<p style="color:red;background-image:URL({ADDRESS})">',
        f'<p style="background-image:u\\72l({ADDRESS})">',
        f'<video src="{ADDRESS}" poster="{ADDRESS}">',
        f'<svg><image href="{ADDRESS}"/>',
        f"<picture><source src={ADDRESS}>",
        "</p>",
        "</td>",
        "<a href='http://y.example'>",
        "</a>",
        "<div>",
        "<!-- ",
        "-->",
        "text ",
        '"',
    )
)
NAMES = ("src", "srcset", "poster", "background", "href", "style")


@tagged("post_install", "-at_install")
class TestRemotePictures(TransactionCase):
    def test_a_picture_becomes_a_link(self):
        held = hold_pictures(Markup('<p>See <img src="%s" alt="<b> box"> here</p>') % ADDRESS)
        self.assertIsInstance(held, Markup)
        self.assertIn(f'<a href="{ADDRESS}"', held)
        self.assertIn("🖼 &lt;b&gt; box</a> here", held)
        self.assertNotIn("<img", held)

    def test_what_nobody_is_meant_to_see_goes(self):
        self.assertEqual(hold_pictures(f'a<img src="{ADDRESS}" width="1" height="1">b'), "ab")

    def test_our_own_server_is_not_asked_in_the_name_of_the_reader(self):
        self.assertNotIn("logout", hold_pictures('<img src="/web/session/logout"> Hello'))

    def test_what_is_in_the_mail_stays(self):
        for body in (
            'Hi <img src="cid:photo@x">',
            '<img src="data:image/png;base64,AAAA">',
            '<p style="color: red">Hi</p>',
            "plain",
            "",
            None,
        ):
            self.assertEqual(hold_pictures(body), body)

    def test_within_a_link_the_words_stay(self):
        held = hold_pictures(f'<a href="http://y.example"><img src="{ADDRESS}" alt="Logo"></a> x')
        self.assertEqual(held, '<a href="http://y.example"><span>🖼 Logo</span></a> x')

    def test_deep_texts(self):
        held = hold_pictures("<div>" * 3000 + f'<img src="{ADDRESS}">')
        self.assertEqual(self.fetched(held), [])

    @given(st.lists(PIECES, max_size=12))
    def test_nothing_is_fetched(self, pieces):
        self.assertEqual(self.fetched(hold_pictures("".join(pieces))), [])

    def fetched(self, body):
        """What a browser that shows a message asks other servers for."""
        shown = html_sanitize(body, sanitize_style=True)
        return [
            value
            for element in html.fragment_fromstring(shown, create_parent="div").iter()
            for name, value in element.attrib.items()
            if name in NAMES and (element.tag != "a" or name != "href")
            if "x.example" in value or "/web" in value
        ]
