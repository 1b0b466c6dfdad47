import java.io.FileInputStream;
import java.io.InputStream;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateRevokedException;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * JavaOcsp ROOT ISSUING LEAF: asks the responder that the leaf names, as a Java server does that checks its clients.
 * Prints "good", or "revoked REASON"; anything else is an exception and an exit code.
 */
public class JavaOcsp {
    private static X509Certificate read(String path) throws Exception {
        try (InputStream in = new FileInputStream(path)) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }

    public static void main(String[] words) throws Exception {
        Certificate leaf = read(words[2]);
        CertPath path = CertificateFactory.getInstance("X.509").generateCertPath(List.of(leaf, read(words[1])));
        CertPathValidator validator = CertPathValidator.getInstance("PKIX");
        PKIXRevocationChecker checker = (PKIXRevocationChecker) validator.getRevocationChecker();
        checker.setOptions(EnumSet.of(
            PKIXRevocationChecker.Option.ONLY_END_ENTITY, PKIXRevocationChecker.Option.NO_FALLBACK));
        PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(read(words[0]), null)));
        parameters.addCertPathChecker(checker);
        try {
            validator.validate(path, parameters);
            System.out.println("good");
        } catch (CertPathValidatorException refusal) {
            if (!(refusal.getCause() instanceof CertificateRevokedException)) {
                throw refusal;
            }
            System.out.println("revoked " + ((CertificateRevokedException) refusal.getCause()).getRevocationReason());
        }
    }
}
