"""What touches the world for `outerloop`: DuckDB."""
