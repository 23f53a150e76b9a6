"""Uploads, and what is made of them: originals by content, analysis, stored HLS ladders."""
