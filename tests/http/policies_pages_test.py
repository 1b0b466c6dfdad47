"""Operators' pages of policies: who may look, who may change, and what is said of what cannot be."""

import html
import json
import re

from desk import Agent, Desk
from ferry import Ferry
from tap import run, test

FERRY = Ferry(options=["--key", "ec-p256"])
PAGE = "/admin/policies"
DESKS = {}  # by role


def words(answer):
    """What a person reads of it."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", answer.text().replace("<wbr>", ""))))


def form_of(name):
    """What a browser sends of the form as it stands."""
    page = DESKS["admin"].get(f"{PAGE}/{name}").text()
    form = re.search(rf'<form class="policy fields" method="post" action="{PAGE}/{name}">(.*?)</form>', page, re.DOTALL)[1]
    fields = {}
    for tag in re.findall(r"<input [^>]*>", form):
        field = re.search(r'name="([^"]*)"', tag)[1]
        if 'type="checkbox"' not in tag or " checked" in tag:
            value = re.search(r' value="([^"]*)"', tag)
            fields[field] = html.unescape(value[1]) if value else ""
    return fields


def changed(name, **changes):
    fields = form_of(name)
    for field, value in changes.items():
        if value is None:
            fields.pop(field, None)
        else:
            fields[field] = value
    return fields


def show(name):
    return json.loads(FERRY.command("policy", "show", name, "--json"))


@test
def there_is_none_at_first():
    for role in ("auditor", "helpdesk", "admin"):
        text = words(DESKS[role].get(PAGE))
        assert "There is no policy" in text and ("Make a policy" in text) == (role == "admin"), text
    assert f'href="{PAGE}"' in DESKS["auditor"].get("/admin").text()


@test
def an_admin_makes_one_and_it_asks_for_nothing():
    answer = DESKS["admin"].send(PAGE, {"name": "staff"})
    assert answer.status == 303 and answer["Location"] == f"{PAGE}/staff?said=policy-made", answer
    assert show("staff")["values"] == {}
    assert "What it asks for Nothing." in words(DESKS["auditor"].get(f"{PAGE}/staff"))
    for name, why in (("staff", "there is a policy staff"), ("STAFF", "there is a policy staff"), ("a/b", "name: is 1 to 40")):
        again = DESKS["admin"].send(PAGE, {"name": name})
        assert again.status == 422 and why in words(again) and f'value="{name}"' in again.text(), again


@test
def the_form_as_it_stands_changes_nothing():
    answer = DESKS["admin"].send(f"{PAGE}/staff", form_of("staff"))
    assert answer.status == 303, answer
    assert show("staff")["values"] == {}
    assert len(form_of("staff")) > 30
    assert FERRY.sql("SELECT count(*) FROM audit WHERE action = 'policy.change'")[0][0] == 0


@test
def what_is_typed_is_what_it_asks_for():
    fields = changed("staff", DevicePasswordEnabled="1", MinDevicePasswordLength="6", AllowCamera=None, partial=None,
                     UnapprovedInROMApplicationList='<b>&".exe')  # fmt: skip
    answer = DESKS["admin"].send(f"{PAGE}/staff", fields)
    assert answer.status == 303 and answer["Location"] == f"{PAGE}/staff?said=policy-saved", answer
    it = show("staff")
    assert it["values"] == {"DevicePasswordEnabled": "1", "MinDevicePasswordLength": "6", "AllowCamera": "0",
                            "UnapprovedInROMApplicationList": '<b>&".exe'}, it  # fmt: skip
    assert it["partial"] == "refuse" and it["external"] == "allow", it
    page = DESKS["auditor"].get(f"{PAGE}/staff")
    text = words(page)
    assert "The camera may be used. AllowCamera no" in text and "The device must have a PIN or a password. DevicePasswordEnabled yes" in text
    assert "Phones that apply only a part of it are refused." in text and "<b>&" not in page.text()
    assert DESKS["admin"].send(f"{PAGE}/staff", form_of("staff")).status == 303
    assert show("staff")["values"] == it["values"]


@test
def what_is_wrong_is_said_beside_its_field_and_nothing_is_lost():
    before = show("staff")
    for changes, element, why in (
        ({"MinDevicePasswordLength": "17"}, "MinDevicePasswordLength", "is a number from 1 to 16"),
        ({"DevicePasswordEnabled": None}, "MinDevicePasswordLength", "devices ignore it unless DevicePasswordEnabled is 1"),
        ({"AllowWiFi": None}, "AllowWiFi", "has to be accepted by its name"),
        ({"AllowWiFi": None, "accept.RequireDeviceEncryption": "1"}, "AllowWiFi", "has to be accepted by its name"),
        ({"MaxDevicePasswordFailedAttempts": "8"}, "MaxDevicePasswordFailedAttempts", "the device erases itself"),
    ):
        fields = changed("staff", AllowBluetooth="1", **changes)
        answer = DESKS["admin"].send(f"{PAGE}/staff", fields)
        page = answer.text()
        assert answer.status == 422, answer
        assert re.search(rf'id="wrong-{element}"[^>]*>\s*[^<]*{why}', page), (element, page)
        assert f'href="#{element}"' in page and re.search(rf'id="{element}"[^>]*aria-invalid="true"', page), element
        assert re.search(r'name="AllowBluetooth" value="1"', page), page
        for field, value in changes.items():
            if value not in (None, "1"):
                assert f'name="{field}" value="{value}"' in page, field
    assert show("staff") == before


@test
def what_somebody_else_changed_meanwhile_is_not_overwritten_unseen():
    first, second = changed("staff", MinDevicePasswordLength="5"), changed("staff", AllowIrDA=None)
    assert DESKS["admin"].send(f"{PAGE}/staff", first).status == 303
    answer = DESKS["admin"].send(f"{PAGE}/staff", second)
    assert answer.status == 422 and re.search(r"saved\. \w+ changed it meanwhile: .* save again", words(answer)), words(answer)
    assert "AllowIrDA" not in show("staff")["values"] and show("staff")["values"]["MinDevicePasswordLength"] == "5"
    again = second | {"mark": re.search(r'name="mark" value="([^"]*)"', answer.text())[1]}
    assert DESKS["admin"].send(f"{PAGE}/staff", again).status == 303
    assert show("staff")["values"]["AllowIrDA"] == "0" and show("staff")["values"]["MinDevicePasswordLength"] == "6"


@test
def what_cannot_be_undone_is_done_when_its_box_is_ticked():
    fields = changed("staff", AllowWiFi=None, **{"accept.AllowWiFi": "1"})
    assert DESKS["admin"].send(f"{PAGE}/staff", fields).status == 303
    assert show("staff")["values"]["AllowWiFi"] == "0"
    assert not [name for name in form_of("staff") if name.startswith("accept.")]
    assert DESKS["admin"].send(f"{PAGE}/staff", form_of("staff")).status == 303
    assert show("staff")["values"]["AllowWiFi"] == "0"


@test
def users_get_it_and_lose_it():
    admin = DESKS["admin"]
    assert admin.send(f"{PAGE}/staff/assign", {"users": "Ann@example.org\r\n @example.com \r\n"}).status == 303
    assert show("staff")["users"] == ["ann@example.org", "@example.com"]
    text = words(DESKS["auditor"].get(f"{PAGE}/staff"))
    assert "ann@example.org" in text and "@example.com" in text and "Take away" not in text
    admin.send(PAGE, {"name": "other"})
    taken = admin.send(f"{PAGE}/other/assign", {"users": "ben@example.org\r\nann@example.org"})
    assert taken.status == 422 and "ann@example.org has the policy staff" in words(taken), taken
    assert re.search(r"ben@example.org\s+ann@example.org</textarea>", taken.text()) and show("other")["users"] == []
    assert admin.send(f"{PAGE}/other/assign", {"users": " "}).status == 422
    assert admin.send(f"{PAGE}/staff/unassign", {"who": "@example.com"}).status == 303
    assert show("staff")["users"] == ["ann@example.org"]
    assert admin.send(f"{PAGE}/staff/default", {}).status == 303 and show("staff")["default"]
    assert admin.send(f"{PAGE}/other/no-default", {}).status == 303 and show("staff")["default"]
    assert "Everybody else" in words(DESKS["auditor"].get(PAGE))
    assert admin.send(f"{PAGE}/staff/no-default", {}).status == 303 and not show("staff")["default"]


@test
def a_name_may_have_blanks_in_it():
    admin = DESKS["admin"]
    admin.send(PAGE, {"name": "names"})
    assert admin.send(f"{PAGE}/names/assign", {"users": "\r\n\t Ann Bee \r\n@example.net\nx\r\n \r\n"}).status == 303
    assert show("names")["users"] == ["ann bee", "@example.net", "x"], show("names")
    for several in ("ben@example.org ann@example.org", "a@b.c,d@b.c", "@a.b; @c.d"):
        answer = admin.send(f"{PAGE}/names/assign", {"users": several})
        assert answer.status == 422 and f"'{several}' is not one a line" in words(answer), answer
    assert len(show("names")["users"]) == 3
    admin.send(f"{PAGE}/names/remove", {})


@test
def a_page_that_is_behind_takes_nothing_else_away():
    admin = DESKS["admin"]
    FERRY.command("policy", "assign", "other", "moved@example.org")
    behind = admin.send(f"{PAGE}/staff/unassign", {"who": "moved@example.org"})
    assert behind.status == 422 and "moved@example.org has the policy other" in words(behind), behind
    assert show("other")["users"] == ["moved@example.org"]
    assert admin.send(f"{PAGE}/OTHER/unassign", {"who": "Moved@example.org"}).status == 303
    assert show("other")["users"] == []


@test
def zeros_before_a_number_are_left_out():
    fields = changed("other", DevicePasswordEnabled="1", MinDevicePasswordLength="0" * 2000 + "8")
    assert DESKS["admin"].send(f"{PAGE}/other", fields).status == 303
    assert show("other")["values"] == {"DevicePasswordEnabled": "1", "MinDevicePasswordLength": "8"}


@test
def many_users_are_shown_page_by_page():
    FERRY.command("policy", "assign", "other", *(f"user{i:03}@example.org" for i in range(120)))
    seen, path = [], f"{PAGE}/other"
    while path:
        page = DESKS["auditor"].get(path).text()
        seen += re.findall(r"user\d{3}@example.org", page)
        path = re.search(r'<a href="([^"]*)" rel="next"', page)
        path = path and html.unescape(path[1])
    assert sorted(set(seen)) == [f"user{i:03}@example.org" for i in range(120)], len(seen)
    assert DESKS["auditor"].get(f"{PAGE}/other?after=x").status == 400


@test
def only_admins_change_and_only_from_a_page_of_ours():
    before = show("staff")
    acts = {f"{PAGE}/staff": form_of("staff"), f"{PAGE}/staff/assign": {"users": "x"}, f"{PAGE}/staff/unassign": {"who": "ann@example.org"},
            f"{PAGE}/staff/default": {}, f"{PAGE}/staff/no-default": {}, f"{PAGE}/staff/remove": {}, PAGE: {"name": "new"}}  # fmt: skip
    for path, fields in acts.items():
        for role in ("auditor", "helpdesk"):
            assert DESKS[role].send(path, fields).status == 403, (role, path)
        for origin in (None, "https://evil.example"):
            assert DESKS["admin"].send(path, fields, origin=origin).status == 403, (origin, path)
    assert show("staff") == before and FERRY.run("policy", "show", "new").returncode == 1
    for path in (f"{PAGE}/no", f"{PAGE}/" + "x" * 80):
        assert DESKS["admin"].get(path).status == 404
        assert DESKS["admin"].send(path, {}).status == 404
        assert DESKS["admin"].send(path + "/remove", {}).status == 404


@test
def speaks_german_too():
    text = words(DESKS["auditor"].get(f"{PAGE}/staff", Accept_Language="de"))
    assert "Was sie verlangt" in text and "Die Kamera darf benutzt werden." in text, text


@test
def one_that_cannot_be_read_is_mended_by_saving_it():
    FERRY.sql("UPDATE policy SET choice = 'x' WHERE name = 'staff'")
    assert "cannot be read" in words(DESKS["auditor"].get(PAGE))
    assert "cannot be read" in words(DESKS["auditor"].get(f"{PAGE}/staff"))
    assert DESKS["admin"].send(f"{PAGE}/staff", changed("staff", AllowCamera=None)).status == 303
    assert show("staff")["values"] == {"AllowCamera": "0"} and not show("staff")["unreadable"]


@test
def what_is_removed_is_gone():
    answer = DESKS["admin"].send(f"{PAGE}/staff/remove", {})
    assert answer.status == 303 and answer["Location"] == f"{PAGE}?said=policy-removed", answer
    assert DESKS["admin"].get(f"{PAGE}/staff").status == 404 and FERRY.run("policy", "show", "staff").returncode == 1
    assert FERRY.run("audit", "verify").returncode == 0


with FERRY:
    DESKS["admin"] = Desk(FERRY)
    for _role in ("auditor", "helpdesk"):
        DESKS[_role] = Agent(FERRY, _role)
    run()
