"""An S3 for tests: moto's server on this machine, named by the usual variables."""

from uuid import uuid4

import fsspec
import pytest
from moto.server import ThreadedMotoServer


@pytest.fixture(scope="module")
def s3():
    """The address of a bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", "tester")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        environment.setenv("AWS_ENDPOINT_URL", "http://{}:{}".format(*server.get_host_and_port()))
        bucket = f"exports-{uuid4().hex}"  # moto keeps what a process had, whichever server asks
        fsspec.filesystem("s3", skip_instance_cache=True).mkdir(bucket)
        yield f"s3://{bucket}"
    server.stop()
