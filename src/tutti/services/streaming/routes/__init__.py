"""HTTP of streaming."""

from tutti.services.streaming.routes import direct, hls

routes = [*direct.routes, *hls.routes]
