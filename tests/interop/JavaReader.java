import java.io.FileInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;

/**
 * A device's view by Java: the same words and lines as gnutls_reader.c. The private key is shown to be the
 * certificate's by a signature, since Java does not compute a public key from it.
 */
public class JavaReader {
    private static void print(String name, byte[] bytes) throws Exception {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
        System.out.println(name + " " + HexFormat.of().formatHex(digest));
    }

    private static void prove(PrivateKey key, Certificate certificate) throws Exception {
        Signature signature = Signature.getInstance("SHA256with" + (key.getAlgorithm().equals("RSA") ? "RSA" : "ECDSA"));
        byte[] text = "proof".getBytes(StandardCharsets.US_ASCII);
        signature.initSign(key);
        signature.update(text);
        byte[] signed = signature.sign();
        signature.initVerify(certificate.getPublicKey());
        signature.update(text);
        if (!signature.verify(signed)) {
            throw new IllegalStateException("the key is not the certificate's");
        }
    }

    private static void readBundle(String path, String passwordPath) throws Exception {
        char[] password = Files.readString(Path.of(passwordPath)).toCharArray();
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream bytes = new FileInputStream(path)) {
            store.load(bytes, password);
        }
        List<String> names = Collections.list(store.aliases());
        names.removeIf(name -> !isKey(store, name));
        if (names.size() != 1) {
            throw new IllegalStateException(names.size() + " keys");
        }
        Key key = store.getKey(names.get(0), password);
        Certificate[] chain = store.getCertificateChain(names.get(0));
        prove((PrivateKey) key, chain[0]);
        print("key", chain[0].getPublicKey().getEncoded());
        for (Certificate certificate : chain) {
            print("certificate", certificate.getEncoded());
        }
    }

    private static boolean isKey(KeyStore store, String name) {
        try {
            return store.isKeyEntry(name);
        } catch (Exception problem) {
            return false;
        }
    }

    private static void readChain(String path) throws Exception {
        try (InputStream bytes = new FileInputStream(path)) {
            for (Certificate one : CertificateFactory.getInstance("X.509").generateCertificates(bytes)) {
                print("certificate", one.getEncoded());
            }
        }
    }

    public static void main(String[] words) throws Exception {
        if (words[0].equals("bundle")) {
            readBundle(words[1], words[2]);
        } else {
            readChain(words[1]);
        }
    }
}
