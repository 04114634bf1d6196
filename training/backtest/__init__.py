"""Past quarters replayed, each as if it were today: skill and calibration over time, and how a
model ages.
"""
