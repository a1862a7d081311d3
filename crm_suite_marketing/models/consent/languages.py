"""Languages as people call them."""


def name_languages(records):
    """Fill `lang_name` by `lang`: its name, or the code of one that is not there."""
    for record in records:
        name = record.env["res.lang"]._get_data(code=record.lang).name
        record.lang_name = name or record.lang
