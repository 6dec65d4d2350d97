"""Programs as data: recording a function, printing, replaying and differentiating what was recorded."""
