"""The ground floor: settings, errors, messages and the words every room shares.

Imports nothing of ours; every other room may import it.
"""
