"""deploy/proxies/haproxy.cfg in Debian's HAProxy: phones that may in get to Exchange, and nobody else, whatever he forges."""

from ferry import Ferry
from forwarded import Phones
from front import Front, register
from tap import run


def start(front):
    ferry = front.ferry
    lua = front.recipe("certferry.lua", {})
    recipe = front.recipe(
        "haproxy.cfg",
        {
            "/etc/haproxy/certferry.lua": lua,
            "bind :443": f"bind 127.0.0.1:{front.port}",
            "/etc/haproxy/mail.example.org.pem": ferry.file("front.pem"),
            "/etc/haproxy/certferry-chain.pem": ferry.file("chain.pem"),
            "/etc/ssl/certs/ca-certificates.crt": ferry.file("authority/ca/root.pem"),
            "127.0.0.1:8445": f"127.0.0.1:{ferry.internal_port}",
            "exchange.example.org:443": f"127.0.0.1:{front.exchange.port}",
            "exchange.example.org": ferry.host,
        },
    )
    front.run("haproxy", "-db", "-f", recipe)


with Ferry(keys=None, host="localhost", internal_certificate_header="der") as FERRY:
    phones = Phones(FERRY)
    with Front(FERRY, phones, start) as front:
        register(front, phones.mint("ann@example.com"), phones.foreign(), phones.expired())
        run()
