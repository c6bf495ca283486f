"""The smallest service: ready at once, shows its environment, with a child that hides.

Run by path: `python dummy_service.py NAME`.
"""

import http.server
import json
import os
import subprocess
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers /readyz, and /environ with what the stack has told this process."""

    def do_GET(self) -> None:
        """Answer anything with 200."""
        told = {key: value for key, value in os.environ.items() if key.startswith("DUALWATCH_")}
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    """Serve on the port of the service named by the argument."""
    # In a session of its own, so that no signal to the service's group reaches it.
    subprocess.Popen((sys.executable, "-c", "import time; time.sleep(600)"), start_new_session=True)
    port = int(os.environ[f"DUALWATCH_{sys.argv[1].upper()}__PORT"])
    http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    main()
