"""The only words the services share: events, topics and the values they are made of.

Nothing here imports anything of ours; the whole package needs pydantic and the standard library.
"""
