// A device's view by node-forge: the same words and lines as gnutls_reader.c. forge knows no EC keys; what it decrypts of
// them is handed to Node as it stands.
import { createHash, createPrivateKey, createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import forge from "node-forge";

const print = (name, der) => console.log(`${name} ${createHash("sha256").update(der).digest("hex")}`);
const derOf = (asn1) => Buffer.from(forge.asn1.toDer(asn1).getBytes(), "binary");
const parse = (path) => forge.asn1.fromDer(forge.util.createBuffer(readFileSync(path, "binary")));

function certificateDer(bag) {
    return derOf(bag.cert ? forge.pki.certificateToAsn1(bag.cert) : bag.asn1);
}

function keyDer(bag) {
    return derOf(bag.key ? forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(bag.key)) : bag.asn1);
}

function readBundle(path, passwordPath) {
    const bundle = forge.pkcs12.pkcs12FromAsn1(parse(path), true, readFileSync(passwordPath, "utf8"));
    const { pkcs8ShroudedKeyBag: keyType, certBag: certificateType } = forge.pki.oids;
    const keys = bundle.getBags({ bagType: keyType })[keyType];
    if (keys.length !== 1) throw new Error(`${keys.length} keys`);
    const key = createPrivateKey({ key: keyDer(keys[0]), format: "der", type: "pkcs8" });
    print("key", createPublicKey(key).export({ format: "der", type: "spki" }));
    for (const bag of bundle.getBags({ bagType: certificateType })[certificateType])
        print("certificate", certificateDer(bag));
}

// SignedData's certificates, [0] IMPLICIT, taken as they stand: messageFromAsn1() reads RSA certificates only.
function readChain(path) {
    const content = parse(path);
    if (forge.asn1.derToOid(content.value[0].value) !== forge.pki.oids.signedData) throw new Error("not SignedData");
    const signed = content.value[1].value[0];
    const isSet = (one) => one.tagClass === forge.asn1.Class.CONTEXT_SPECIFIC && one.type === 0;
    for (const one of signed.value.find(isSet).value) print("certificate", derOf(one));
}

const [kind, path, passwordPath] = process.argv.slice(2);
if (kind === "bundle") readBundle(path, passwordPath);
else readChain(path);
