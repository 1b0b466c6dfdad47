"""deploy/proxies/apache.conf in Debian's Apache: phones that may in get to Exchange, and nobody else, whatever he forges."""

import os

from ferry import Ferry
from forwarded import Phones
from front import Front, register
from tap import run

MODULES = "/usr/lib/apache2/modules"
NAMES = ("mpm_event", "authz_core", "ssl", "proxy", "proxy_http", "headers", "lua")
MAIN = """ServerRoot {folder}
PidFile {folder}/apache.pid
DefaultRuntimeDir {folder}
Mutex file:{folder} default
ServerName {host}
ErrorLog /dev/stderr
Listen 127.0.0.1:{port}
{user}
{modules}
Include {recipe}
"""


def start(front):
    ferry = front.ferry
    lua = front.recipe("certferry-apache.lua", {"8445": ferry.internal_port})
    recipe = front.recipe(
        "apache.conf",
        {
            "*:443": f"127.0.0.1:{front.port}",
            "/etc/apache2/certferry-apache.lua": lua,
            "/etc/apache2/mail.example.org.pem": ferry.file("exchange.pem"),
            "/etc/apache2/mail.example.org.key": ferry.file("authority/tls/https.key"),
            "/etc/apache2/certferry-chain.pem": ferry.file("chain.pem"),
            "/etc/ssl/certs/ca-certificates.crt": ferry.file("authority/ca/root.pem"),
            "exchange.example.org:443": f"{ferry.host}:{front.exchange.port}",
            "mail.example.org": ferry.host,
        },
    )
    modules = "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in NAMES)
    user = "User www-data\nGroup www-data" if os.getuid() == 0 else ""
    main = ferry.file("main.conf")
    with open(main, "w", encoding="ascii") as file:
        file.write(MAIN.format(folder=ferry.folder, port=front.port, modules=modules, recipe=recipe, host=ferry.host, user=user))
    os.chmod(ferry.folder, 0o755)  # the workers read the Lua file
    front.run("apache2", "-DFOREGROUND", "-f", main)


with Ferry(keys=None, host="localhost", internal_certificate_header="pem") as FERRY:
    phones = Phones(FERRY)
    with Front(FERRY, phones, start) as front:
        register(front, phones.mint("ann@example.com"), phones.foreign(), phones.expired(), explains_expired=False)
        run()
