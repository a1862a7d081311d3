"""What customers type into the help centre, among few articles and among many.

python benchmarks/knowledge_search.py DATABASE [--small=2000] [--large=200000] [--rounds=5]

Every article holds the word "account"; one in a thousand has it in its name. The search must find
those first, and must not take longer because a word is everywhere.
"""

import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

from harness import arguments, database_copy, environment

INDEX = "crm_knowledge_article_search_index_idx"
NAMES_INDEX = "crm_knowledge_article_names_idx"
TYPED = {
    "A word of every article": "account",
    "Two words of every article": "open account",
    "A rare word and a frequent one": "account invoice77777",
    "Eight words, seven of them frequent": (
        "account order delivery number carrier working invoice77777 customer"
    ),
    "A word with a typing error": "acount",
}
FILL = """
INSERT INTO crm_knowledge_article (name, active, state, visibility, search_index, sequence,
                                   author_id, create_date, write_date)
SELECT name, true, 'published', 'public',
       ' ' || lower(name) || ' ' || E'\n' || ' open my account and choose your order. under '
       || 'delivery you find the day and the number of the carrier, working days are named for '
       || 'customers. '
       || repeat('what ' || md5(n::text) || ' stands for is told in chapter ' || n || ' ', 8),
       10, 1, now(), now()
  FROM (SELECT n, CASE WHEN n %% 1000 = 500 THEN 'Account ' ELSE 'Guide ' END || n
                  || ' invoice' || n AS name
          FROM generate_series(%(first)s::int, %(last)s::int) AS n) AS numbers
"""


def main():
    options = arguments(__doc__.splitlines()[0], small=2000, large=200_000)
    print("| Typed | articles | ms | queries |\n|---|---:|---:|---:|")
    with database_copy(options.database) as database:
        first = 1
        for size in (options.small, options.large):
            with environment(database) as env:
                env.cr.execute(FILL, {"first": first, "last": size})
                # What was just inserted waits in a list that every search reads, until vacuum
                env.cr.execute("SELECT gin_clean_pending_list(%s::regclass)", [INDEX])
                env.cr.execute("SELECT gin_clean_pending_list(%s::regclass)", [NAMES_INDEX])
                env.cr.execute("ANALYZE crm_knowledge_article")
                env.cr.commit()
            first = size + 1
            with environment(database) as env:
                for name, typed in TYPED.items():
                    took, queries, found = measure(env, typed, options.rounds)
                    print(f"| {name} | {size:,} | {took * 1000:.0f} | {queries} |", flush=True)
                    check(found, typed, size)


def measure(env, typed, rounds):
    """:return: (seconds of the fastest round, its queries, what was found)"""
    Article = env["crm.knowledge.article"]
    domain = [("state", "=", "published"), ("visibility", "=", "public")]
    best = None
    for _round in range(rounds + 1):
        env.invalidate_all()
        queries, begin = env.cr.sql_log_count, time.perf_counter()
        found = Article._find(typed, domain)
        took = time.perf_counter() - begin
        if not best or took < best[0]:
            best = took, env.cr.sql_log_count - queries, found
    return best


def check(found, typed, size):
    """The best ones come first, however many there are."""
    names = found.mapped("name")
    if "invoice77777" in typed and size >= 77777 and "invoice77777" not in names[:1][0]:
        raise SystemExit(f"{typed}: {names}")
    if typed == "account" and not all("ccount" in name for name in names[: size // 1000]):
        raise SystemExit(f"{typed}: {names}")


if __name__ == "__main__":
    main()
