//! Root certificates from a file, in whatever form people have them. One that cannot be used does not spoil the others.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

/// Own root certificates, and who named them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roots {
    /// Where they come from, as people know it: `SSL_CERT_FILE=/etc/own.pem`.
    pub origin: String,
    /// What is in the file, or why it cannot be read.
    pub content: Result<Vec<u8>, String>,
}

impl Roots {
    /// The certificates that can be used; an error says why there is none, and never quotes the file.
    pub(crate) fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, String> {
        let told = |reason: &str| format!("{}: {reason}", self.origin);
        let content = self.content.as_ref().map_err(|reason| told(reason))?;
        let found = all(content);
        let any = !found.is_empty();
        let mut store = RootCertStore::empty();
        let good: Vec<_> = found.into_iter().filter(|der| store.add(der.clone()).is_ok()).collect();
        match (good.is_empty(), any) {
            (false, _) => Ok(good),
            (true, true) => Err(told("no certificate in it can be used")),
            (true, false) => Err(told("there is no certificate in it")),
        }
    }
}

/// PEM of any label that holds a certificate, or one bare DER.
fn all(content: &[u8]) -> Vec<CertificateDer<'static>> {
    if content.first() == Some(&SEQUENCE) {
        return first_sequence(content).into_iter().collect();
    }
    let text = as_text(content);
    let mut found = vec![];
    let mut rest = text.as_str();
    while let Some((_, from)) = rest.split_once("-----BEGIN ") {
        let Some((label, body)) = from.split_once("-----") else { break };
        rest = body;
        // `TRUSTED CERTIFICATE` is OpenSSL's: the certificate, and behind it what it is trusted for.
        if !matches!(label, "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE") {
            continue;
        }
        let Some((block, after)) = body.split_once("-----END") else { break };
        // A block that was never closed ends where the next one begins.
        let block = if let Some((own, _)) = block.split_once("-----BEGIN ") {
            rest = &body[own.len()..];
            own
        } else {
            rest = after;
            block
        };
        let compact: String = block.chars().filter(|c| !c.is_whitespace()).collect();
        found.extend(BASE64_STANDARD.decode(compact).ok().as_deref().and_then(first_sequence));
    }
    found
}

/// Windows writes a byte order mark, or UTF-16.
fn as_text(content: &[u8]) -> String {
    let wide = |from: fn([u8; 2]) -> u16| {
        let units = content[2..].chunks_exact(2).map(|pair| from([pair[0], pair[1]]));
        String::from_utf16_lossy(&units.collect::<Vec<_>>())
    };
    match content {
        [0xFF, 0xFE, ..] => wide(u16::from_le_bytes),
        [0xFE, 0xFF, ..] => wide(u16::from_be_bytes),
        _ => String::from_utf8_lossy(content).into_owned(),
    }
}

const SEQUENCE: u8 = 0x30;

/// The first element of a DER, without what stands behind it.
fn first_sequence(der: &[u8]) -> Option<CertificateDer<'static>> {
    let (tag, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, head) = match first {
        0..=0x7F => (usize::from(*first), 2),
        0x81..=0x84 => {
            let digits = rest.get(..usize::from(first & 0x7F))?;
            let length =
                digits.iter().fold(0, |sum: usize, digit| (sum << 8) | usize::from(*digit));
            (length, 2 + digits.len())
        }
        _ => return None,
    };
    let whole = der.get(..head.checked_add(length)?)?;
    (*tag == SEQUENCE).then(|| CertificateDer::from(whole.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

    fn root() -> (String, Vec<u8>) {
        let mut ca = CertificateParams::default();
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate().unwrap()).unwrap();
        (ca.pem(), ca.der().to_vec())
    }

    fn read(content: impl Into<Vec<u8>>) -> Result<usize, String> {
        let roots = Roots { origin: "SSL_CERT_FILE=x".to_owned(), content: Ok(content.into()) };
        roots.certificates().map(|all| all.len())
    }

    #[test]
    fn a_certificate_counts_in_every_form_it_comes_in() {
        let (pem, der) = root();
        let (other, _) = root();
        assert_eq!(read(pem.clone()), Ok(1), "PEM");
        assert_eq!(read(der.clone()), Ok(1), "DER");
        assert_eq!(read([der.as_slice(), b"\n"].concat()), Ok(1), "DER with something behind it");
        assert_eq!(read(format!("\u{feff}{pem}")), Ok(1), "byte order mark");
        assert_eq!(read(pem.replace('\n', "\r\n")), Ok(1), "CRLF");
        assert_eq!(read(pem.replace("\r\n", "\n").replace('\n', "\r")), Ok(1), "CR");
        assert_eq!(
            read(format!("Subject: CN=me\nSHA1: …\n{pem}\n# more\n{other}")),
            Ok(2),
            "words"
        );
        let wide: Vec<u8> =
            std::iter::once(0xFEFF).chain(pem.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        assert_eq!(read(wide), Ok(1), "UTF-16");
        // OpenSSL: the certificate, then a SEQUENCE of what it is trusted for.
        let trusted = BASE64_STANDARD.encode([der.as_slice(), &[0x30, 0x02, 0x30, 0x00]].concat());
        let trusted = format!(
            "-----BEGIN TRUSTED CERTIFICATE-----\n{trusted}\n-----END TRUSTED CERTIFICATE-----"
        );
        assert_eq!(read(trusted), Ok(1), "trusted");
        assert_eq!(read(pem.replace(" CERTIFICATE", " X509 CERTIFICATE")), Ok(1), "the old label");
    }

    #[test]
    fn an_odd_certificate_does_not_spoil_the_others() {
        let (pem, _) = root();
        for odd in [
            "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nMAMC\n",
            "-----BEGIN PRIVATE KEY-----\nMAMCAQE=\n-----END PRIVATE KEY-----\n",
            "-----BEGIN ",
        ] {
            if odd != "-----BEGIN " {
                assert_eq!(read(format!("{odd}{pem}")), Ok(1), "{odd} before");
            }
            assert_eq!(read(format!("{pem}{odd}")), Ok(1), "{odd} behind");
        }
    }

    #[test]
    fn why_there_is_none_is_said_with_the_name_of_the_file() {
        let said = |content: Result<Vec<u8>, String>| {
            Roots { origin: "SSL_CERT_FILE=/x".to_owned(), content }.certificates().unwrap_err()
        };
        assert_eq!(said(Err("No such file".into())), "SSL_CERT_FILE=/x: No such file");
        for empty in [&b""[..], b"text", b"\xFF\xFE", b"\x30", b"\x30\x84\xFF\xFF\xFF\xFF"] {
            assert_eq!(said(Ok(empty.to_vec())), "SSL_CERT_FILE=/x: there is no certificate in it");
        }
        let odd = b"-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----";
        let told = "SSL_CERT_FILE=/x: no certificate in it can be used";
        assert_eq!(said(Ok(odd.to_vec())), told);
    }
}
