"""What runs and when: the refresh as one run, other jobs, sensors, schedules.

Also what a killed run has not told, which the next one does. What a table's build does belongs in
`operations/`.
"""
