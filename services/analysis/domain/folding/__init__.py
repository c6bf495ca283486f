"""Facts into state: one module per kind of fact, `dispatch` says which takes which."""
