//! What stands behind a fault, to be looked at: certificates, a masked answer, the file a notice speaks of. Changes nothing.

use std::path::PathBuf;

use vodlift_cloud::Distrust as Seen;
use vodlift_engine::fault::{Fault, Side};

use crate::api::{Certificate, Certificates, Distrust};
use crate::error::Error;
use crate::{App, Code, FaultView, TransferId};

impl App {
    /// The certificates of the far side a transfer does not trust, asked for now and by the way the settings name. Sends
    /// nothing but the greeting of TLS. An error when the transfer has no such fault, or nobody shows a certificate.
    pub async fn certificates(&self, id: TransferId) -> Result<Certificates, Error> {
        let nothing = || Error::fault(Code::Unknown, &[("code", "certificate")]);
        let transfer = self.transfer(id).await?;
        let fault = transfer.state.stuck().filter(|fault| fault.code == Code::NetTls);
        let host = fault.and_then(|fault| fault.facts.get("host")).ok_or_else(nothing)?;
        let shown = self.client().certificates(host).await.map_err(|error| {
            Error::Fault(Box::new(FaultView::from(&Fault::from_cloud(&error, Side::Vod, false))))
        })?;
        let chain = shown.chain.into_iter().map(|one| Certificate {
            subject: one.subject,
            issuer: one.issuer,
            from_ms: one.from.as_millisecond(),
            until_ms: one.until.as_millisecond(),
            sha256: one.sha256,
        });
        let distrust = shown.distrust.map(|why| match why {
            Seen::Issuer => Distrust::Issuer,
            Seen::Expired => Distrust::Expired,
            Seen::Early => Distrust::Early,
            Seen::Name => Distrust::Name,
            Seen::Revoked => Distrust::Revoked,
            Seen::Other => Distrust::Other,
        });
        Ok(Certificates { host: host.clone(), chain: chain.collect(), distrust })
    }

    /// What the credential server said that could not be used, masked; none after a restart, for it is kept in memory only.
    pub async fn answer(&self, id: TransferId) -> Result<Option<String>, Error> {
        Ok(self.transfer(id).await?.state.stuck().and_then(|fault| fault.answer.clone()))
    }

    /// The file the notice at the top speaks of: the kept copy of a queue, or what found no room.
    pub fn notice_path(&self) -> Result<PathBuf, Error> {
        let nothing = || Error::fault(Code::Unknown, &[("code", "notice")]);
        let notice = self.engine().notice().ok_or_else(nothing)?;
        notice.facts.get("path").map(PathBuf::from).ok_or_else(nothing)
    }

    /// Which transfers of the queue hold this text in title, file name or media id, in order.
    pub async fn search(&self, text: &str) -> Vec<TransferId> {
        self.engine().search(text).await
    }
}
