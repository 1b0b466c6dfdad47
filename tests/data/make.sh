#!/bin/bash
# Makes the files under key/, certificate/ and ocsp/ anew, the first two with the openssl command: what our own code
# refuses to make. The tests read the committed files; run this only to add one.
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p key/good key/hostile certificate/good certificate/hostile

key()    # FILE OPTION...
{
    local file=$1
    shift
    openssl genpkey -quiet "$@" -out "key/$file"
}

key hostile/rsa-1024.pem -algorithm RSA -pkeyopt rsa_keygen_bits:1024
key hostile/rsa-8192.pem -algorithm RSA -pkeyopt rsa_keygen_bits:8192
key hostile/ec-p521.pem -algorithm EC -pkeyopt ec_paramgen_curve:P-521
key hostile/ec-secp256k1.pem -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1
key hostile/ed25519.pem -algorithm ED25519
key hostile/rsa-pss.pem -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048
openssl dsaparam -genkey -noout 2048 2> /dev/null | openssl pkcs8 -topk8 -nocrypt -out key/hostile/dsa.pem

openssl genrsa -traditional -out key/good/rsa-traditional.pem 2048 2> /dev/null
openssl ecparam -name prime256v1 -genkey -noout -out key/good/ec-traditional.pem
openssl ecparam -name prime256v1 -genkey -out key/good/ec-with-parameters.pem
openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256 -iter 600000 -passout pass:passphrase \
    -in key/good/rsa-traditional.pem -out key/good/rsa-pbkdf2.pem

certificate()    # FILE KEY CONFIGURATION OPTION...
{
    local file=$1 key=$2 configuration=$3
    shift 3
    openssl req -x509 -new -key "key/$key" -days 3650 -out "certificate/$file" -utf8 \
        -config <(printf '[req]\nprompt=no\ndistinguished_name=dn\nstring_mask=%s\nx509_extensions=ext\n%b' "${MASK:-utf8only}" "$configuration") "$@"
}

sid='1.3.6.1.4.1.311.25.2=ASN1:SEQUENCE:sid\n[sid]\nname=IMPLICIT:0,SEQUENCE:other\n[other]\ntype=OID:1.3.6.1.4.1.311.25.2.1\nvalue=EXPLICIT:0,FORMAT:ASCII,OCTETSTRING:S-1-5-21-1-2-3-1104\n'
certificate good/active-directory.pem good/ec-traditional.pem \
    "[dn]\nCN=Zoë\n[ext]\nsubjectAltName=@san\n${sid}[san]\notherName=1.3.6.1.4.1.311.20.2.3;FORMAT:UTF8,UTF8:zoë@example.com\n"
certificate good/ed25519.pem hostile/ed25519.pem '[dn]\nCN=Ed\n[ext]\nbasicConstraints=CA:FALSE\n'
MASK=MASK:0x0800 certificate good/name-bmp.pem good/ec-traditional.pem '[dn]\nCN=Zoë\n[ext]\nbasicConstraints=CA:FALSE\n'
certificate good/ca-without-key-id.pem good/ec-traditional.pem \
    '[dn]\nCN=Old CA\n[ext]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=none\n'
certificate hostile/serial-21-octets.pem good/ec-traditional.pem '[dn]\nCN=Long\n[ext]\nbasicConstraints=CA:FALSE\n' \
    -set_serial 0x010203040506070809101112131415161718192021
certificate hostile/san-dns-with-space.pem good/ec-traditional.pem \
    '[dn]\nCN=Space\n[ext]\nsubjectAltName=DNS:ca.example.com ca.example.org\n'
certificate hostile/san-upn-ia5.pem good/ec-traditional.pem \
    '[dn]\nCN=Upn\n[ext]\nsubjectAltName=otherName:1.3.6.1.4.1.311.20.2.3;IA5:ann@example.com\n'
certificate hostile/san-address-5-octets.pem good/ec-traditional.pem \
    '[dn]\nCN=Address\n[ext]\nsubjectAltName=DER:30:07:87:05:01:02:03:04:05\n'
certificate hostile/basic-constraints-broken.pem good/ec-traditional.pem \
    '[dn]\nCN=Broken\n[ext]\nbasicConstraints=DER:30:03:02:01\n'

python3 -B make_ocsp.py
