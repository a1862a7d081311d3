"""The body of a mail of a ready journey, from its paragraphs, as the editor of mailings has it."""

from html import escape

PAGE = (
    '<div class="o_layout o_default_theme oe_unremovable oe_unmovable" data-name="Mailing"{page}>'
    '<div class="container o_mail_wrapper o_mail_regular oe_unremovable">'
    '<div class="row mw-100 mx-0">'
    '<div class="col o_mail_no_options o_mail_wrapper_td oe_structure o_editable">'
    "{sections}</div></div></div></div>"
)
SECTION = (
    '<section class="s_text_block o_mail_snippet_general pt16 pb16" style="{style}padding-left: '
    '15px; padding-right: 15px;" data-snippet="s_text_block" data-name="Text">'
    '<div class="container s_allow_columns">{content}</div></section>'
)
BUTTON = (
    '<p style="text-align: center;"><a role="button" class="btn btn-primary" href="{url}">{text}'
    "</a></p>"
)
FOOTER = (
    '<p style="text-align: center; font-size: 12px; color: #6c757d;">'
    '<a href="/unsubscribe_from_list">{unsubscribe}</a> | <a href="/view">{view}</a></p>'
)
WAYS_OUT = {
    "en": {"unsubscribe": "Unsubscribe", "view": "View in browser"},
    "ar": {"unsubscribe": "إلغاء الاشتراك", "view": "عرض في المتصفح"},
}


def make_body(blocks, lang):
    """Return the HTML of a mail.

    :param blocks: list of ``["p", texts]`` and ``["button", texts, url]``; `texts` by language
    :param lang: ``en`` or ``ar``
    """
    paragraphs, sections = [], []
    for kind, texts, *rest in blocks:
        # quotation marks stand in merge fields
        text = escape(texts[lang], quote=False)
        if kind == "button":
            sections += ["".join(paragraphs), BUTTON.format(url=escape(rest[0]), text=text)]
            paragraphs = []
        else:
            paragraphs.append(f"<p>{text}</p>")
    sections += ["".join(paragraphs), FOOTER.format(**WAYS_OUT[lang])]
    is_rtl = lang == "ar"
    return PAGE.format(
        page=' dir="rtl"' if is_rtl else "",
        sections="".join(
            SECTION.format(style="text-align: right; " if is_rtl else "", content=section)
            for section in sections
            if section
        ),
    )
