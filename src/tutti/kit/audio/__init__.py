"""Sound in pieces: what a file holds, and its forms for HTTP Live Streaming, stored or made when asked.

`packager` names what others call; each form of a track is made by the same steps whichever way it is asked for:
ffmpeg encodes (`transport`), its packets are taken out (`packets`), put on an arithmetic grid (`grid`), and written as
fragmented MP4 (`fmp4`).
"""
