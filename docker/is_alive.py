"""The health check of the live process's container: exit status 0 when it answers on the port that is named."""

# ruff: noqa: INP001 - a script of the image, in no package
import os
import sys
import urllib.request

# It answers to its own names only.
host = os.environ.get("TRIVIUM_ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".*") or "localhost"
address = f"http://127.0.0.1:{int(sys.argv[1])}/livez"
urllib.request.urlopen(urllib.request.Request(address, headers={"Host": host}), timeout=15).close()
