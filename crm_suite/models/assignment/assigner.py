"""Finding the team and the salesperson of a batch of leads, and saying why."""

from collections import defaultdict
from datetime import datetime, timedelta

from markupsafe import Markup

from odoo import fields
from odoo.tools import format_date, format_datetime, format_list

from ...lib.assignment import Candidate, choose, cover, speaks

NAMED_IN_A_NOTE = 8  # colleagues


class Decision:
    """What was decided about a lead. Reasons are functions of an environment: whoever reads them
    chooses the language.
    """

    def __init__(self, lead, team):
        self.lead = lead
        self.team = team
        self.member = lead.env["crm.team.member"]  # who gets it
        self.reasons = []
        self.passed_over = []  # (user, reason)

    def get_company(self):
        """Return the company that the lead is in or gets."""
        lead, team = self.lead, self.member.crm_team_id or self.team
        return lead.company_id or team.company_id or lead.partner_id.company_id

    def get_note(self, env):
        """Return the note on the lead, in the language of the environment."""
        if self.member:
            title = env._(
                "Assigned automatically to %(user)s, sales team %(team)s, because:",
                user=self.member.user_id.name,
                team=self.member.crm_team_id.with_env(env).name,
            )
        elif self.team:
            title = env._(
                "Nobody of the sales team %(team)s is available for this lead. It stays without a"
                " salesperson until somebody is.",
                team=self.team.with_env(env).name,
            )
        else:
            title = env._("No assignment rule says which sales team gets this lead.")
        lines = [reason(env) for reason in self.reasons]
        lines += [
            env._("Not %(user)s: %(reason)s", user=user.name, reason=reason(env))
            for user, reason in self.passed_over[:NAMED_IN_A_NOTE]
        ]
        if len(self.passed_over) > NAMED_IN_A_NOTE:
            more = len(self.passed_over) - NAMED_IN_A_NOTE
            lines.append(env._("Nor %(count)s more.", count=more))
        items = Markup().join(Markup("<li>%s</li>") % line for line in lines)
        return Markup("<p>%s</p><ul>%s</ul>") % (title, items) if items else title


class Assigner:
    """Decides about a batch of leads with a fixed number of queries.

    :param leads: as superuser; without a salesperson, and locked
    """

    def __init__(self, leads):
        self.env = leads.env
        self.leads = leads
        self.now = fields.Datetime.now()
        self.reasons_for_team = {}  # lead: reason
        self.candidates = {}  # member: Candidate
        self.next_work = {}  # member id: datetime or None
        self.areas = {}  # member: [(territory, [Area])]
        self.languages = {}  # member: codes
        self.matching = {}  # member: ids of the leads that pass the filter
        self.preferred = defaultdict(set)  # lead id: ids of members

    def decide(self):
        """Return a `Decision` for each lead.

        Afterwards `candidates` says of each member when the last lead was given.
        """
        keepers = {lead: self._find_keeper(lead) for lead in self.leads}
        teams = {lead: lead.team_id or keepers[lead].crm_team_id for lead in self.leads}
        rest = self.leads.filtered(lambda lead: not teams[lead])
        teams.update(self._find_teams_by_rule(rest))
        rest = rest.filtered(lambda lead: not teams[lead])
        if rest:
            teams.update(self._find_teams_by_core(rest))
        self._learn_about(self.env["crm.team"].union(*teams.values()), keepers)
        return [self._decide(lead, teams[lead], keepers[lead]) for lead in self.leads]

    # Teams

    def _find_teams_by_rule(self, rest):
        teams = {}
        rules = self.env["crm.assignment.rule"]
        for rule in rules.search([("active", "=", True)]) if rest else rules:
            for lead in rule._filter_leads(rest):
                teams[lead] = rule.team_id
                self.reasons_for_team[lead] = lambda env, rule=rule: env._(
                    "Sales team %(team)s: by the assignment rule %(rule)s.",
                    team=rule.team_id.with_env(env).name,
                    rule=rule.with_env(env).name,
                )
            rest = rest.filtered(lambda lead: lead not in teams)
            if not rest:
                break
        return teams

    def _find_teams_by_core(self, rest):
        """Teams with a filter of their own (core's), then the only team there is."""
        teams = {}
        usable = self.env["crm.team"].search(
            [
                ("assignment_optout", "=", False),
                "|",
                ("use_leads", "=", True),
                ("use_opportunities", "=", True),
            ]
        )
        for team in usable.filtered(lambda team: (team.assignment_domain or "[]") != "[]"):
            fitting = rest.filtered(lambda lead, team=team: self._is_open_to(team, lead))
            for lead in fitting._filter_by_text(team.assignment_domain):
                teams[lead] = team
                self.reasons_for_team[lead] = lambda env, team=team: env._(
                    "Sales team %(team)s: by the filter of the team.", team=team.with_env(env).name
                )
            rest = rest.filtered(lambda lead: lead not in teams)
        for lead in rest:
            open_to = usable.filtered(lambda team, lead=lead: self._is_open_to(team, lead))
            if len(open_to) == 1:
                teams[lead] = open_to
                self.reasons_for_team[lead] = lambda env, team=open_to: env._(
                    "Sales team %(team)s: there is no other.", team=team.with_env(env).name
                )
        return teams

    def _is_open_to(self, team, lead):
        wanted = team.use_leads if lead.type == "lead" else team.use_opportunities
        return wanted and self._is_of_company(team, lead)

    def _is_of_company(self, team, lead):
        company = lead.company_id or lead.partner_id.company_id
        return not company or not team.company_id or company == team.company_id

    # Salespeople

    def _find_keeper(self, lead):
        """Return the membership of the salesperson of the customer, in the lead's team if it is
        there.
        """
        customer = lead.partner_id
        owner = customer.user_id or customer.commercial_partner_id.user_id
        memberships = owner.crm_team_member_ids.filtered(
            lambda member: (
                member.active
                and member.crm_team_id.active
                and member.crm_team_id.assignment_keep_customer
                and self._is_of_company(member.crm_team_id, lead)
            )
        )
        own = memberships.filtered(lambda member: member.crm_team_id == lead.team_id)
        if lead.team_id and not own and not lead.team_id.assignment_keep_customer:
            return memberships.browse()
        return (own or memberships.sorted(lambda m: (m.crm_team_id.sequence, m.id)))[:1]

    def _learn_about(self, teams, keepers):
        """Read what is asked about each lead once for all of them."""
        members = teams.crm_team_member_ids.union(*keepers.values())
        counts = self.env["crm.lead"]._get_open_counts(members.user_id)
        for team, own in members.grouped("crm_team_id").items():
            until = self.now + timedelta(hours=team.assignment_wait_hours)
            self.next_work.update(own._get_next_work(self.now, until))
        for member in members:
            self.candidates[member] = Candidate(
                key=member.id,
                open_count=counts.get(member.user_id.id, 0),
                capacity=max(member.assignment_max, 1),
                limit=member.open_lead_limit,
                last_at=member.last_assigned_at or datetime.min,
            )
            self.areas[member] = [(t, t._get_areas()) for t in member.territory_ids]
            self.languages[member] = member.language_ids.mapped("code")
            fitting = self.leads._filter_by_text(member.assignment_domain)
            self.matching[member] = set(fitting.ids)
            if (member.assignment_domain_preferred or "[]") != "[]":
                for lead in fitting._filter_by_text(member.assignment_domain_preferred):
                    self.preferred[lead.id].add(member.id)

    def _decide(self, lead, team, keeper):
        decision = Decision(lead, team)
        if lead in self.reasons_for_team:
            decision.reasons.append(self.reasons_for_team[lead])
        if keeper and self._keep_customer(decision, keeper):
            return decision
        able = self.env["crm.team.member"]
        for member in team.crm_team_member_ids - keeper:
            obstacle = self._find_absence(lead, team, member) or self._find_misfit(lead, member)
            if obstacle:
                decision.passed_over.append((member.user_id, obstacle))
            else:
                able |= member
        chosen = choose(
            [self.candidates[member] for member in able],
            preferred=self.preferred[lead.id],
            at_work={member.id for member in able if self._is_at_work(member)},
        )
        if chosen:
            self._give(decision, able.browse(chosen.key))
        elif team and not team.crm_team_member_ids:
            decision.reasons.append(lambda env: env._("The sales team has no members."))
        return decision

    def _keep_customer(self, decision, keeper):
        obstacle = self._find_absence(decision.lead, keeper.crm_team_id, keeper)
        if obstacle:
            decision.passed_over.append((keeper.user_id, obstacle))
            return False
        decision.member = keeper
        decision.reasons.append(lambda env: env._("This is the salesperson of the customer."))
        self._explain_work(decision, keeper)
        self._take(keeper)
        return True

    def _give(self, decision, member):
        lead, candidate = decision.lead, self.candidates[member]
        decision.member = member
        self._explain_fit(decision, member)
        self._explain_work(decision, member)
        if member.id in self.preferred[lead.id]:
            decision.reasons.append(lambda env: env._("Prefers such leads."))
        count, capacity = candidate.open_count, candidate.capacity
        decision.reasons.append(
            lambda env: env._(
                "Least load of those who can: open leads %(count)s, capacity %(capacity)s.",
                count=count,
                capacity=capacity,
            )
        )
        self._take(member)

    def _take(self, member):
        """The lead counts for whichever team this person gets it."""
        for other, candidate in self.candidates.items():
            if other == member:
                candidate.take(self._tick())
            elif other.user_id == member.user_id:
                candidate.open_count += 1

    def _tick(self):
        """Return an instant after all others, so that those who are equal take turns."""
        latest = max(candidate.last_at for candidate in self.candidates.values())
        return max(self.now, latest) + timedelta(microseconds=1)

    # Who can, and why not

    def _find_absence(self, lead, team, member):
        user, company = member.user_id, self._get_company(lead, team)
        if not user.active or user.share:
            return lambda env: env._("has no active account")
        if company and company not in user.company_ids:
            return lambda env: env._("does not work for %(company)s", company=company.name)
        if member.assignment_optout:
            return lambda env: env._("takes a pause from assignment")
        if member.away_until and member.away_until >= self.now.date() and not self._is_back(member):
            return lambda env: env._(
                "away until %(date)s", date=format_date(env, member.away_until)
            )
        if not self._is_back(member):
            return lambda env: env._(
                "not at work within %(hours)s hours", hours=team.assignment_wait_hours
            )
        if self.candidates[member].is_full:
            limit = member.open_lead_limit
            return lambda env: env._("has reached the limit of %(limit)s open leads", limit=limit)
        return None

    def _find_misfit(self, lead, member):
        if not member.assignment_max:
            return lambda env: env._("has no capacity")
        areas = [area for _territory, own in self.areas[member] for area in own]
        if cover(areas, lead._get_place()) is False:
            return lambda env: env._("other territory")
        if not speaks(self.languages[member], lead.lang_id.code):
            language = lead.lang_id
            return lambda env: env._(
                "does not speak %(language)s", language=language.with_env(env).name
            )
        if lead.id not in self.matching[member]:
            return lambda env: env._("has an assignment filter that leaves this lead out")
        return None

    def _is_back(self, member):
        return self.next_work[member.id] is not None

    def _is_at_work(self, member):
        return self.next_work[member.id] == self.now

    def _get_company(self, lead, team):
        return lead.company_id or team.company_id or lead.partner_id.company_id

    # Explanations

    def _explain_fit(self, decision, member):
        lead, place = decision.lead, decision.lead._get_place()
        inside = [territory for territory, own in self.areas[member] if cover(own, place)]
        if inside:
            decision.reasons.append(
                lambda env: env._(
                    "Territory: %(names)s.",
                    names=format_list(env, [t.with_env(env).name for t in inside]),
                )
            )
        elif self.areas[member]:
            decision.reasons.append(
                lambda env: env._("The address of the lead is too little known for territories.")
            )
        if lead.lang_id and self.languages[member]:
            decision.reasons.append(
                lambda env: env._("Speaks %(language)s.", language=lead.lang_id.with_env(env).name)
            )

    def _explain_work(self, decision, member):
        start = self.next_work[member.id]
        if start == self.now:
            decision.reasons.append(lambda env: env._("Is at work now."))
        else:
            decision.reasons.append(
                lambda env: env._(
                    "Is at work again on %(date)s.",
                    date=format_datetime(env, start, tz=member.user_id.tz, dt_format="short"),
                )
            )
