"""Ask over gRPC: how a service asks another one in another process. Nothing here loads gRPC by itself.

`marks` is for the Protocols of an api, `deadlines` for whoever sets one. `server` and `peers` are for putting together
a process that is one of several, which imports them only then: gRPC costs memory and start time that solo never pays.
"""
