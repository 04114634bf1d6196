"""The appendix of the pack: what the meeting's sections rest on."""
