"""deploy/proxies/Caddyfile in Debian's Caddy: phones that may in get to Exchange, and nobody else, whatever he forges."""

import os

from ferry import Ferry
from forwarded import Phones
from front import Front, register
from tap import run

OPTIONS = "{\n\tadmin off\n\tauto_https off\n\tskip_install_trust\n\tdefault_bind 127.0.0.1\n}\n"


def start(front):
    ferry = front.ferry
    recipe = front.recipe(
        "Caddyfile",
        {
            "mail.example.org {": f"https://{ferry.host}:{front.port} {{",
            "/etc/caddy/mail.example.org.pem": ferry.file("exchange.pem"),
            "/etc/caddy/mail.example.org.key": ferry.file("authority/tls/https.key"),
            "/etc/ssl/certs/ca-certificates.crt": ferry.file("authority/ca/root.pem"),
            "127.0.0.1:8445": f"127.0.0.1:{ferry.internal_port}",
            "https://exchange.example.org": f"https://127.0.0.1:{front.exchange.port}",
            "exchange.example.org": ferry.host,
        },
    )
    with open(recipe, encoding="ascii") as file:
        text = file.read()
    with open(recipe, "w", encoding="ascii") as file:
        file.write(OPTIONS + text)
    environment = dict(os.environ, XDG_DATA_HOME=ferry.folder, XDG_CONFIG_HOME=ferry.folder, HOME=ferry.folder)
    front.run("caddy", "run", "--adapter", "caddyfile", "--config", recipe, env=environment)


with Ferry(keys=None, host="localhost", internal_certificate_header="der") as FERRY:
    phones = Phones(FERRY)
    with Front(FERRY, phones, start) as front:
        register(front, phones.mint("ann@example.com"), phones.foreign(), phones.expired())
        run()
