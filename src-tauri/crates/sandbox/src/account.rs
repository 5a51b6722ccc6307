//! In which state the account behind the keys is: paid, opened, with a bucket, with which permissions. Knows no requests.

use std::collections::BTreeSet;

use crate::codes::{self, Code};
use crate::unverified::Unverified;

/// State of the account. [`AccountState::default`] can do everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountState {
    /// Whether VOD serves it.
    pub vod: VodState,
    /// Whether OSS serves its bucket.
    pub storage: StorageState,
    /// Whether a bucket has been enabled in this region. A new account has none.
    pub bucket: bool,
    /// Whether multi-application is open: without it only the default AppId can be named.
    pub apps: bool,
    /// Whether a domain name for acceleration is set up. Without one VOD tells addresses that are signed and expire.
    pub domain: bool,
    /// Actions the key's RAM policy allows, without `vod:`; `None` allows all.
    pub allowed: Option<BTreeSet<String>>,
}

/// Whether VOD serves the account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VodState {
    /// It does.
    #[default]
    Open,
    /// Overdue: OperationDenied.Suspended.
    Suspended,
    /// Overdue, told by the text of OperationDenied only.
    SuspendedByText,
    /// Not activated: OperationDenied.
    NotOpened,
    /// Not activated: UserNotFound.
    UserNotFound,
    /// VOD has lost key, bucket or domain of the account: AuthInfo.NotExist.
    SetUpMissing,
    /// Forbidden.InitFailed.
    InitFailed,
    /// The AccessKey is disabled.
    KeyInactive,
}

/// Whether OSS serves the bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StorageState {
    /// It does.
    #[default]
    Open,
    /// UserDisable.
    UserDisabled,
    /// InDebt.
    InDebt,
    /// BucketDisable.
    BucketDisabled,
    /// The bucket wants another endpoint.
    OtherEndpoint,
    /// The bucket is somebody else's.
    NotYours,
}

impl Default for AccountState {
    fn default() -> Self {
        Self {
            vod: VodState::Open,
            storage: StorageState::Open,
            bucket: true,
            apps: true,
            domain: false,
            allowed: None,
        }
    }
}

impl AccountState {
    /// Words of [`AccountState::with`].
    pub const WORDS: [&str; 15] = [
        "suspended",
        "suspended-by-text",
        "not-opened",
        "user-not-found",
        "set-up-missing",
        "init-failed",
        "key-inactive",
        "user-disabled",
        "in-debt",
        "bucket-disabled",
        "other-endpoint",
        "not-yours",
        "no-bucket",
        "no-apps",
        "domain",
    ];

    /// The same account in the state that `word` names.
    #[must_use]
    pub fn with(mut self, word: &str) -> Option<Self> {
        match word {
            "suspended" => self.vod = VodState::Suspended,
            "suspended-by-text" => self.vod = VodState::SuspendedByText,
            "not-opened" => self.vod = VodState::NotOpened,
            "user-not-found" => self.vod = VodState::UserNotFound,
            "set-up-missing" => self.vod = VodState::SetUpMissing,
            "init-failed" => self.vod = VodState::InitFailed,
            "key-inactive" => self.vod = VodState::KeyInactive,
            "user-disabled" => self.storage = StorageState::UserDisabled,
            "in-debt" => self.storage = StorageState::InDebt,
            "bucket-disabled" => self.storage = StorageState::BucketDisabled,
            "other-endpoint" => self.storage = StorageState::OtherEndpoint,
            "not-yours" => self.storage = StorageState::NotYours,
            "no-bucket" => self.bucket = false,
            "no-apps" => self.apps = false,
            "domain" => self.domain = true,
            _ => return None,
        }
        Some(self)
    }

    /// The same account with a policy that allows these actions only, with or without `vod:`.
    #[must_use]
    pub fn only<'a>(mut self, actions: impl IntoIterator<Item = &'a str>) -> Self {
        let names = actions.into_iter().map(str::trim).filter(|it| !it.is_empty());
        let names = names.map(|it| it.strip_prefix("vod:").unwrap_or(it).to_owned());
        self.allowed = Some(names.collect());
        self
    }

    /// What VOD refuses every call with.
    pub(crate) fn refused(&self, other: impl Fn(Unverified) -> bool) -> Option<&'static Code> {
        let odd = other(Unverified::AccountCodesAre404);
        Some(match self.vod {
            VodState::Open => return None,
            VodState::Suspended => &codes::SUSPENDED,
            VodState::SuspendedByText => &codes::SUSPENDED_TEXT,
            VodState::NotOpened => &codes::NOT_OPENED,
            VodState::UserNotFound if odd => &codes::USER_NOT_FOUND_404,
            VodState::UserNotFound => &codes::USER_NOT_FOUND,
            VodState::SetUpMissing if odd => &codes::SET_UP_MISSING_404,
            VodState::SetUpMissing => &codes::SET_UP_MISSING,
            VodState::InitFailed => &codes::INIT_FAILED,
            VodState::KeyInactive => &codes::KEY_INACTIVE,
        })
    }

    /// What OSS refuses every request with.
    pub(crate) fn storage_refused(
        &self,
        other: impl Fn(Unverified) -> bool,
    ) -> Option<&'static Code> {
        Some(match self.storage {
            StorageState::Open => return None,
            StorageState::UserDisabled => &codes::USER_DISABLE,
            StorageState::InDebt => &codes::IN_DEBT,
            StorageState::BucketDisabled => &codes::BUCKET_DISABLE,
            StorageState::OtherEndpoint if other(Unverified::EndpointIsRedirect) => {
                &codes::OTHER_ENDPOINT_NEW
            }
            StorageState::OtherEndpoint => &codes::OTHER_ENDPOINT,
            StorageState::NotYours => &codes::NOT_YOURS,
        })
    }

    pub(crate) fn allows(&self, action: &str) -> bool {
        self.allowed.as_ref().is_none_or(|allowed| allowed.contains(action))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_changes_the_account() {
        for word in AccountState::WORDS {
            let state = AccountState::default().with(word);
            assert!(state.is_some_and(|it| it != AccountState::default()), "{word}");
        }
        assert_eq!(AccountState::default().with("rich"), None);
        let upload = AccountState::default().only(["vod:CreateUploadVideo", "RefreshUploadVideo"]);
        assert!(upload.allows("CreateUploadVideo") && upload.allows("RefreshUploadVideo"));
        assert!(!upload.allows("GetVideoInfo") && AccountState::default().allows("GetVideoInfo"));
    }
}
