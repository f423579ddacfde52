"""What a form is: packs (data), field types, rules, and the decision they lead to.

Pure functions over values: no pixels, no database, no network.
"""
