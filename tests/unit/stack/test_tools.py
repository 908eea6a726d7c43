import os
import platform
import stat

import pytest

from stack import tools
from stack.errors import RequirementMissing


def make_java(folder, version):
    (folder / "bin").mkdir(parents=True)
    (folder / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{version}"\n')
    java = folder / "bin" / "java"
    java.write_text("#!/bin/sh\n")
    java.chmod(stat.S_IRWXU)
    return folder


@pytest.fixture
def bare(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(tools, "JDK_FOLDERS", (str(tmp_path / "jvm"),))
    return tmp_path


def test_a_missing_jdk_is_one_line_with_its_remedy(bare):
    with pytest.raises(RequirementMissing, match="JDK 17.*apt-get install openjdk-17-jdk-headless maven") as caught:
        tools.find_java17()
    assert "\n" not in caught.value.message


def test_a_missing_maven_is_one_line_with_its_remedy(bare):
    with pytest.raises(RequirementMissing, match="mvn is not in PATH: apt-get install openjdk-17-jdk-headless maven"):
        tools.find_maven()


def test_a_jdk_17_is_found_though_another_is_the_default(bare, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(make_java(bare / "other", "21.0.2")))
    make_java(bare / "jvm" / "a-java-11", "11.0.1")
    wanted = make_java(bare / "jvm" / "b-java-17", "17.0.15")
    assert tools.find_java17() == wanted


def test_java_home_comes_first(bare, monkeypatch):
    make_java(bare / "jvm" / "java-17", "17.0.15")
    wanted = make_java(bare / "mine", "17.0.1")
    monkeypatch.setenv("JAVA_HOME", str(wanted))
    assert tools.find_java17() == wanted


def test_the_java_in_the_path_is_followed_to_its_home(bare):
    wanted = make_java(bare / "elsewhere", "17.0.3")
    (bare / "bin").mkdir()
    (bare / "bin" / "java").symlink_to(wanted / "bin" / "java")
    assert tools.find_java17() == wanted


@pytest.mark.parametrize("version", ["1.8.0_392", "11.0.1", "170.1", "21"])
def test_no_other_java_will_do(bare, version):
    make_java(bare / "jvm" / "java", version)
    with pytest.raises(RequirementMissing):
        tools.find_java17()


def test_a_jdk_without_its_program_will_not_do(bare):
    (make_java(bare / "jvm" / "java", "17.0.1") / "bin" / "java").unlink()
    with pytest.raises(RequirementMissing):
        tools.find_java17()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("machine", "aarch64", "Linux x86-64, not Linux aarch64"),
        ("libc_ver", ("", ""), "needs a Linux with glibc"),
    ],
)
def test_another_platform_is_refused_with_the_other_way(monkeypatch, name, value, words):
    monkeypatch.setattr(platform, name, lambda: value)
    with pytest.raises(RequirementMissing, match=f"{words}.*docker-compose.yml"):
        tools.check_platform()


def test_this_platform_is_fine():
    tools.check_platform()
    assert os.access(tools.find_java17() / "bin" / "java", os.X_OK)
