import json

import pytest
from tokenizers import Tokenizer

from models.training.vocabulary import is_kept, prune

PIECES = ["[PAD]", "[unused0]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "много", "##ly", "!", "日", "£"]


def tokenizer_json() -> str:
    flags = {"special": True, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    marked = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
    special = [{"id": PIECES.index(mark), "content": mark} | flags for mark in marked]
    marks = {mark: {"id": mark, "ids": [PIECES.index(mark)], "tokens": [mark]} for mark in ("[CLS]", "[SEP]")}
    single = [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
              {"SpecialToken": {"id": "[SEP]", "type_id": 0}}]  # fmt: skip
    pair = [*single, {"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "[SEP]", "type_id": 1}}]
    return json.dumps({
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": special,
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                       "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "TemplateProcessing", "single": single, "pair": pair, "special_tokens": marks},
        "decoder": None,
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100, "vocab": {piece: i for i, piece in enumerate(PIECES)}},
    })  # fmt: skip


@pytest.mark.parametrize(
    ("piece", "kept"), [("##ing", True), ("€", True), ("[unused7]", False), ("ж", False), ("日", False)]
)
def test_latin_pieces_are_kept(piece: str, kept: bool) -> None:
    assert is_kept(piece) is kept


def test_latin_text_keeps_its_tokens_under_new_numbers() -> None:
    text, old_numbers = prune(tokenizer_json())
    before, after = Tokenizer.from_str(tokenizer_json()), Tokenizer.from_str(text)
    old, new = before.encode("Goodly £!", "good"), after.encode("Goodly £!", "good")
    assert old.tokens == new.tokens
    assert [old_numbers[i] for i in new.ids] == old.ids
    assert after.get_vocab_size() == len(old_numbers) == 9
