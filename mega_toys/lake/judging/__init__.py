"""What is accepted: records become typed, are found valid or not, and the newest of a key wins.

Pure functions of frames: nothing here reads the lake. Sentences for people are in
`quarantined/reasons.py`.
"""
