"""Ask over gRPC: how a service asks another one in another process. Nothing here loads gRPC by itself.

`marks` is for the Protocols of an api, `deadlines` for whoever sets one. `server` and `peers` are for putting together
a process that is one of several, which imports them only then: gRPC costs memory and start time that solo never pays.
"""

import os

# Before anybody imports gRPC: its handlers around fork() abort now and then the child that is about to become ffmpeg or
# a reader of files. Ours call exec at once, and need nothing of it.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "false")
