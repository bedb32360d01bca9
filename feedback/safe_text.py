"""Any cell as text that every store can hold."""


def safe_text(cell: str) -> str:
    r"""The cell with NUL, undecodable bytes and lone surrogates written out (\x00, \xe9, \ud83d)."""
    if "\0" in cell:
        cell = cell.replace("\0", "\\x00")
    if cell.isascii():
        return cell
    try:
        return cell.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        return cell.encode("utf-8", "backslashreplace").decode("utf-8")
