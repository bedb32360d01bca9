"""Sign-in by OpenID Connect as `nanni.yaml` configures it: the provider, and what its groups stand for here."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from feedback.adapters.yaml_file import FileModel
from feedback.errors import ConfigError
from tickets.access import Role

EVERY_TEAM = "*"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def is_safe_address(url: str) -> bool:
    """Whether a provider's address may be used: https, or plain http on this machine."""
    parts = urlsplit(url)
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK))


def _issuer(value: str) -> str:
    if not is_safe_address(value):
        raise ValueError("an issuer is an https address")
    return value


def _as_list(value: object) -> object:
    return value if isinstance(value, list) or value is None else [value]


class SignInModel(FileModel):
    """`desk: {sign_in: ...}`. The client's secret comes from NANNI_OIDC_CLIENT_SECRET; without it the client is public.

    `login`, `name` and `groups` name claims. `roles` and `teams` say what a group stands for; a team of `*` is every
    team. `unknown` is what happens to somebody none of whose groups has a role: refused, or given that role.
    `trust_email` takes the provider's addresses as verified though it does not say so.
    """

    issuer: Annotated[str, AfterValidator(_issuer)]
    client_id: Annotated[str, Field(min_length=1)]
    label: str = "single sign-on"
    scopes: list[str] = Field(default_factory=lambda: ["openid", "profile", "email"])
    login: str = "email"
    name: str = "name"
    groups: str = "groups"
    userinfo: bool = False
    trust_email: bool = False
    roles: dict[str, Role] = Field(default_factory=dict)
    teams: dict[str, Annotated[tuple[str, ...], BeforeValidator(_as_list)]] = Field(default_factory=dict)
    unknown: Literal["refuse"] | Role = "refuse"


@dataclass(frozen=True, slots=True)
class Granted:
    """What somebody's groups give them: a role, if any has one; teams, of which None is every team.

    `says_teams`: groups are mapped to teams at all, so that what they say holds, also when it is no team.
    """

    role: Role | None
    teams: tuple[str, ...] | None
    says_teams: bool


def granted(groups: Iterable[str], model: SignInModel) -> Granted:
    """The highest role of these groups, and the teams of all of them."""
    held = set(groups)
    roles = [role for group, role in model.roles.items() if group in held]
    teams = {team for group, named in model.teams.items() if group in held for team in named}
    order = list(Role)
    return Granted(
        max(roles, key=order.index, default=None),
        None if EVERY_TEAM in teams else tuple(sorted(teams)),
        bool(model.teams),
    )


def require_known_teams(model: SignInModel | None, teams: Iterable[str], where: str) -> None:
    """Raise ConfigError for a group that stands for a team there is none of."""
    known = set(teams)
    for group, named in model.teams.items() if model else ():
        for team in named:
            if team not in known | {EVERY_TEAM}:
                raise ConfigError(
                    f"desk.sign_in.teams: {group!r} stands for unknown team {team!r}",
                    where=where,
                    allowed=", ".join(sorted(known | {EVERY_TEAM})),
                    next_step="correct that name and run `nanni check`",
                )
