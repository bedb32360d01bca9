"""A team's configuration, loaded and cross-checked as one thing."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from feedback.adapters.survey_file import load_surveys
from feedback.errors import ConfigError
from feedback.survey import SurveyDefinition
from models.adapters.contract_file import CONTRACT_FILE, read_contract
from models.contract import RecallContract
from models.sentiment import CLASSES
from nanni.routable import require_routable
from nanni.settings import WORKSPACE_FILE, Settings
from nanni.sign_in import require_known_teams
from tickets.adapters.closing_file import load_closing, load_templates
from tickets.adapters.routing_file import load_routing
from tickets.adapters.sla_file import load_ladder, load_sla
from tickets.adapters.teamwork_file import load_teamwork
from tickets.closing import ClosingPolicy, CustomerMessage
from tickets.ladder import Ladder
from tickets.landing import OpeningRules
from tickets.notice import Audience
from tickets.routing import Routing
from tickets.sla import SlaPolicy
from tickets.teamwork import Teamwork
from triggers.adapters.policy_file import load_policy, policy_text
from triggers.adapters.theme_file import load_taxonomy
from triggers.decide import CompiledPolicy, compile_policy
from triggers.policy import SentimentLimits
from triggers.themes import Taxonomy


@dataclass(frozen=True, slots=True)
class Workspace:
    """Everything a team has written down, typed; nothing of it reads the world again."""

    settings: Settings
    surveys: Mapping[str, SurveyDefinition]
    taxonomy: Taxonomy
    policy: CompiledPolicy
    routing: Routing
    sla: SlaPolicy
    ladder: Ladder
    policy_text: str
    opening_rules: OpeningRules
    audience: Audience
    teamwork: Teamwork
    closing: ClosingPolicy
    templates: Mapping[CustomerMessage, str]
    contract: RecallContract | None = None

    @property
    def limits(self) -> SentimentLimits | None:
        """What the policy's recall contract and review of ambiguous comments stand for; None without labels yet."""
        return sentiment_limits(self.contract)

    @property
    def folder(self) -> Path:
        """The workspace folder."""
        return self.settings.workspace

    def survey(self, name: str) -> SurveyDefinition:
        """A survey by id. Raises ConfigError listing the ids there are."""
        try:
            return self.surveys[name]
        except KeyError as error:
            raise ConfigError(
                f"no survey {name!r}",
                where=str(self.folder / "surveys"),
                allowed=", ".join(sorted(self.surveys)) or "none yet",
                next_step="name one of those, or add surveys/ID.yaml",
            ) from error


ROUTING_FILE, POLICY_FILE, SLA_FILE = "routing.yaml", "policy.yaml", "sla.yaml"


def load_workspace(settings: Settings, routing_file: str = ROUTING_FILE) -> Workspace:
    """Load and cross-check every file. Raises ConfigError on the first thing that is wrong.

    `routing_file` is a draft of routing.yaml beside it, to see whether everything fits with it.
    """
    folder = settings.workspace
    surveys = load_surveys(folder)
    taxonomy = load_taxonomy(folder / "themes.yaml")
    routing = load_routing(folder / routing_file)
    require_known_teams(settings.file.desk.sign_in, (team.id for team in routing.teams), str(folder / WORKSPACE_FILE))
    path = folder / POLICY_FILE
    contract = promised(settings)
    policy = require_routable(path, load_policy(path, surveys, taxonomy, sentiment_limits(contract)), routing)
    notices = settings.file.notices
    sla = load_sla(folder / SLA_FILE, routing)
    closing = load_closing(folder / "closing.yaml", sla.calendar, routing, settings.file.desk_url)
    return Workspace(
        settings=settings,
        surveys=surveys,
        taxonomy=taxonomy,
        policy=compile_policy(policy),
        routing=routing,
        sla=sla,
        ladder=load_ladder(folder / SLA_FILE, sla, routing),
        policy_text=policy_text(policy),
        teamwork=load_teamwork(folder / "teamwork.yaml"),
        opening_rules=OpeningRules(
            policy.responses.statuses, policy.responses.late_after, closing.reopen, settings.file.episodes.alike
        ),
        audience=Audience(
            mail=notices.default != "console",
            chats=tuple(notices.chat),
            console=notices.default == "console",
            customers=CustomerMessage.ACKNOWLEDGEMENT in closing.messages,
        ),
        contract=contract,
        closing=closing,
        templates=load_templates(folder / "templates"),
    )


def sentiment_limits(contract: RecallContract | None) -> SentimentLimits | None:
    """A contract as the policy wants it."""
    if contract is None:
        return None
    negative, neutral, positive = (contract.conformal[name] for name in CLASSES)
    return SentimentLimits(contract.point.threshold, (negative, neutral, positive))


def promised(settings: Settings) -> RecallContract | None:
    """The workspace's operating point. Raises ConfigError when it promises less than `nanni.yaml` asks for."""
    path, asked = settings.workspace / CONTRACT_FILE, settings.file.sentiment
    contract = read_contract(path)
    if contract is None or asked.miss_at_most is None:
        return contract
    if contract.miss_at_most > asked.miss_at_most or contract.point.level < asked.confidence:
        raise ConfigError(
            f"the operating point was picked to miss at most {contract.miss_at_most:.1%} with confidence "
            f"{contract.point.level:.0%}; nanni.yaml asks for {asked.miss_at_most:.1%} with {asked.confidence:.0%}",
            where=str(path),
            next_step="pick it anew: `nanni model operating-point FILE … --write`",
        )
    return contract
