"""How good scores are: ranking, calibration, intervals, and the rows they are judged on."""
