"""A team's configuration, loaded and cross-checked as one thing."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from feedback.adapters.survey_file import load_surveys
from feedback.errors import ConfigError
from feedback.survey import SurveyDefinition
from nanni.routable import require_routable
from nanni.settings import Settings
from tickets.adapters.routing_file import load_routing
from tickets.adapters.sla_file import load_sla
from tickets.landing import OpeningRules
from tickets.notice import Audience
from tickets.routing import Routing
from tickets.sla import SlaPolicy
from triggers.adapters.policy_file import load_policy, policy_text
from triggers.adapters.theme_file import load_taxonomy
from triggers.decide import CompiledPolicy, compile_policy
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
    policy_text: str
    opening_rules: OpeningRules
    audience: Audience

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


def load_workspace(settings: Settings) -> Workspace:
    """Load and cross-check every file. Raises ConfigError on the first thing that is wrong."""
    folder = settings.workspace
    surveys = load_surveys(folder)
    taxonomy = load_taxonomy(folder / "themes.yaml")
    routing = load_routing(folder / "routing.yaml")
    path = folder / "policy.yaml"
    policy = require_routable(path, load_policy(path, surveys, taxonomy), routing)
    notices = settings.file.notices
    return Workspace(
        settings=settings,
        surveys=surveys,
        taxonomy=taxonomy,
        policy=compile_policy(policy),
        routing=routing,
        sla=load_sla(folder / "sla.yaml", routing),
        policy_text=policy_text(policy),
        opening_rules=OpeningRules(policy.responses.statuses, policy.responses.late_after),
        audience=Audience(
            mail=notices.default != "console", chats=tuple(notices.chat), console=notices.default == "console"
        ),
    )
