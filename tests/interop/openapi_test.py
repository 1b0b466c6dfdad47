"""The API's description: valid by another implementation's schema of OpenAPI 3.1, and the same as the route table."""

import json
import os
import re
import subprocess

from tap import run, test

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DESCRIPTION = os.path.join(TOP, "www/static/openapi.json")


def read(name):
    with open(os.path.join(TOP, name), encoding="utf-8") as file:
        return file.read()


def routes():
    """{(method, path): role} of the rows of src/web/routes.c."""
    rows = re.findall(r'API_(GET|POST)\(\s*"(/[^"]*)",\s*([A-Z]+),', read("src/web/routes.c"))
    open_rows = re.findall(r'OPEN\((GET), "/api/v1(/[^"]*)"', read("src/web/routes.c"))
    table = {(method, path): role.lower() for method, path, role in rows}
    table.update({(method, path): None for method, path in open_rows})
    return table


@test
def it_is_valid_openapi():
    command = ["node", os.path.join(TOP, "tests/interop/openapi_check.mjs"), DESCRIPTION]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip() == "3.1", done.stdout


@test
def every_route_stands_in_it_with_its_role_and_no_other():
    paths = json.loads(read("www/static/openapi.json"))["paths"]
    described = {
        (method.upper(), path): operation.get("x-certferry-role")
        for path, methods in paths.items()
        for method, operation in methods.items()
    }  # fmt: skip
    assert described == routes(), set(described.items()) ^ set(routes().items())
    assert len(described) >= 9


@test
def no_address_of_the_api_is_written_past_the_rows():
    text = re.sub(r"#define API_\w+(?:.*\\\n)*.*\n", "", read("src/web/routes.c"))
    outside = [line for line in text.splitlines() if '"/api' in line]
    assert len(outside) == 1 and "openapi.json" in outside[0], outside


@test
def only_its_own_address_needs_no_key():
    document = json.loads(read("www/static/openapi.json"))
    assert document["security"] == [{"key": []}]
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert ("security" in operation) == (path == "/openapi.json"), path


run()
