"""Whether the process in this container is ready: exit code 0 or 1, by its own word. Standard library only."""

import os
import sys
import urllib.error
import urllib.request

URL = f"http://127.0.0.1:{os.environ.get('TUTTI_PORT', '4600')}/health/ready"

try:
    with urllib.request.urlopen(URL, timeout=4) as answer:
        sys.exit(0 if answer.status == 200 else 1)
except urllib.error.HTTPError as error:
    sys.exit(f"{URL} answers {error.code}: {error.read(2000).decode(errors='replace')}")
except OSError as error:
    sys.exit(f"{URL} does not answer: {error}")
