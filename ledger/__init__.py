"""The one store of record on SQLite and PostgreSQL: schema, migrations, unit of work. Start at `ledger.schema`."""
