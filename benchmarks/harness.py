"""What every workload shares: a database to work on, rotated rounds, and a Markdown table.

A workload is a script that runs as ``python benchmarks/NAME.py DATABASE``. Nothing is left in
DATABASE: either the rounds are rolled back, or the workload runs on a copy (:func:`database_copy`).
"""

import argparse
import contextlib
import gc
import os
import platform
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import odoo
from odoo import SUPERUSER_ID, api, sql_db
from odoo.modules.registry import Registry
from odoo.tools import config

QUIET = ["--log-level=critical", "--no-http", "--max-cron-threads=0"]


@dataclass
class Case:
    """One of the things that are compared.

    :ivar name: as shown in the table
    :ivar run: ``(env, prepared) -> None``: what is timed
    :ivar prepare: ``(env) -> prepared``: what is not
    :ivar check: ``(env, prepared) -> None``: raises when the run did not do its work
    """

    name: str
    run: Callable
    prepare: Callable = lambda env: None
    check: Callable = lambda env, prepared: None
    samples: list = field(default_factory=list)


@dataclass(frozen=True)
class Sample:
    wall: float
    cpu: float
    server_cpu: float | None
    queries: int


def arguments(description, **options):
    """The database on the command line, and ``--name=number`` for each option with its default."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("database")
    parser.add_argument("--rounds", type=int, default=5)
    for name, default in options.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    return parser.parse_args()


@contextlib.contextmanager
def database_copy(database):
    """A copy of a database, dropped afterwards: for workloads that commit."""
    copy = f"{database}_bench_{os.getpid()}"
    subprocess.run(["createdb", "-T", database, copy], check=True)
    try:
        yield copy
    finally:
        odoo.sql_db.close_db(copy)
        subprocess.run(["dropdb", "--if-exists", "--force", copy], check=True)


@contextlib.contextmanager
def environment(database):
    """The superuser's environment in a database; whatever was not committed is rolled back."""
    config.parse_config([*QUIET, f"--database={database}"], setup_logging=True)
    # printing what core warns of again and again would be part of the measurement
    warnings.simplefilter("ignore", DeprecationWarning)
    registry = Registry(database)
    with registry.cursor() as cr:
        yield api.Environment(cr, SUPERUSER_ID, {})
        cr.rollback()


def create_many_leads(env, number):
    """Fill a copy of a database: so many contacts and leads, three in four of these with four
    products and a history of stages, of forty salespeople in five teams. Commits.

    :return: one of the salespeople, who sees what is his, and a manager, who sees all
    """
    own, all_documents = (
        env.ref(f"sales_team.group_sale_{name}").id for name in ("salesman", "manager")
    )
    users = env["res.users"].create(
        [
            {"name": f"Person {n}", "login": f"person{n}", "group_ids": [(4, group)]}
            for n, group in enumerate([all_documents] + [own] * 40)
        ]
    )
    teams = env["crm.team"].create([{"name": f"Team {n}"} for n in range(5)])
    products = env["product.product"].create([{"name": f"Product {n}"} for n in range(20)])
    env.flush_all()
    definitions = _drop_indexes(env, "res_partner", "crm_lead", "crm_opportunity_line")
    env.cr.execute(
        (Path(__file__).parent / "many_leads.sql").read_text(),
        {
            "number": number,
            "users": users[1:].ids,
            "teams": teams.ids,
            "products": products.ids,
            "stages": env["crm.stage"].search([("is_won", "=", False)]).ids,
            "company": env.company.id,
            "currency": env.company.currency_id.id,
            "country": env.ref("base.jo").id,
        },
    )
    env.invalidate_all()
    for model in ("res.partner", "crm.lead"):
        env[model]._fill_search_index()
    for definition in definitions:
        env.cr.execute(definition)
    env.cr.commit()
    subprocess.run(["psql", "-qc", "VACUUM ANALYZE", env.cr.dbname], check=True)
    return users[1], users[0]


def create_desk(env, mode="always"):
    """A helpdesk team of one agent and a leader, with a policy and its ladder. Commits.

    :param mode: "always", or "working" for time in a calendar with split days
    """
    group = env.ref("crm_suite_helpdesk.group_agent").id
    agent, leader = env["res.users"].create(
        [
            {"name": name, "login": name, "notification_type": "inbox", "group_ids": [(4, group)]}
            for name in ("Agent", "Leader")
        ]
    )
    team = env["crm.ticket.team"].create(
        {"name": "Desk", "user_id": leader.id, "member_ids": [(6, 0, agent.ids)]}
    )
    spans = [(str(day), *span) for day in range(5) for span in ((8, 12), (13, 17))]
    calendar = env["resource.calendar"].create(
        {
            "name": "Office hours",
            "tz": "Europe/Paris",
            "attendance_ids": [
                (5, 0, 0),
                *(
                    (0, 0, {"name": "Work", "dayofweek": d, "hour_from": a, "hour_to": b})
                    for d, a, b in spans
                ),
            ],
        }
    )
    policy = env["crm.sla.policy"].create(
        {
            "name": "Benchmark",
            "mode": mode,
            "calendar_id": calendar.id,
            "team_ids": [(6, 0, team.ids)],
            "target_ids": [(0, 0, {"metric": "resolution", "budget_s": 3600})],
            "rule_ids": [
                (0, 0, {"kind": "share", "share": 75, "only_working_hours": False}),
                (0, 0, {"kind": "after", "to_leader": True, "only_working_hours": False}),
                (0, 0, {"kind": "after", "delay": 4, "only_working_hours": False}),
            ],
        }
    )
    env.cr.commit()
    return SimpleNamespace(team=team, agent=agent, calendar=calendar, policy=policy, mode=mode)


def create_clocks(env, desk, number, every=3):
    """Fill a copy of a database with so many clocks, of which one in `every` runs. Commits."""
    env.flush_all()
    definitions = _drop_indexes(env, "crm_ticket", "crm_sla_clock")
    working = desk.mode == "working"
    env.cr.execute(
        (Path(__file__).parent / "sla_clocks.sql").read_text(),
        {
            "clocks": number,
            "every": every,
            "company": env.company.id,
            "team": desk.team.id,
            "user": desk.agent.id,
            "stage": env.ref("crm_suite_helpdesk.crm_ticket_stage_open").id,
            "policy": desk.policy.id,
            "revision": desk.policy.revision_id.id,
            "mode": desk.mode,
            "calendar": desk.calendar.id if working else None,
            "calendar_revision": desk.calendar.working_time_revision if working else 0,
        },
    )
    for definition in definitions:
        env.cr.execute(definition)
    env.cr.commit()
    subprocess.run(["psql", "-qc", "VACUUM ANALYZE", env.cr.dbname], check=True)


def _drop_indexes(env, *tables):
    """Drop the indexes of tables that are going to be filled; return how to make them again."""
    env.cr.execute(
        """
        SELECT pg_get_indexdef(i.indexrelid), format('DROP INDEX %%I', c.relname)
          FROM pg_index i
          JOIN pg_class c ON c.oid = i.indexrelid
          JOIN pg_class t ON t.oid = i.indrelid
         WHERE t.relname IN %s AND NOT i.indisunique
        """,
        [tables],
    )
    indexes = env.cr.fetchall()
    for _definition, drop in indexes:
        env.cr.execute(drop)
    return [definition for definition, _drop in indexes]


def measure(env, cases, rounds, *, commits=False):
    """Run each case once a round, each round beginning with another case; the first one warms up.

    :param bool commits: the cases commit, so that nothing can be rolled back between them
    """
    for number in range(rounds + 1):
        shift = number % len(cases)
        for case in cases[shift:] + cases[:shift]:
            sample = _measure_once(env, case, commits)
            if number:
                case.samples.append(sample)
        print(f"round {number} of {rounds}", file=sys.stderr)


def _measure_once(env, case, commits):
    savepoint = contextlib.nullcontext() if commits else env.cr.savepoint(flush=True)
    with savepoint as point:
        prepared = case.prepare(env)
        env.flush_all()
        if commits:
            env.cr.commit()
        env.invalidate_all()
        gc.collect()
        backend = backend_cpu(env)
        # of all cursors: some work on one of their own
        queries, cpu, wall = sql_db.sql_counter, time.process_time(), time.perf_counter()
        case.run(env, prepared)
        env.flush_all()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        queries = sql_db.sql_counter - queries
        used = backend_cpu(env)
        case.check(env, prepared)
        if point:
            point.rollback()
    env.invalidate_all()
    return Sample(wall, cpu, None if backend is None else used - backend, queries)


def backend_cpu(env):
    """CPU seconds of the PostgreSQL processes that work on this database, which nobody else uses;
    None when they are on another machine.
    """
    env.cr.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
    ticks = 0
    try:
        for [pid] in env.cr.fetchall():
            with open(f"/proc/{pid}/stat") as stat:
                fields = stat.read().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    except OSError:
        return None
    return ticks / os.sysconf("SC_CLK_TCK")


def print_table(title, cases, floor, units, unit):
    """A Markdown table, all values per unit of work; the spread is (maximum - minimum) / median.

    :param str floor: name of the case that the others are compared with, by time and by CPU
    :param int units: units of work in a run
    """
    print(f"\n**{title}**, per {unit} ({units} a run, {len(cases[0].samples)} rounds)\n")
    print("| | ms | spread | CPU ms | PostgreSQL CPU ms | queries | ms ratio | CPU ratio |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    base = _summarise(next(case for case in cases if case.name == floor))
    for case in cases:
        wall, spread, cpu, server, queries = _summarise(case)
        known = server is not None
        ratio = (cpu + (server or 0)) / (base[2] + (base[3] or 0))
        print(
            f"| {case.name} | {wall / units * 1000:.1f} | {spread:.0%} | {cpu / units * 1000:.1f} "
            f"| {f'{server / units * 1000:.1f}' if known else ''} | {queries / units:.1f} "
            f"| {wall / base[0]:.2f} | {ratio:.2f} |"
        )


def _summarise(case):
    """Medians of a case: seconds, their spread, CPU seconds, those of PostgreSQL, queries."""
    walls = [sample.wall for sample in case.samples]
    servers = [sample.server_cpu for sample in case.samples]
    return (
        statistics.median(walls),
        (max(walls) - min(walls)) / statistics.median(walls),
        statistics.median(sample.cpu for sample in case.samples),
        None if None in servers else statistics.median(servers),
        statistics.median(sample.queries for sample in case.samples),
    )


def print_machine(env):
    """One line that says on what this was measured."""
    model = platform.processor() or platform.machine()
    with contextlib.suppress(OSError), open("/proc/cpuinfo") as info:
        model = next(
            (line.split(":")[1].strip() for line in info if line.startswith("model name")), model
        )
    env.cr.execute("SELECT current_setting('server_version'), current_setting('fsync')")
    postgres, fsync = env.cr.fetchone()
    print(
        f"\n{model}, {os.cpu_count()} cores; Python {platform.python_version()}, "
        f"PostgreSQL {postgres.split()[0]} (fsync {fsync}), Odoo {odoo.release.version}"
    )
