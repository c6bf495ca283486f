"""The hostile corpus: what an attacker or a broken export sends, and what must come of it.

Cases are data; `sending` knows the doors. A new family is a module with a tuple of cases, named in
`corpus`; a new door is a way of sending in `sending`.
"""
