"""Papers as people hold them: workbook, Word, PDF, charts; the same bytes for the same content.

Outside `domain/` because layout, fonts and libraries are no decision of the regulation.
"""
