"""Named patterns: what each reads of a line, and whom it names."""

import pytest

from imports.layouts import Layout
from imports.patterns import PATTERNS
from imports.readers import READERS
from imports.records import Record, Rejection

LINES = {
    "apache": "[Sun Dec 04 04:47:44 2005] [error] mod_jk child workerEnv in error state 6",
    "hdfs": "081109 203615 148 INFO dfs.DataNode$PacketResponder: PacketResponder 1 for block blk_3 terminating",
    "hadoop": "2015-10-18 18:01:47,978 INFO [IPC Server handler 3 on 62270] org.apache.Job: Created [it]: done",
    "linux": "Jun 15 02:04:59 combo sshd(pam_unix)[20882]: authentication failure; ruser= rhost=h  user=root",
    "openssh": "Dec 10 06:55:46 LabSZ sshd[24200]: Invalid user webmaster from 173.234.31.186",
    "openstack": (
        "nova-api.log.1.2017-05-16_13:53:08 2017-05-16 00:00:00.008 25746 INFO nova.wsgi "
        "[req-38101a0b 113d3a99c3da401fbd62cc2caa5b96d2 54fadb412c4e40cdbaed9335e4c35a9e - - -] GET /v2"
    ),
    "spark": "17/06/09 20:10:40 INFO spark.SecurityManager: Changing view acls to: yarn,curi",
    "zookeeper": "2015-07-29 17:41:44,747 - INFO  [QuorumPeer[myid=1]/0:0:0:0:2181:Election@774] - Notification time out: 3200",
}


def read(name, line):
    (outcome,) = READERS["log"](iter([line.encode()]), Layout("log", pattern=PATTERNS[name])).outcomes
    return outcome


def actor(name, message):
    rule = PATTERNS[name].actor
    assert rule is not None
    return rule.find({rule.field: message})


@pytest.mark.parametrize("name", LINES)
def test_each_pattern_reads_its_line_with_every_named_field(name):
    pattern, outcome = PATTERNS[name], read(name, LINES[name])
    assert isinstance(outcome, Record)
    assert set(outcome.fields) == set(pattern.columns)
    assert LINES[name].endswith(outcome.fields["message"])
    for field in (pattern.kind, pattern.level):
        assert not field or outcome.fields[field]


def test_every_pattern_has_a_line_here():
    assert set(LINES) == set(PATTERNS)


def test_only_linux_and_openssh_lack_their_year():
    assert {name for name, pattern in PATTERNS.items() if pattern.lacks_year} == {"linux", "openssh"}


def test_line_of_another_kind_is_rejected():
    outcome = read("apache", LINES["hdfs"])
    assert isinstance(outcome, Rejection)
    assert outcome.reason == "the line does not match the pattern 'apache'"


def test_numbers_are_numbers_and_missing_fields_are_left_out():
    assert read("linux", LINES["linux"]).fields["pid"] == 20882
    assert "pid" not in read("linux", "Jul 27 14:42:00 combo kernel: Linux agpgart interface").fields


def test_linux_components_with_blanks():
    assert read("linux", "Jun 19 04:09:11 combo syslogd 1.4.1: restart.").fields["component"] == "syslogd 1.4.1"
    assert read("linux", "Jul  7 08:06:15 combo  -- root[2421]: ROOT LOGIN ON tty2").fields["component"] == "-- root"


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("Invalid user webmaster from 173.234.31.186", "webmaster"),
        ("Invalid user  0101 from 5.188.10.180", "0101"),
        ("Invalid user a from b from 1.2.3.4", "a from b"),
        ("input_userauth_request: invalid user webmaster [preauth]", "webmaster"),
        ("Failed password for invalid user support from 1.2.3.4 port 38926 ssh2", "support"),
        ("Failed password for root from 1.2.3.4 port 42393 ssh2", "root"),
        ("Failed none for invalid user 0 from 5.188.10.180 port 49811 ssh2", "0"),
        ("Accepted password for fztu from 119.137.62.142 port 49116 ssh2", "fztu"),
        ("message repeated 5 times: [ Failed password for root from 1.2.3.4 port 42393 ssh2]", "root"),
        ("pam_unix(sshd:auth): authentication failure; logname= uid=0 ruser= rhost=x  user=root", "root"),
        ("pam_unix(sshd:session): session opened for user fztu by (uid=0)", "fztu"),
        ("Disconnecting: Too many authentication failures for admin [preauth]", "admin"),
        ("pam_unix(sshd:auth): check pass; user unknown", ""),
        ("pam_unix(sshd:auth): authentication failure; logname= uid=0 ruser= rhost=x ", ""),
        ("Connection closed by 173.234.31.186 [preauth]", ""),
    ],
)
def test_openssh_names_its_user(message, name):
    assert actor("openssh", message) == name


def test_linux_and_openstack_name_their_users():
    assert actor("linux", "session closed for user cyrus") == "cyrus"
    assert actor("linux", "session opened for user root by LOGIN(uid=0)") == "root"
    assert actor("linux", "authentication failure; ruser= rhost=h  user=test") == "test"
    assert actor("linux", "check pass; user unknown") == ""
    assert read("openstack", LINES["openstack"]).fields["request"].startswith("req-")
    assert (
        actor("openstack", read("openstack", LINES["openstack"]).fields["request"])
        == "113d3a99c3da401fbd62cc2caa5b96d2"
    )
    assert actor("openstack", "-") == actor("openstack", "req-1 - - - - -") == ""
