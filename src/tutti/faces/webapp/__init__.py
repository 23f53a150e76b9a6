"""The web app: its built files, and its one page for every address that is not a file."""

from tutti.faces.webapp.routes import web_app_routes

__all__ = ["web_app_routes"]
