"""The parts of one running Nanni: what commands, flows and the desk receive."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path

from feedback.survey import SurveyDefinition
from ledger.ledger import SqlLedger
from models.adapters.onnx_sentiment import OnnxSentiment, default_folder
from models.sentiment import NoSentiment, SentimentModel
from nanni.contracts import Contract, contract_for
from nanni.settings import SentimentModelChoice
from nanni.workspace import Workspace


@dataclass
class Parts:
    """A workspace joined to its ledger, model and clock. Slow parts are made when first used."""

    workspace: Workspace
    ledger: SqlLedger
    clock: Callable[[], datetime]
    _contracts: dict[str, Contract] = field(default_factory=dict, repr=False)

    @cached_property
    def model(self) -> SentimentModel:
        """The sentiment model that `nanni.yaml` names."""
        return load_model(self.workspace.settings.file.sentiment)

    def contract(self, survey: SurveyDefinition) -> Contract:
        """The survey's data contract, made once."""
        if survey.id not in self._contracts:
            self._contracts[survey.id] = contract_for(survey, self.workspace.folder)
        return self._contracts[survey.id]

    def close(self) -> None:
        """Give back the ledger's connections."""
        self.ledger.close()


def load_model(choice: SentimentModelChoice) -> SentimentModel:
    """The model of a choice. Raises MissingExtraError when a Hugging Face model is named without the torch extra."""
    if choice.model == "none":
        return NoSentiment()
    if choice.model == "default":
        return OnnxSentiment(default_folder(), threads=choice.threads, providers=choice.providers)
    if (Path(choice.model) / "manifest.json").is_file():
        return OnnxSentiment(Path(choice.model), threads=choice.threads, providers=choice.providers)
    from models.adapters.huggingface import HuggingFaceSentiment

    return HuggingFaceSentiment(choice.model, device=choice.device, labels=choice.labels)
