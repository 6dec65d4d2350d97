"""What users call: derivatives of functions, on the interpreters of the core."""
