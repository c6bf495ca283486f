"""The page of proof, docs/proof.md: recorded lines → figures → Markdown and pictures.

`reading` reads, `net`, `benches` and `growth` make figures, `targets` holds them against what was
promised, `page` and `pictures` write. Nothing here measures, and no verdict is typed.
"""
