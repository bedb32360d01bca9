"""The one `Settings`: `nanni.yaml` of a workspace plus secrets from the environment, read once, passed in slices."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from feedback.adapters.yaml_file import FileModel, load_yaml
from feedback.errors import ConfigError
from nanni.sign_in import SignInModel

WORKSPACE_FILE = "nanni.yaml"
ALIKE = 0.4
"""Set on half of the intents of Banking77, judged on other texts: `python -m benchmarks.episodes`."""


class MailModel(FileModel):
    """Where mail is handed over. The login comes from NANNI_MAIL_USER and NANNI_MAIL_PASSWORD."""

    host: str
    port: int = Field(default=25, ge=1, le=65535)
    sender: str
    tls: Literal["none", "starttls", "ssl"] = "starttls"


class NoticesModel(FileModel):
    """How notices travel. `chat` names environment variables that hold Apprise URLs (they carry secrets)."""

    default: Literal["maildir", "console", "mail"] = "maildir"
    mail: MailModel | None = None
    chat: list[str] = Field(default_factory=list)


class SentimentModelChoice(FileModel):
    """Which model scores comments.

    `model` is `default` (shipped), `none`, a folder with a manifest, or a Hugging Face name or folder (torch extra).
    `miss_at_most`: the recall contract, the share of negative comments that may be missed, with this `confidence`.
    """

    model: str = "default"
    threads: int = Field(default=2, ge=1, le=64)
    providers: list[str] = Field(default_factory=lambda: ["CPUExecutionProvider"])
    device: str = "cpu"
    revision: str | None = None
    reads_questions: bool = False
    languages: list[str] = Field(default_factory=lambda: ["en"])
    labels: dict[str, Literal["negative", "neutral", "positive"]] = Field(default_factory=dict)
    miss_at_most: float | None = Field(default=None, gt=0, lt=1)
    confidence: float = Field(default=0.95, ge=0.5, lt=1)


class FlowsModel(FileModel):
    """How Prefect runs: schedules in seconds or cron, and the Dask cluster that scores large batches."""

    ingest_every_seconds: int = Field(default=300, ge=10)
    deliver_every_seconds: int = Field(default=60, ge=10)
    escalate_every_seconds: int = Field(default=300, ge=10)
    close_the_loop_every_seconds: int = Field(default=300, ge=10)
    hand_over_every_seconds: int = Field(default=900, ge=10)
    remind_every_seconds: int = Field(default=300, ge=10)
    file_tickets_every_seconds: int = Field(default=3600, ge=10)
    record_sla_every_seconds: int = Field(default=900, ge=10)
    themes_cron: str = "0 3 * * 0"
    outer_loop_cron: str = "0 5 * * *"
    summary_cron: str = "0 7 2 * *"
    concurrent_runs: int = Field(default=2, ge=1, le=32)
    dask: str | None = None


class DeskModel(FileModel):
    """The desk beyond its address: sign-in by an identity provider, beside local accounts."""

    sign_in: SignInModel | None = None


class EpisodesModel(FileModel):
    """Which ticket a response without a theme belongs to.

    `alike`: how like a ticket's words its own must be at least (a cosine); null compares none, and the last one has it.
    """

    alike: float | None = Field(default=ALIKE, gt=0, le=1)


class WorkspaceModel(FileModel):
    """`nanni.yaml`. `workers` is how many processes share the work on a large file, at most one a processor."""

    store: str = "sqlite:///state/nanni.db"
    warehouse: str = "state/warehouse.duckdb"
    timezone: str = "UTC"
    batch_size: int = Field(default=20_000, ge=1, le=100_000)
    workers: int = Field(default=2, ge=1, le=64)
    sentiment: SentimentModelChoice = SentimentModelChoice()
    notices: NoticesModel = NoticesModel()
    flows: FlowsModel = FlowsModel()
    episodes: EpisodesModel = EpisodesModel()
    desk_url: str = ""
    desk: DeskModel = DeskModel()

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{value!r} is no IANA time zone, for example Europe/London") from error
        return value


class Environment(BaseSettings):
    """Secrets and per-machine overrides: the only place where the environment is read."""

    model_config = SettingsConfigDict(env_prefix="NANNI_", extra="ignore")

    workspace: Path | None = None
    store: SecretStr | None = None
    mail_user: str | None = None
    mail_password: SecretStr | None = None
    oidc_client_secret: SecretStr | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a run needs to know, resolved: absolute paths, a store URL, secrets hidden from printing."""

    workspace: Path
    file: WorkspaceModel
    store_url: str = field(repr=False)
    warehouse: Path
    mail_user: str | None = None
    mail_password: SecretStr | None = None
    chat_urls: tuple[str, ...] = field(default=(), repr=False)
    oidc_client_secret: SecretStr | None = None

    @property
    def state(self) -> Path:
        """The folder for what Nanni itself writes."""
        return self.workspace / "state"

    @property
    def zone(self) -> ZoneInfo:
        """The reader's time zone."""
        return ZoneInfo(self.file.timezone)


def is_workspace(workspace: Path | None) -> bool:
    """Whether `load_settings` would find a workspace."""
    return ((workspace or Environment().workspace or Path()) / WORKSPACE_FILE).is_file()


def load_settings(workspace: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read a workspace's settings. Raises ConfigError when there is no workspace or a value is wrong."""
    env = Environment()
    folder = (workspace or env.workspace or Path()).resolve()
    path = folder / WORKSPACE_FILE
    if not path.is_file():
        raise ConfigError(
            f"no {WORKSPACE_FILE} here, so this is no workspace",
            where=str(folder),
            next_step="run `nanni init DIR` to make one, or name one with --workspace or NANNI_WORKSPACE",
        )
    file = _with_own_model(load_yaml(path, WorkspaceModel), folder)
    return Settings(
        workspace=folder,
        file=file,
        store_url=_store_url(env.store.get_secret_value() if env.store else file.store, folder),
        warehouse=folder / file.warehouse,
        mail_user=env.mail_user,
        mail_password=env.mail_password,
        chat_urls=tuple(_chat_url(name, environ, path) for name in file.notices.chat),
        oidc_client_secret=env.oidc_client_secret,
    )


def _with_own_model(file: WorkspaceModel, folder: Path) -> WorkspaceModel:
    """A model folder counts from the workspace, so that a command works from any folder."""
    own = folder / file.sentiment.model
    if not (own / "manifest.json").is_file():
        return file
    return file.model_copy(update={"sentiment": file.sentiment.model_copy(update={"model": str(own)})})


def _store_url(store: str, folder: Path) -> str:
    """A relative SQLite path counts from the workspace, so that a command works from any folder."""
    prefix = "sqlite:///"
    if store.startswith(prefix) and not store.startswith(prefix + "/") and store != prefix + ":memory:":
        return f"{prefix}{(folder / store.removeprefix(prefix)).as_posix()}"
    return store


def _chat_url(name: str, environ: Mapping[str, str], path: Path) -> str:
    try:
        return environ[name]
    except KeyError as error:
        raise ConfigError(
            f"notices.chat names the environment variable {name}, which is not set",
            where=str(path),
            next_step=f"export {name}=<Apprise URL>, for example slack://… or workflows://…",
        ) from error
