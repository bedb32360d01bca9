from models.artifact import Manifest


def test_the_model_id_names_the_content() -> None:
    one = Manifest("m", {"a": "1", "b": "2"})
    assert one.model_id.startswith("m@") and len(one.model_id) == len("m@") + 12
    assert one.model_id == Manifest("m", {"b": "2", "a": "1"}).model_id
    assert one.model_id != Manifest("m", {"a": "1", "b": "3"}).model_id
    assert one.model_id != Manifest("m", {"a": "1", "c": "2"}).model_id


def test_changed_and_absent_files_are_named() -> None:
    manifest = Manifest("m", {"a": "1", "b": "2", "c": "3"})
    assert manifest.changed({"a": "1", "b": "x"}) == ["b", "c"]
    assert manifest.changed({"a": "1", "b": "2", "c": "3", "extra": "9"}) == []
