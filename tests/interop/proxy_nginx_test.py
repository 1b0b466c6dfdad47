"""deploy/proxies/nginx.conf in Debian's nginx: phones that may in get to Exchange, and nobody else, whatever he forges."""

import os

from ferry import Ferry
from forwarded import Phones
from front import Front, register
from tap import run

MAIN = """daemon off;
pid {folder}/nginx.pid;
error_log stderr warn;
{user}
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {recipe};
}}
"""


def start(front):
    ferry = front.ferry
    recipe = front.recipe(
        "nginx.conf",
        {
            "/etc/nginx/mail.example.org.pem": ferry.file("exchange.pem"),
            "/etc/nginx/mail.example.org.key": ferry.file("authority/tls/https.key"),
            "/etc/nginx/certferry-chain.pem": ferry.file("chain.pem"),
            "/etc/ssl/certs/ca-certificates.crt": ferry.file("authority/ca/root.pem"),
            "listen              443 ssl": f"listen 127.0.0.1:{front.port} ssl",
            "127.0.0.1:8445": f"127.0.0.1:{ferry.internal_port}",
            "exchange.example.org:443": f"127.0.0.1:{front.exchange.port}",
            "exchange.example.org": ferry.host,
            "mail.example.org": ferry.host,
        },
    )
    user = "user root;" if os.getuid() == 0 else ""
    main = ferry.file("main.conf")
    with open(main, "w", encoding="ascii") as file:
        file.write(MAIN.format(folder=ferry.folder, recipe=recipe, user=user))
    front.run("nginx", "-p", ferry.folder, "-e", "stderr", "-c", main)


with Ferry(host="localhost", internal_certificate_header="pem") as FERRY:
    phones = Phones(FERRY)
    with Front(FERRY, phones, start) as front:
        register(front, phones.mint("ann@example.com"), phones.foreign(), phones.expired())
        run()
