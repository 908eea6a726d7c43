import socket
from contextlib import contextmanager

import pytest

from stack.ports import FREE_PORTS, choose_ports, is_free


@contextmanager
def listening(address="127.0.0.1"):
    with socket.socket() as server:
        server.bind((address, 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
def test_a_port_that_somebody_listens_on_is_not_free(address):
    with listening(address) as port:
        assert not is_free(port)
    assert is_free(port)


def test_the_usual_port_is_taken_when_it_is_free():
    with listening() as port:
        pass
    assert choose_ports({"redis": port}, had={}, running=[]) == {"redis": port}


def test_a_free_port_is_taken_when_the_usual_one_is_not():
    with listening() as port:
        chosen = choose_ports({"redis": port}, had={}, running=[])
    assert chosen["redis"] in FREE_PORTS
    assert chosen["redis"] != port


def test_the_port_it_had_is_kept_over_restarts():
    first = choose_ports({"redis": 0}, had={}, running=[])
    assert choose_ports({"redis": 1}, had=first, running=[]) == first


def test_the_port_it_had_is_given_up_when_another_program_has_it():
    with listening() as port:
        assert choose_ports({"redis": 0}, had={"redis": port}, running=[])["redis"] != port


def test_a_running_server_keeps_the_port_it_listens_on():
    with listening() as port:
        assert choose_ports({"redis": 0}, had={"redis": port}, running=["redis"]) == {"redis": port}


def test_no_two_get_the_same_port():
    chosen = choose_ports(dict.fromkeys("abcdefgh", 0), had={}, running=[])
    assert len(set(chosen.values())) == 8
    with listening() as port:
        pass
    assert len(set(choose_ports({"a": port, "b": port}, had={}, running=[]).values())) == 2
