"""deploy/proxies/nginx.conf in Debian's nginx: phones that may in get to Exchange, and nobody else, whatever he forges."""

from ferry import Ferry
from forwarded import Phones
from front import Front, register, start_nginx
from tap import run

with Ferry(keys=None, host="localhost", internal_certificate_header="pem") as FERRY:
    phones = Phones(FERRY)
    with Front(FERRY, phones, start_nginx) as front:
        register(front, phones.mint("ann@example.com"), phones.foreign(), phones.expired())
        run()
