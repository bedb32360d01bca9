"""The parts of one running Nanni: what commands, flows and the desk receive."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path

from feedback.errors import ConfigError
from feedback.rows import Validator
from feedback.survey import SurveyDefinition
from ledger.store import SqlLedger
from models.adapters.contract_file import CONTRACT_FILE
from models.encoder import TextEncoder
from models.sentiment import NoSentiment, Sentiment, SentimentModel
from nanni.contracts import contract_for
from nanni.settings import SentimentModelChoice
from nanni.workspace import Workspace
from triggers.keywords.joint import JointEngine


@dataclass
class Parts:
    """A workspace joined to its ledger, model and clock. Slow parts are made when first used."""

    workspace: Workspace
    ledger: SqlLedger
    clock: Callable[[], datetime]
    contracts: dict[str, Validator] = field(default_factory=dict, repr=False)

    @cached_property
    def model(self) -> SentimentModel:
        """The sentiment model that `nanni.yaml` names. Raises ConfigError when the operating point is another's."""
        model = load_model(self.workspace.settings.file.sentiment)
        contract = self.workspace.contract
        if contract is not None and contract.model_id != model.model_id:
            raise ConfigError(
                f"the operating point was picked for {contract.model_id}, comments are scored by {model.model_id}",
                where=str(self.workspace.folder / CONTRACT_FILE),
                next_step="pick it anew: `nanni model operating-point FILE … --write`, or remove the file",
            )
        return model

    @cached_property
    def search(self) -> JointEngine:
        """The taxonomy's queries and the policy's, compiled together: a comment is searched once for both."""
        return JointEngine((self.workspace.taxonomy.engine, self.workspace.policy.engine))

    @cached_property
    def encoder(self) -> TextEncoder:
        """The encoder that ships, for similar tickets, knowledge search and categories."""
        return load_encoder()

    def contract(self, survey: SurveyDefinition) -> Validator:
        """The survey's data contract, made once."""
        if survey.id not in self.contracts:
            self.contracts[survey.id] = contract_for(survey, self.workspace.folder)
        return self.contracts[survey.id]

    def close(self) -> None:
        """Give back the ledger's connections."""
        self.ledger.close()


@lru_cache(maxsize=1)
def load_encoder() -> TextEncoder:
    """The encoder that ships, once a process."""
    from models.adapters.onnx_encoder import OnnxEncoder

    return OnnxEncoder()


def load_model(choice: SentimentModelChoice) -> SentimentModel:
    """The model of a choice, loaded once a process: flows wire a workspace for every file.

    Raises MissingExtraError when a Hugging Face model is named without the torch extra.
    """
    return _loaded(choice.model_dump_json())


@lru_cache(maxsize=2)
def _loaded(wanted: str) -> SentimentModel:
    choice = SentimentModelChoice.model_validate_json(wanted)
    if choice.model == "none":
        return NoSentiment()
    # Runtimes are imported when a model is wanted: most commands want none.
    from models.adapters.onnx_sentiment import DEFAULT_ARTIFACT, OnnxSentiment

    folder = DEFAULT_ARTIFACT if choice.model == "default" else Path(choice.model)
    if choice.model == "default" or (folder / "manifest.json").is_file():
        return OnnxSentiment(folder, choice.threads, choice.providers, languages=choice.languages)
    from models.adapters.huggingface import HuggingFaceSentiment

    return HuggingFaceSentiment(
        choice.model,
        revision=choice.revision,
        labels={name: Sentiment(label) for name, label in choice.labels.items()},
        device=choice.device,
        languages=choice.languages,
        reads_questions=choice.reads_questions,
    )
