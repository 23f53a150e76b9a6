"""Settings for tests of what works, on machines that are busy."""

PATIENT_CALLS = {
    "TUTTI_RPC_TIMEOUT_S": "240",
    "TUTTI_RPC_ATTEMPT_TIMEOUT_S": "120",
    "TUTTI_RPC_CONNECT_WAIT_S": "120",
    "TUTTI_RPC_KEEPALIVE_TIMEOUT_S": "120",
}
"""No call between processes is given up because this machine is slow."""
