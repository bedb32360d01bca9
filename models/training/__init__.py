"""How the artifacts are made: data loading, training, calibration, export, evaluation. Never imported at run time."""
