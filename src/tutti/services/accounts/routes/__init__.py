"""HTTP of accounts."""

from tutti.services.accounts.routes import admin, me, public

routes = [*public.routes, *me.routes, *admin.routes]
