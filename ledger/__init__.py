"""The one store of record on SQLite and PostgreSQL: schema, migrations, unit of work.

Start at `ledger.schema` (every table) and `ledger.store` (opening the store). Each port that the packages above declare
has one module here; `ledger.audit` proves that nothing was lost, `ledger.personal` erases a person.
"""

from ledger.store import SqlLedger, SqlUnitOfWork, open_ledger

__all__ = ["SqlLedger", "SqlUnitOfWork", "open_ledger"]
