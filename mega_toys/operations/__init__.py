"""What is done to the lake, whoever asks: refresh, rebuild, maintenance, work on the quarantine.

It puts the rooms of the lake and the ingestion together, and says what is wrong with both. Dagster
and the terminal are not known here.
"""
