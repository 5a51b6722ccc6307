//! Looks at the certificates a far side shows, and hangs up before a word is said. Knows no request and no credential.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, SignatureScheme};
use rustls_platform_verifier::Verifier;
use sha2::{Digest as _, Sha256};
use tokio::time::timeout;
use url::Url;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::{Client, Error, Kind, http::authority, http::unusable};

/// One certificate of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Whom it speaks for, as it is written there (`CN=vod.example.com`).
    pub subject: String,
    /// Who says so.
    pub issuer: String,
    /// Good from then on.
    pub from: Timestamp,
    /// Good until then.
    pub until: Timestamp,
    /// SHA-256 of the whole certificate, in capitals, two digits a byte, colons between.
    pub sha256: String,
}

/// Why a chain is not believed here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Distrust {
    /// Nobody this computer knows vouches for it.
    Issuer,
    /// Its time is over.
    Expired,
    /// Its time has not come.
    Early,
    /// It speaks for another name.
    Name,
    /// It was taken back.
    Revoked,
    /// Something else is wrong with it.
    Other,
}

/// What a far side showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The far side's own certificate first, then those that vouch for it, as they were sent.
    pub chain: Vec<Certificate>,
    /// None: it is believed now.
    pub distrust: Option<Distrust>,
}

impl Client {
    /// The certificates of `host` (`vod.example.com`, `127.0.0.1:8443`), seen by the way out of the settings, so that a proxy
    /// which speaks for others is seen too. The handshake always ends in a refusal of ours: no request is ever sent.
    /// Errors as a request would when it does not come as far as the certificates; `Kind::Address` for an odd host.
    pub async fn certificates(&self, host: &str) -> Result<Shown, Error> {
        let failed = |kind: Kind| {
            let mut error = Error::new("Certificates", kind);
            error.facts_mut().host = Some(host.to_owned());
            error
        };
        let url = Url::parse(&format!("https://{host}/"))
            .ok()
            .filter(|url| !host.is_empty() && authority(url) == host)
            .ok_or_else(|| failed(Kind::Address))?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let looker = Arc::new(Looker {
            judge: self.judge(provider.clone()).map_err(|e| failed(Kind::Settings).because(e))?,
            seen: Mutex::default(),
        });
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| failed(Kind::Settings).because(e))?
            .dangerous()
            .with_custom_certificate_verifier(looker.clone())
            .with_no_client_auth();
        let client =
            self.builder(true)?.tls_backend_preconfigured(tls).build().map_err(unusable)?;
        let limit = self.transport.connect_timeout + self.transport.idle_timeout;
        let outcome = timeout(limit, client.head(url).send()).await;
        let seen = looker.seen.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (seen, outcome) {
            (Some(shown), _) => Ok(shown),
            (None, Err(_)) => Err(failed(Kind::Timeout)),
            (None, Ok(Ok(_))) => Err(failed(Kind::Tls)),
            (None, Ok(Err(e))) => Err(failed(crate::http::kind_of(&e)).because(e.without_url())),
        }
    }

    /// Whoever judges certificates for our requests: the system, and the own root.
    fn judge(&self, provider: Arc<CryptoProvider>) -> Result<Verifier, rustls::Error> {
        let roots = self.roots.iter().flatten().cloned();
        if roots.clone().next().is_none() {
            return Verifier::new(provider);
        }
        Verifier::new_with_extra_roots(roots, provider)
    }
}

/// Believes nobody, and keeps what it was shown and what the judge says of it.
#[derive(Debug)]
struct Looker {
    judge: Verifier,
    seen: Mutex<Option<Shown>>,
}

impl ServerCertVerifier for Looker {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let said = self.judge.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        let chain = std::iter::once(end_entity).chain(intermediates);
        let shown = Shown {
            chain: chain.filter_map(|der| read(der)).collect(),
            distrust: said.err().map(|error| reason(&error)),
        };
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(shown);
        Err(rustls::Error::General("only looked at".to_owned()))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.judge.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.judge.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.judge.supported_verify_schemes()
    }
}

fn read(der: &[u8]) -> Option<Certificate> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let validity = certificate.validity();
    let digits: Vec<String> =
        Sha256::digest(der).iter().map(|byte| format!("{byte:02X}")).collect();
    Some(Certificate {
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        from: Timestamp::from_second(validity.not_before.timestamp()).ok()?,
        until: Timestamp::from_second(validity.not_after.timestamp()).ok()?,
        sha256: digits.join(":"),
    })
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "not our enums, and they grow; whatever else is wrong is told as such"
)]
fn reason(error: &rustls::Error) -> Distrust {
    let rustls::Error::InvalidCertificate(error) = error else { return Distrust::Other };
    match error {
        CertificateError::UnknownIssuer => Distrust::Issuer,
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Distrust::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            Distrust::Early
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Distrust::Name
        }
        CertificateError::Revoked => Distrust::Revoked,
        _ => Distrust::Other,
    }
}
