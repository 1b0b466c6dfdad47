"""The command line from outside: help, usage, configuration, and every command but serve."""

import json
import os
import pty
import pwd
import re
import shlex
import shutil
import sqlite3
import stat
import subprocess
import tempfile

from cli import CERTFERRY, CONFIG, DONE, FAULT, REFUSED, USAGE
from cli import authority, certferry, check_lines, copy_of_authority, expect, file_with, run_suite
from tap import case, skip, test

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
COMMANDS = [
    "init", "import", "check", "serve", "mint", "link create", "link list", "link show", "link cancel", "link rearm",
    "cert list", "cert show", "eas verify", "audit list", "audit verify", "audit export", "backup", "restore",
    "operator add", "operator passwd", "operator role", "operator disable", "operator enable", "operator list",
    "operator totp", "operator certificate", "key add", "key list", "key revoke", "cert revoke", "crl publish",
    "device list", "device show", "device unpin", "device block", "device unblock",
    "policy list", "policy show", "policy find", "policy set", "policy assign", "policy unassign", "policy default", "policy remove",
    "probe start", "probe stop", "probe show", "probe list", "probe export", "clock accept", "mail list", "mail show", "mail retry", "mail cancel", "mail test", "mail ca", "link import",
    "version",
]  # fmt: skip


# Help

@test
def the_help_lists_every_command():
    text = certferry("--help").stdout
    for command in COMMANDS:
        assert f"\n  {command} " in text, command


def every_option_of(command):
    done = certferry(*command.split(), "--help")
    assert done.returncode == DONE and done.stdout.startswith(f"usage: certferry [-c FILE] {command}"), done
    return re.findall(r"^  (--[a-z0-9-]+)", done.stdout, re.MULTILINE)


@test
def the_manual_has_every_command_with_its_options():
    with open(f"{TOP}/deploy/man/certferry.1", encoding="utf-8") as file:
        manual = file.read().replace("\\", "")
    sections = dict(re.findall(r"^\.SS ((?:(?:audit|cert|clock|crl|device|eas|key|link|mail|operator|policy|probe) \w+|\w+))\b.*\n((?:(?!\.S[SH]).*\n)*)", manual, re.MULTILINE))
    for command in COMMANDS:
        assert command in sections, command
        for option in every_option_of(command):
            entry = rf"^\.BI? {option}( |$)"
            assert option == "--help" or re.search(entry, sections[command], re.MULTILINE), f"{command} {option}"


@test
def the_manuals_are_well_formed():
    if shutil.which("groff") is None:
        skip("groff is not installed")
    for name in sorted(os.listdir(f"{TOP}/deploy/man")):
        words = ["groff", "-t", "-man", "-Tutf8", "-ww", f"{TOP}/deploy/man/{name}"]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        assert done.stderr == "", done.stderr


@test
def the_unit_is_confined():
    if shutil.which("systemd-analyze") is None:
        skip("systemd-analyze is not installed")
    words = ["systemd-analyze", "security", "--offline=yes", f"{TOP}/deploy/systemd/certferry.service"]
    said = subprocess.run(words, capture_output=True, text=True, check=False).stdout
    level = re.search(r"exposure level for certferry\.service: ([0-9.]+)", said)
    assert level and float(level[1]) <= 2.0, said[-300:]


@test
def a_group_lists_its_commands():
    done = certferry("link", "--help")
    assert done.returncode == DONE and "link rearm" in done.stdout and "cert list" not in done.stdout, done.stdout


@test
def help_config_is_the_sample():
    with open(f"{TOP}/deploy/certferry.conf", encoding="utf-8") as file:
        assert certferry("--help-config").stdout == file.read()


@test
def version_as_text_and_as_json():
    text = certferry("version").stdout
    assert re.fullmatch(r"certferry \d+\.\d+\.\d+\n", text), text
    assert json.loads(certferry("version", "--json").stdout) == {"version": text.split()[1]}
    assert certferry("--version").stdout == text


# Usage

USAGE_ERRORS = {
    "no_command": ([], "no command was given"),
    "unknown_command": (["serv"], "there is no command 'serv'"),
    "unknown_command_of_a_group": (["link", "make"], "there is no command 'link make'"),
    "half_a_command": (["link"], "a word is missing after link"),
    "unknown_option": (["version", "--jsn"], "there is no option --jsn"),
    "unknown_global_option": (["--colour", "version"], "--colour is no option"),
    "missing_config_value": (["-c"], "-c is no option, or lacks its value"),
    "missing_word": (["link", "create"], "missing: USER"),
    "missing_required_option": (["init", "x", "--name", "X"], "missing: --host"),
    "surplus_word": (["link", "show", "a", "b"], "there is one word too many: b"),
    "bad_duration": (["link", "create", "ann@example.com", "--expires", "soon"], "--expires: 'soon' is not a duration"),
    "duration_without_unit": (["link", "create", "ann@example.com", "--window", "15"], "write 90s, 15m, 36h or 7d"),
    "empty_duration": (["link", "create", "ann@example.com", "--window", "0s"], "--window: '0s' is no time at all"),
    "bad_number": (["mint", "ann@example.com", "--out", "x", "--days", "1e3"], "--days: '1e3' is not a whole number"),
    "number_out_of_range": (["init", "x", "--name", "X", "--host", "x", "--http-port", "65536"], "from 0 to 65535"),
    "option_given_twice": (["version", "--json", "--json"], "this option is given twice: --json"),
    "import_without_a_ca": (["import", "x", "--name", "X", "--host", "x"], "name the CA by --certificate and"),
    "import_of_two_cas": (
        ["import", "x", "--name", "X", "--host", "x", "--pkcs12", "y", "--certificate", "z"], "or by --pkcs12 alone",
    ),
}  # fmt: skip
for name, (words, sentence) in USAGE_ERRORS.items():
    case(f"usage_{name}", lambda words, sentence: expect(certferry(*words), USAGE, sentence), words, sentence)


@test
def a_full_disk_behind_standard_output_is_a_fault():
    with open("/dev/full", "w", encoding="utf-8") as full:
        expect(certferry("--help-config", stdout=full), FAULT, "standard output cannot be written")


# Configuration

def configured(text, *words, **environment):
    path = file_with(text, "certferry.conf")
    return path, certferry("-c", path, *words, environment=environment)


@test
def an_unknown_key_is_named_with_file_and_line():
    path, done = configured("http {\n    prot = 80\n}\n", "link", "list")
    expect(done, CONFIG, f"{path}:2: ")
    assert "prot" in done.stderr


@test
def a_value_out_of_range_is_named_with_file_and_line():
    path, done = configured("link {\n\n    lifetime = 91d\n}\n", "check")
    expect(done, CONFIG, f"{path}:3: link.lifetime: 91d is not in the range 5m to 90d")


@test
def a_bad_variable_is_named():
    _, done = configured("", "link", "list", CERTFERRY_HTTP_PORT="eighty")
    expect(done, CONFIG, "CERTFERRY_HTTP_PORT in the environment: http.port: 'eighty' is not a whole number")


@test
def a_misspelt_variable_is_named():
    _, done = configured("", "link", "list", CERTFERRY_HTTP_PROT="80")
    expect(done, CONFIG, "CERTFERRY_HTTP_PROT in the environment is no option")


@test
def a_missing_file_is_named():
    expect(certferry("-c", "/nowhere/certferry.conf", "link", "list"), CONFIG, "/nowhere/certferry.conf")


@test
def without_any_file_the_ways_to_name_one_are_told():
    if os.path.exists("/etc/certferry/certferry.conf"):
        skip("this machine has a certferry of its own")
    expect(certferry("link", "list", cwd="/"), CONFIG, "'certferry init'")


@test
def the_environment_names_the_file():
    done = certferry("link", "list", "--json", environment={"CERTFERRY_CONFIG": authority().config})
    assert (done.returncode, done.stdout) == (DONE, ""), done


# Set-up

@test
def init_prints_json_and_makes_private_files():
    made = authority().authority
    assert sorted(made) == ["admin", "config", "password", "root_sha256"], made
    assert re.fullmatch(r"[0-9a-f]{64}", made["root_sha256"]) and made["admin"] == "admin", made
    folder = os.path.dirname(made["config"])
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    for path, _, files in os.walk(folder):
        for name in files:
            mode = stat.S_IMODE(os.stat(os.path.join(path, name)).st_mode)
            assert mode == 0o600 or (mode == 0o644 and name.endswith((".pem", ".crl"))), f"{name}: {mode:o}"


@test
def the_first_certificates_say_who_made_them():
    who = f"command:{pwd.getpwuid(os.getuid()).pw_name}"
    rows = [json.loads(line) for line in authority().command("cert", "list", "--json").splitlines()]
    made = {row["profile"]: row["created_by"] for row in rows}
    assert made["root"] == made["issuing"] == made["server"] == who, made


@test
def init_as_text_says_what_to_do_next():
    folder = os.path.join(tempfile.mkdtemp(prefix="certferry-cli-"), "ca")
    words = ["init", folder, "--name", "Example", "--host", "ca.example.org", "--key", "ec-p256", "--admin", "root"]
    done = certferry(*words)
    assert done.returncode == DONE and done.stderr == "", done.stderr
    for part in ("first operator     root", "first password", f"certferry -c {folder}/certferry.conf serve"):
        assert part in done.stdout, done.stdout


@test
def the_next_commands_can_be_pasted_into_a_shell():
    folder = os.path.join(tempfile.mkdtemp(prefix="certferry-cli-"), "ann's demo")
    done = certferry("init", folder, "--name", "Example", "--host", "ca.example.org", "--key", "ec-p256")
    pasted = shlex.split(done.stdout.splitlines()[-1])
    assert pasted == ["certferry", "-c", f"{folder}/certferry.conf", "link", "create", "USER"], pasted


@test
def init_refuses_a_folder_in_use_and_leaves_it_alone():
    folder = tempfile.mkdtemp(prefix="certferry-cli-")
    with open(os.path.join(folder, "keep"), "w", encoding="utf-8") as file:
        file.write("mine")
    expect(certferry("init", folder, "--name", "X", "--host", "x.example.org"), REFUSED, folder)
    assert os.listdir(folder) == ["keep"]


INIT_ERRORS = {
    "empty_name": ["--name", "", "--host", "ca.example.org"],
    "control_in_name": ["--name", "a\nb", "--host", "ca.example.org"],
    "long_name": ["--name", "x" * 65, "--host", "ca.example.org"],
    "host_with_port": ["--name", "X", "--host", "ca.example.org:80"],
    "host_with_space": ["--name", "X", "--host", "ca example"],
    "unknown_key_type": ["--name", "X", "--host", "ca.example.org", "--key", "rsa-1024"],
    "address_of_a_page": ["--name", "X", "--host", "https://ca.example.org/"],
    "empty_admin": ["--name", "X", "--host", "ca.example.org", "--admin", ""],
    "bad_further_name": ["--name", "X", "--host", "ca.example.org", "--names", "a.example.org,b_c/"],
    "missing_passphrase": ["--name", "X", "--host", "ca.example.org", "--passphrase-file", "/nowhere/pass"],
}


def refuses_to_init(words):
    parent = tempfile.mkdtemp(prefix="certferry-cli-")
    done = certferry("init", os.path.join(parent, "ca"), *words)
    assert done.returncode == REFUSED, f"{done.returncode}: {done.stderr}"
    assert done.stderr.count("\n") == 1 and done.stderr.startswith("certferry: "), done.stderr
    assert os.listdir(parent) == [], "something was left behind"


for name, words in INIT_ERRORS.items():
    case(f"init_refuses_{name}", refuses_to_init, words)


@test
def init_says_where_nothing_can_be_made():
    parent = tempfile.mkdtemp(prefix="certferry-cli-")
    words = ["--name", "X", "--host", "ca.example.org"]
    expect(certferry("init", f"{parent}/a/b", *words), REFUSED, f"nothing can be made in {parent}/a: No such file")
    expect(certferry("init", "", *words, cwd=parent), REFUSED, "the folder has no name")
    assert os.listdir(parent) == []


@test
def a_passphrase_encrypts_the_keys_and_a_wrong_one_is_refused():
    passphrase = file_with("correct horse\n")
    folder = os.path.join(tempfile.mkdtemp(prefix="certferry-cli-"), "ca")
    words = ["--name", "Example", "--host", "ca.example.org", "--key", "ec-p256", "--passphrase-file", passphrase]
    done = certferry("init", folder, *words)
    assert done.returncode == DONE, done.stderr
    for name in ("ca/root.key", "ca/issuing.key"):
        with open(os.path.join(folder, name), encoding="ascii") as file:
            assert "BEGIN ENCRYPTED PRIVATE KEY" in file.read(), name

    mint = ["-c", f"{folder}/certferry.conf", "mint", "ann@example.com", "--out", f"{folder}/ann.p12"]
    assert certferry(*mint).returncode == DONE
    wrong = {"CERTFERRY_AUTHORITY_PASSPHRASE_FILE": file_with("wrong\n")}
    expect(certferry(*mint, environment=wrong), REFUSED, "passphrase")


@test
def a_relative_passphrase_file_is_found_again():
    passphrase = file_with("correct horse\n")
    parent = os.path.dirname(passphrase)
    words = ["--name", "Example", "--host", "ca.example.org", "--key", "ec-p256", "--passphrase-file", "secret"]
    done = certferry("init", "ca", *words, cwd=parent)
    assert done.returncode == DONE, done.stderr
    done = certferry("-c", "ca/certferry.conf", "mint", "ann@example.com", "--out", "ann.p12", cwd=parent)
    assert done.returncode == DONE, done.stderr


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True)


def import_arguments():
    """An issuing CA elsewhere, as PEM files."""
    folder = os.path.join(os.path.dirname(authority().config), "ca")
    return ["--certificate", f"{folder}/issuing.pem", "--key-file", f"{folder}/issuing.key", "--chain",
            f"{folder}/root.pem"]  # fmt: skip


def import_into(*words):
    folder = os.path.join(tempfile.mkdtemp(prefix="certferry-cli-"), "ca")
    done = certferry("import", folder, "--name", "Example", "--host", "ca.example.org", "--json", *words)
    return folder, done


@test
def an_imported_ca_issues():
    folder, done = import_into(*import_arguments())
    assert done.returncode == DONE, done.stderr
    assert json.loads(done.stdout)["root_sha256"] == authority().authority["root_sha256"]
    out = os.path.join(folder, "ann.p12")
    done = certferry("-c", f"{folder}/certferry.conf", "mint", "ann@example.com", "--out", out)
    assert done.returncode == DONE and os.path.getsize(out) > 1000, done.stderr


@test
def an_encrypted_key_is_imported_with_its_password():
    words = import_arguments()
    encrypted = file_with("", "encrypted.key")
    openssl("pkey", "-in", words[3], "-aes256", "-passout", "pass:swordfish", "-out", encrypted)
    words[3] = encrypted
    _, done = import_into(*words, "--password-file", file_with("swordfish\n"))
    assert done.returncode == DONE, done.stderr
    _, done = import_into(*words, "--password-file", file_with("marlin\n"))
    assert done.returncode == REFUSED and "pass" in done.stderr, done.stderr
    _, done = import_into(*words)
    expect(done, USAGE, "there is no terminal to ask at: give --password-file FILE")


def type_at_terminal(words, typed):
    """(exit code, everything that the terminal showed)"""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(CERTFERRY, [CERTFERRY, *words])
    shown = b""
    try:
        while part := os.read(terminal, 4096):
            shown += part
            if shown.endswith(b": ") and typed:
                os.write(terminal, typed.encode())
                typed = ""
    except OSError:
        pass  # the other side is closed
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()


@test
def a_password_is_asked_at_the_terminal_and_not_shown():
    words = import_arguments()
    encrypted = file_with("", "encrypted.key")
    openssl("pkey", "-in", words[3], "-aes256", "-passout", "pass:swordfish", "-out", encrypted)
    words[3] = encrypted
    for typed, code in (("swordfish\n", DONE), ("marlin\n", REFUSED), ("\n", REFUSED)):
        folder = os.path.join(tempfile.mkdtemp(prefix="certferry-cli-"), "ca")
        line = ["import", folder, "--name", "Example", "--host", "ca.example.org", *words]
        ended, shown = type_at_terminal(line, typed)
        assert ended == code, f"{typed!r}: {ended} {shown}"
        assert "Password of the CA key: " in shown, shown
        assert "swordfish" not in shown and "marlin" not in shown, shown


@test
def a_pkcs12_file_is_imported():
    words = import_arguments()
    bundle = file_with("", "ca.p12")
    openssl("pkcs12", "-export", "-inkey", words[3], "-in", words[1], "-certfile", words[5], "-passout",
            "pass:swordfish", "-out", bundle)  # fmt: skip
    _, done = import_into("--pkcs12", bundle, "--password-file", file_with("swordfish\n"))
    assert done.returncode == DONE, done.stderr
    _, done = import_into("--pkcs12", bundle, "--password-file", file_with("marlin\n"))
    assert done.returncode == REFUSED, done.stderr


@test
def import_refuses_what_is_no_issuing_ca():
    folder = os.path.dirname(authority().config)
    words = import_arguments()
    leaf = ["--certificate", f"{folder}/tls/https.pem", "--key-file", f"{folder}/tls/https.key", *words[4:]]
    for wrong in (leaf, [*words[:3], f"{folder}/ca/root.key", *words[4:]], words[:4]):
        _, done = import_into(*wrong)
        assert done.returncode == REFUSED and done.stderr.count("\n") == 1, f"{wrong}: {done.stderr}"


# Check

@test
def check_finds_a_new_authority_in_order():
    done, lines = check_lines(authority().config, environment={"CERTFERRY_HTTP_PORT": "0", "CERTFERRY_HTTPS_PORT": "0"})
    assert done.returncode == DONE, done.stdout
    assert not [line for line in lines.values() if line["level"] == "error"], lines
    assert {"CA key", "root certificate", "chain", "database", "audit", "clock", "disk"} <= set(lines), lines


@test
def check_names_everything_that_is_wrong_at_once():
    config = copy_of_authority()
    folder = os.path.dirname(config)
    os.chmod(f"{folder}/ca/issuing.key", 0o644)
    os.unlink(f"{folder}/ca/root.crl")
    shutil.copy(f"{folder}/tls/eas.key", f"{folder}/tls/https.key")
    with open(f"{folder}/certferry.db", "r+b") as file:
        file.write(b"not a database at all")
    done, lines = check_lines(config, environment={"CERTFERRY_PUBLIC_HOST": "other.example.org"})
    assert done.returncode == REFUSED and "things must be mended" in done.stderr, done.stderr
    for subject in ("CA key", "https key", "https certificate", "root revocation list", "database"):
        assert lines[subject]["level"] == "error", lines[subject]
    assert f"chmod 600 {folder}/ca/issuing.key" in lines["CA key"]["sentence"], lines["CA key"]


# Links, bundles, certificates

@test
def a_link_is_made_shown_listed_cancelled_and_rearmed():
    ferry = authority()
    link = ferry.link("ann@example.com", "--name", "Ann Example", "--expires", "2h", "--device", "iPhone")
    assert sorted(link) == ["expires_at", "id", "mail", "path", "pin", "state", "url", "user"], link
    assert re.fullmatch(r"\d{6}", link["pin"]) and link["state"] == "issued", link
    assert re.fullmatch(r"/l/[a-z2-9]{26}", link["path"]), link

    shown = json.loads(ferry.command("link", "show", link["id"], "--json"))
    assert (shown["name"], shown["device"], shown["state"]) == ("Ann Example", "iPhone", "issued"), shown
    assert link["pin"] not in json.dumps(shown) and link["path"][3:] not in json.dumps(shown)
    assert "Ann Example" in ferry.command("link", "show", link["id"])
    assert link["id"] in ferry.command("link", "list", "--search", "ann")
    assert link["id"] not in ferry.command("link", "list", "--state", "cancelled")

    assert json.loads(ferry.command("link", "cancel", link["id"], "--json"))["state"] == "cancelled"
    expect(ferry.run("link", "cancel", link["id"]), REFUSED, "certferry: ")
    again = json.loads(ferry.command("link", "rearm", link["id"], "--json"))
    assert again["id"] != link["id"] and again["pin"] and again["user"] == "ann@example.com", again
    assert json.loads(ferry.command("link", "show", link["id"], "--json"))["rearmed_as"] == again["id"]


@test
def link_list_prints_every_link_newest_first():
    ferry = authority()
    made = {ferry.link(f"user{number}@example.com")["id"] for number in range(3)}
    listed = [json.loads(line) for line in ferry.command("link", "list", "--json").splitlines()]
    times = [link["created_at"] for link in listed]
    assert made <= {link["id"] for link in listed} and times == sorted(times, reverse=True), listed
    assert len(ferry.command("link", "list", "--limit", "2").splitlines()) == 2


@test
def qr_draws_the_address():
    text = authority().command("link", "create", "ann@example.com", "--qr")
    assert text.count("▀") > 50 and "PIN " in text, text


LINK_ERRORS = {
    "unknown_link": (["link", "show", "aaaaaaaaaa"], "no link"),
    "id_that_is_none": (["link", "cancel", "../../etc"], ""),
    "too_long_lifetime": (["link", "create", "ann@example.com", "--expires", "9999d"], ""),
    "too_short_window": (["link", "create", "ann@example.com", "--window", "1s"], ""),
    "unknown_packing": (["link", "create", "ann@example.com", "--packing", "rc2"], ""),
    "bad_mail": (["link", "create", "ann@example.com", "--mail", "no mail"], ""),
    "bad_sid": (["link", "create", "ann@example.com", "--sid", "S-1-x"], ""),
    "empty_user": (["link", "create", ""], ""),
    "control_in_user": (["link", "create", "a\tb@example.com"], ""),
    "unknown_state": (["link", "list", "--state", "lost"], ""),
    "short_lifetime": (["link", "create", "ann@example.com", "--expires", "1m"], "the lifetime of a link is 5m to 90d"),
    "long_window": (["link", "create", "ann@example.com", "--window", "365d"], "the window of a link is 1m to 1d"),
    "unknown_serial": (["cert", "show", "00"], ""),
    "unknown_certificate_state": (["cert", "list", "--state", "lost"], ""),
}
for name, (words, sentence) in LINK_ERRORS.items():
    case(
        f"refuses_{name}",
        lambda words, sentence: expect(authority().run(*words), REFUSED, sentence), words, sentence,
    )  # fmt: skip


def mint(*words):
    out = os.path.join(tempfile.mkdtemp(prefix="certferry-cli-"), "ann.p12")
    return out, authority().run("mint", "ann@example.com", "--out", out, "--json", *words)


@test
def a_minted_bundle_opens_with_its_password_alone():
    out, done = mint("--days", "7")
    minted = json.loads(done.stdout)
    assert sorted(minted) == ["file", "not_after", "packing", "password", "serial", "user"], minted
    assert stat.S_IMODE(os.stat(out).st_mode) == 0o600
    openssl("pkcs12", "-in", out, "-passin", f"pass:{minted['password']}", "-nodes", "-out", f"{out}.pem")
    refused = subprocess.run(["openssl", "pkcs12", "-in", out, "-passin", "pass:wrong", "-noout"], capture_output=True)
    assert refused.returncode != 0
    shown = json.loads(authority().command("cert", "show", minted["serial"], "--json"))
    assert (shown["state"], shown["user"]) == ("issued", "ann@example.com"), shown
    pem = authority().command("cert", "show", minted["serial"], "--pem")
    assert pem.startswith("-----BEGIN CERTIFICATE-----\n"), pem
    assert minted["serial"] in authority().command("cert", "list", "--user", "ann@example.com", "--state", "issued")


@test
def an_own_password_is_taken_from_a_file():
    _, done = mint("--password-file", file_with("correct horse battery\n"))
    assert json.loads(done.stdout)["password"] == "correct horse battery"


@test
def a_serial_is_found_as_other_programs_show_it():
    for serial in (with_first_digit("0"), with_first_digit("b")):
        pairs = [serial[i : i + 2] for i in range(0, len(serial), 2)]
        for text in (serial.upper(), serial.lstrip("0"), ":".join(pairs), "00 " + " ".join(pairs).upper()):
            assert json.loads(authority().command("cert", "show", text, "--json"))["serial"] == serial, text


def with_first_digit(digit):
    """The serial of a new certificate, whose row is made to begin so: one in sixteen does by itself."""
    _, done = mint()
    serial = json.loads(done.stdout)["serial"]
    changed = digit + "7" + serial[2:]  # two zeros would be an octet that no stored serial begins with
    with sqlite3.connect(authority().file("authority/certferry.db")) as database:
        database.execute("UPDATE certificate SET serial = ? WHERE serial = ?", (changed, serial))
    return changed


@test
def a_bundle_goes_only_where_a_file_can_stand():
    before = len(authority().command("cert", "list").splitlines())
    folder = tempfile.mkdtemp(prefix="certferry-cli-")
    os.mkfifo(f"{folder}/pipe")
    for out in ("", folder, f"{folder}/pipe", "/dev/null"):
        done = authority().run("mint", "ann@example.com", "--out", out)
        expect(done, REFUSED, f"--out: '{out}' is not the name of a file")
    assert stat.S_ISFIFO(os.stat(f"{folder}/pipe").st_mode) and stat.S_ISCHR(os.stat("/dev/null").st_mode)
    assert len(authority().command("cert", "list").splitlines()) == before


@test
def a_bad_own_password_is_refused_before_a_certificate_is_made():
    before = len(authority().command("cert", "list").splitlines())
    for content in ("", "short", "pässwörd pässwörd", "x" * 129):
        out, done = mint("--password-file", file_with(content))
        assert done.returncode == REFUSED and not os.path.exists(out), f"{content!r}: {done.stderr}"
    expect(authority().run("mint", "ann@example.com", "--out", "/nowhere/ann.p12"), REFUSED, "--out: nothing can be")
    assert len(authority().command("cert", "list").splitlines()) == before


run_suite()
