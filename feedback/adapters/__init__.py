"""What touches the world for `feedback`: file readers, the contract engine, workspace files."""
