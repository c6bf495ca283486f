"""Work that takes longer than a request: opening a campaign, bundles of files.

Each piece is done in steps that are kept, so that another process goes on where one died.
"""
