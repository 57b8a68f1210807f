"""The processes of the UI and the guard before its webserver.

Who starts and ends them is `command/dev.py`.
"""
