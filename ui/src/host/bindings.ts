// Written by `cargo test -p vodlift-tests` from the Rust types. Change those, not this.

/**
 * What the person says about a file. Everything is optional but the title, which defaults to the file's name.
 */
export type About = { 
/**
 * VOD: at most 128 UTF-8 bytes, no emoji (protocol/vod.md 4.5).
 */
title: string, 
/**
 * VOD: at most 1,024 UTF-8 bytes.
 */
description: string, 
/**
 * VOD: at most 16 tags of 32 characters, none with a comma.
 */
tags: Array<string>, 
/**
 * One category.
 */
category: number | null, 
/**
 * Transcoding template group. `workflow` wins over it.
 */
templateGroup: string | null, 
/**
 * Workflow id.
 */
workflow: string | null, 
/**
 * Bucket host; the account's default when absent.
 */
storage: string | null, 
/**
 * VOD application id.
 */
appId: string | null, 
/**
 * JSON text handed to VOD as UserData.
 */
userData: string | null, 
/**
 * http(s) address of a cover that already exists somewhere.
 */
coverUrl: string | null, 
/**
 * These very words or none: what VOD refuses is an error and not shortened.
 */
keepTitle: boolean, };

/**
 * What became of an offer.
 */
export type Added = { 
/**
 * The new transfers, videos before what follows them.
 */
ids: Array<TransferId>, 
/**
 * What was asked for and cannot be uploaded, at most 50. A file that merely lay in a folder and that VOD has no use
 * for is not among them.
 */
leftOut: Array<Skipped>, 
/**
 * Those that are not listed.
 */
more: number, 
/**
 * What lay in folders and was not meant.
 */
omitted: Omitted, 
/**
 * Names that two videos share, so that a cover or subtitle of that name was attached to neither; at most 50.
 */
apart: Array<string>, };

/**
 * One decoded blob.
 */
export type Blob = { 
/**
 * First 16 and last 4 characters, and how many there were.
 */
short: string, 
/**
 * Characters pasted.
 */
length: number, 
/**
 * Documented fields first.
 */
fields: Array<Field>, 
/**
 * What is wrong with it (`cred.base64`, `cred.json`, `cred.field`, `cred.swapped`).
 */
fault: FaultView | null, };

/**
 * What may be asked of a transfer now.
 */
export type Can = { 
/**
 * Hold still.
 */
pause: boolean, 
/**
 * Go on.
 */
resume: boolean, 
/**
 * Give up.
 */
cancel: boolean, 
/**
 * Try again from the last fact.
 */
retry: boolean, 
/**
 * Forget everything and start over.
 */
restart: boolean, 
/**
 * Leave the list.
 */
remove: boolean, };

/**
 * One certificate of a chain.
 */
export type Certificate = { 
/**
 * Whom it speaks for.
 */
subject: string, 
/**
 * Who says so.
 */
issuer: string, 
/**
 * Good from then on.
 */
fromMs: number, 
/**
 * Good until then.
 */
untilMs: number, 
/**
 * SHA-256 of the whole, two digits a byte, colons between.
 */
sha256: string, };

/**
 * The certificates a far side shows.
 */
export type Certificates = { 
/**
 * Whom was asked, with the port where it is not the usual one.
 */
host: string, 
/**
 * Its own first, then those that vouch for it, as they were sent.
 */
chain: Array<Certificate>, 
/**
 * Why they are not believed here; none: they are.
 */
distrust: Distrust | null, };

/**
 * One line of the connection test.
 */
export type Check = { 
/**
 * What was looked at.
 */
what: CheckWhat, 
/**
 * Passed.
 */
ok: boolean, 
/**
 * Without it no video can be uploaded. Otherwise `check.cost.<what>` says what is lost.
 */
needed: boolean, 
/**
 * The RAM actions that are refused, `vod:GetVideoInfo`.
 */
missing: Array<string>, 
/**
 * Why not.
 */
fault: FaultView | null, 
/**
 * Seconds the clock is off, for the clock; milliseconds the answer took, for identity.
 */
figure: number | null, };

/**
 * What the connection test looks at, in this order.
 */
export type CheckWhat = "keyring" | "clock" | "identity" | "video" | "refresh" | "image" | "attached" | "status" | "details" | "cleanup" | "lists";

/**
 * A choice VOD offers for a field: a category, a template group.
 */
export type Choice = { 
/**
 * What is sent.
 */
value: string, 
/**
 * What is shown, parents first: `Travel / Japan`.
 */
label: string, };

/**
 * Every cause people can meet. The text is the key of its sentences in `ui/src/i18n` (`fault.<code>.…`).
 */
export type Code = "net.offline" | "net.dns" | "net.timeout" | "net.tls" | "net.proxy" | "net.proxy.down" | "net.proxy.away" | "net.proxy.refused" | "net.proxy.unusable" | "net.roots" | "net.portal" | "auth.key" | "auth.sign" | "auth.clock" | "auth.ram" | "auth.sts" | "auth.closed" | "auth.debt" | "auth.setup" | "auth.bucket" | "auth.endpoint" | "auth.region" | "cred.expired" | "cred.pasted.expired" | "cred.refresh" | "cred.base64" | "cred.json" | "cred.field" | "cred.swapped" | "cred.mismatch" | "cred.address" | "srv.down" | "srv.auth" | "srv.shape" | "req.title" | "req.meta" | "req.ext" | "req.template" | "req.workflow" | "req.storage" | "req.category" | "req.app" | "req.throttle" | "req.server" | "media.gone" | "oss.noupload" | "oss.part" | "oss.crc" | "oss.denied" | "oss.disabled" | "oss.endpoint" | "file.gone" | "file.silent" | "file.drive" | "file.changed" | "file.read" | "file.denied" | "file.handles" | "file.absent" | "file.address" | "file.special" | "file.partial" | "file.telemetry" | "folder.empty" | "file.empty" | "file.large" | "file.name" | "vod.refused" | "vod.notyet" | "vod.unasked" | "file.unknown" | "file.page" | "file.zeros" | "file.playlist" | "file.fork" | "file.subtitle" | "file.unfinished" | "vod.UploadFail" | "vod.TranscodeFail" | "vod.ProduceFail" | "vod.Blocked" | "vod.unknown" | "key.locked" | "key.none" | "conf.file" | "disk.full" | "db.broken" | "db.damaged" | "db.rows" | "db.write" | "db.busy" | "db.newer" | "unknown";

/**
 * How many rows stand in each group.
 */
export type Counts = { 
/**
 * All of them.
 */
all: number, 
/**
 * In progress.
 */
active: number, 
/**
 * Waiting, paused or held.
 */
waiting: number, 
/**
 * VOD works on them.
 */
processing: number, 
/**
 * Need the person: failed, or waiting for a decision.
 */
failed: number, 
/**
 * Done.
 */
done: number, 
/**
 * Cancelled.
 */
cancelled: number, };

/**
 * What may be shown of an upload credential: its time, never its content.
 */
export type CredentialView = { 
/**
 * Time left when the frame was made.
 */
leftMs: number, 
/**
 * Whole life as issued.
 */
lifeMs: number, 
/**
 * What happens at its end.
 */
renewal: Renewal, 
/**
 * It cannot be renewed and ends before the upload does.
 */
tight: boolean, };

/**
 * A decoded blob, secrets left out.
 */
export type Decoded = { 
/**
 * Fields of the UploadAddress.
 */
address: Blob | null, 
/**
 * Fields of the UploadAuth.
 */
auth: Blob | null, 
/**
 * Both are good and belong together: an upload can start.
 */
usable: boolean, 
/**
 * Time left of the credential.
 */
leftMs: number | null, 
/**
 * The time was counted from the moment of pasting, because the blob names no instant.
 */
fromPaste: boolean, };

/**
 * Row height.
 */
export type Density = "auto" | "comfortable" | "compact";

/**
 * What is to be changed of one of many transfers.
 */
export type Described = { 
/**
 * The transfer.
 */
id: TransferId, 
/**
 * The file's own name.
 */
name: string, 
/**
 * The folder of the file, to be shown.
 */
folder: string, 
/**
 * Title and the rest.
 */
about: About, 
/**
 * Fields that can no longer change (`storage`, `processing`).
 */
locked: boolean, };

/**
 * What the desktop tells the page, in order, over one channel: things that happen outside the page.
 * Positions are CSS pixels of the page.
 */
export type Desk = { "desk": "enter", 
/**
 * What they are, as far as is known.
 */
offer: Offer, 
/**
 * Where the pointer is.
 */
x: number, 
/**
 * Where the pointer is.
 */
y: number, } | { "desk": "move", 
/**
 * Where the pointer is.
 */
x: number, 
/**
 * Where the pointer is.
 */
y: number, } | { "desk": "leave" } | { "desk": "drop", 
/**
 * Which offer.
 */
offer: string, 
/**
 * Where the pointer is.
 */
x: number, 
/**
 * Where the pointer is.
 */
y: number, } | { "desk": "offer", 
/**
 * The same offer, further.
 */
offer: Offer, } | { "desk": "open", 
/**
 * Which.
 */
page: string, } | { "desk": "session", 
/**
 * All of it anew.
 */
session: Session, } | { "desk": "ending", 
/**
 * What; `nothing` when it was stopped.
 */
what: WhenDone, 
/**
 * Time until then, counted from this word.
 */
leftMs: number, };

/**
 * Everything the inspector shows of one transfer.
 */
export type Details = { 
/**
 * The row itself.
 */
row: Row, 
/**
 * Title and the rest.
 */
about: About, 
/**
 * The folder of the file, to be shown.
 */
folder: string, 
/**
 * The profile.
 */
account: string, 
/**
 * `multipart` or `put`.
 */
method: string, 
/**
 * Storage host.
 */
endpoint: string | null, 
/**
 * Bucket.
 */
bucket: string | null, 
/**
 * Object name.
 */
object: string | null, 
/**
 * Upload id of the multipart upload.
 */
uploadId: string | null, 
/**
 * CRC-64 of the file, decimal.
 */
crc64: string | null, 
/**
 * Attempts of the verb in hand.
 */
attempts: number, 
/**
 * Request ids of this transfer, newest last, at most 20.
 */
requestIds: Array<string>, 
/**
 * Parts.
 */
parts: Parts | null, 
/**
 * Fields that can no longer change (`storage`, `processing`).
 */
locked: boolean, 
/**
 * What it may be sent as, the likeliest first, while that can still be said.
 */
kinds: Array<Kind>, 
/**
 * The user said what it is.
 */
forced: boolean, 
/**
 * What an MP4 or MOV says of itself; none for other files, or one that is not there.
 */
film: Film | null, };

/**
 * Why certificates are not believed; the end of a key in the catalogues: `cert.<distrust>`.
 */
export type Distrust = "issuer" | "expired" | "early" | "name" | "revoked" | "other";

/**
 * A fault as people meet it: a code with facts. Sentences live in `ui/src/i18n`.
 */
export type FaultView = { 
/**
 * Key of the sentences.
 */
code: Code, 
/**
 * What the sentences name.
 */
facts: Record<string, string>, 
/**
 * The operation that failed, in the cloud's words.
 */
operation: string | null, 
/**
 * The cloud's own code.
 */
cloudCode: string | null, 
/**
 * The cloud's own sentence, secrets removed.
 */
cloudMessage: string | null, 
/**
 * For the cloud's support.
 */
requestId: string | null, };

/**
 * One field of a decoded blob.
 */
export type Field = { 
/**
 * Its name in the JSON.
 */
name: string, 
/**
 * Its value; absent when it is a secret.
 */
value: string | null, 
/**
 * Characters of a secret.
 */
secretLength: number | null, 
/**
 * Not one of the documented fields.
 */
extra: boolean, };

/**
 * What a film says of itself.
 */
export type Film = { 
/**
 * How long it plays.
 */
durationMs: number, 
/**
 * Lines of its picture, the shorter side of it; none for sound.
 */
lines: number | null, };

/**
 * Everything a watcher ever hears about transfers. The first frame is a snapshot; each delta has `rev = last + 1`;
 * a gap means one thing: watch again.
 */
export type Frame = { "frame": "snapshot", 
/**
 * Number of this frame.
 */
rev: number, 
/**
 * Every transfer that is not history.
 */
rows: Array<Row>, 
/**
 * Sums over all of them.
 */
totals: Totals, } | { "frame": "delta", 
/**
 * Number of this frame.
 */
rev: number, 
/**
 * Rows that are new or changed.
 */
changed: Array<Row>, 
/**
 * Rows that are no longer in the queue.
 */
gone: Array<TransferId>, 
/**
 * The whole order, when it changed.
 */
order: Array<TransferId> | null, 
/**
 * Sums over all rows.
 */
totals: Totals, };

/**
 * The one sentence at the top of the window.
 */
export type Hero = "left" | "almost" | "preparing" | "paused" | "held" | "processing" | "idle" | "offline" | "empty";

/**
 * One transfer that has ended.
 */
export type HistoryItem = { 
/**
 * Its id.
 */
id: TransferId, 
/**
 * Its kind.
 */
kind: Kind, 
/**
 * Title.
 */
title: string, 
/**
 * File name.
 */
name: string, 
/**
 * Bytes.
 */
sizeBytes: number, 
/**
 * Bytes per second.
 */
rateBytes: number, 
/**
 * How long.
 */
tookMs: number | null, 
/**
 * VideoId, ImageId or MediaId.
 */
mediaId: string | null, 
/**
 * How it ended: `settled` or `discarded`, or where it stood when it was removed.
 */
phase: Phase, 
/**
 * Share that had been sent, in percent, when it was cancelled.
 */
percent: number, 
/**
 * Why it failed.
 */
fault: FaultView | null, 
/**
 * When.
 */
endedMs: number, 
/**
 * The file is still where it was.
 */
fileThere: boolean, };

/**
 * A page of the history.
 */
export type HistoryPage = { 
/**
 * How many match.
 */
total: number, 
/**
 * Newest first.
 */
items: Array<HistoryItem>, 
/**
 * Bytes sent on each of the last 30 days, oldest first.
 */
days: Array<number>, 
/**
 * Bytes of all that match.
 */
sizeBytes: number, 
/**
 * Average bytes per second of all that match.
 */
rateBytes: number, };

/**
 * What of the history is asked for.
 */
export type HistoryQuery = { 
/**
 * Part of a title, a file name or a media id.
 */
text: string, 
/**
 * `all`, `done`, `failed` or `cancelled`.
 */
outcome: string, 
/**
 * One kind (`video`, `image`, …), a cover being an image; `attached`: subtitles, watermarks and materials; empty:
 * all.
 */
kind: string, 
/**
 * Ended not before then; 0: all.
 */
sinceMs: number, 
/**
 * Skip so many.
 */
offset: number, 
/**
 * At most so many, up to 500, which 0 means too. An export takes everything.
 */
limit: number, };

/**
 * Why a transfer that wants to run does not.
 */
export type Hold = "network" | "schedule" | "clock" | "account" | "parent";

/**
 * State of the operating system's keyring.
 */
export type Keyring = "unknown" | "open" | "locked" | "none";

/**
 * The shortcuts that are a single character; each is one character, and no two are the same.
 */
export type Keys = { 
/**
 * Go to the search.
 */
search: string, 
/**
 * Select the row, or not.
 */
select: string, 
/**
 * Pause or resume.
 */
pause: string, 
/**
 * Show all shortcuts.
 */
help: string, };

/**
 * The kinds of media VOD knows. A cover is an [`Kind::Image`] with a parent.
 */
export type Kind = "video" | "audio" | "image" | "subtitle" | "watermark" | "material";

/**
 * Speed limit with a weekly schedule.
 */
export type Limit = { 
/**
 * In force.
 */
on: boolean, 
/**
 * Bytes per second.
 */
rateBytes: number, 
/**
 * When it holds; empty: always.
 */
periods: Array<Period>, };

/**
 * One line of the timeline of a transfer: a code and facts; the sentence is `log.<what>` in `ui/src/i18n`.
 */
export type Line = { 
/**
 * When.
 */
atMs: number, 
/**
 * `found`, `planned`, `reserved`, `opened`, `stored`, `renewed`, `rest`, `sent`, `sealed`, `verified`, `vod`, …
 */
what: string, 
/**
 * What the sentence names.
 */
facts: Record<string, string>, };

/**
 * Which notifications.
 */
export type Notify = { 
/**
 * A file is ready.
 */
done: boolean, 
/**
 * A file needs the person.
 */
failed: boolean, 
/**
 * All are over.
 */
all: boolean, };

/**
 * What a drop, a dialog or a second launch brought, looked at but not yet added. The page names it by `id` only.
 */
export type Offer = { 
/**
 * Names this offer to `add`.
 */
id: string, 
/**
 * Still walking folders.
 */
scanning: boolean, 
/**
 * Files found so far.
 */
files: number, 
/**
 * Sum of their sizes.
 */
sizeBytes: number, 
/**
 * Main files with what was paired to them; at most 50, `more` says how many are not listed.
 */
items: Array<OfferItem>, 
/**
 * Main files that are not listed.
 */
more: number, 
/**
 * What was named and cannot be uploaded, and what is broken in a folder, at most 50.
 */
skipped: Array<Skipped>, 
/**
 * What lies in folders and is not meant.
 */
omitted: Omitted, 
/**
 * How many of each kind: `video`, `audio`, `image`, `cover`, `subtitle`, `watermark`, `material`.
 */
kinds: Record<string, number>, };

/**
 * One main file of an offer.
 */
export type OfferItem = { 
/**
 * File name.
 */
name: string, 
/**
 * Told by content, then extension.
 */
kind: Kind, 
/**
 * Bytes.
 */
sizeBytes: number, 
/**
 * Names of the cover and subtitles paired to it.
 */
paired: Array<Paired>, 
/**
 * Another video has this name, so nothing is paired to either.
 */
ambiguous: boolean, };

/**
 * What lies in folders and is not meant: told in one line, with the list behind it.
 */
export type Omitted = { 
/**
 * How many in all.
 */
total: number, 
/**
 * How many for each reason.
 */
reasons: Array<OmittedReason>, 
/**
 * At most 50 of them.
 */
files: Array<OmittedFile>, };

/**
 * One that is left out.
 */
export type OmittedFile = { 
/**
 * File name.
 */
name: string, 
/**
 * Why.
 */
reason: Reason, };

/**
 * How many are left out for one reason.
 */
export type OmittedReason = { 
/**
 * Why.
 */
reason: Reason, 
/**
 * How many.
 */
count: number, };

/**
 * A cover or subtitle that follows its video.
 */
export type Paired = { 
/**
 * File name.
 */
name: string, 
/**
 * `image` is the cover.
 */
kind: Kind, 
/**
 * Language tag in its name.
 */
language: string | null, };

/**
 * The real parts of an upload.
 */
export type Parts = { 
/**
 * How many there are.
 */
total: number, 
/**
 * How many the server has.
 */
done: number, 
/**
 * How many are on their way now.
 */
flying: number, 
/**
 * Bytes of one part (the last may be smaller).
 */
sizeBytes: number, 
/**
 * At most 240 characters, each an equal run of parts: `2` all stored, `1` some stored or on their way, `0` none.
 */
map: string, };

/**
 * A daily period on some days of the week, local time.
 */
export type Period = { 
/**
 * 0 is Monday.
 */
days: Array<number>, 
/**
 * Minutes since midnight.
 */
fromMin: number, 
/**
 * Minutes since midnight; before `from_min`: ends on the next day.
 */
toMin: number, };

/**
 * What is true on disk and in the cloud. Only a finished verb changes it.
 */
export type Phase = "found" | "planned" | "reserved" | "opened" | "sent" | "sealed" | "verified" | "settled" | "discarded";

/**
 * How much a policy allows.
 */
export type PolicyScope = "upload" | "full";

/**
 * A profile as the page sees it.
 */
export type Profile = { 
/**
 * Its name and its key.
 */
name: string, 
/**
 * VOD API region id.
 */
region: string, 
/**
 * Free VOD address, when it is not the region's.
 */
endpoint: string | null, 
/**
 * Where credentials come from.
 */
source: Source, 
/**
 * An identifier, not a secret; shown with its middle masked.
 */
accessKeyId: string | null, 
/**
 * Address of the credential server.
 */
server: string | null, 
/**
 * The one in use.
 */
active: boolean, 
/**
 * The embedded sandbox.
 */
sandbox: boolean, 
/**
 * Its secret is there.
 */
secret: SecretState, 
/**
 * It passed the test since it was last changed.
 */
tested: boolean, 
/**
 * Why it cannot be used as it stands in the file.
 */
fault: FaultView | null, };

/**
 * What the person typed into the profile dialog.
 */
export type ProfileDraft = { 
/**
 * Its name.
 */
name: string, 
/**
 * The profile it replaces, when it is an edit.
 */
replaces: string | null, 
/**
 * VOD API region id.
 */
region: string, 
/**
 * Free VOD address; http only for loopback.
 */
endpoint: string | null, 
/**
 * Where credentials come from.
 */
source: Source, 
/**
 * Public half.
 */
accessKeyId: string | null, 
/**
 * Secret half; absent keeps the stored one.
 */
accessKeySecret: string | null, 
/**
 * STS token; absent keeps the stored one.
 */
securityToken: string | null, 
/**
 * Address of the credential server.
 */
server: string | null, 
/**
 * Bearer secret of the credential server; absent keeps the stored one.
 */
serverSecret: string | null, };

/**
 * How requests leave this computer.
 */
export type Proxy = { "mode": "system" } | { "mode": "none" } | { "mode": "http", 
/**
 * `host:port`.
 */
address: string, 
/**
 * User name, when the proxy asks.
 */
user: string | null, } | { "mode": "socks5", 
/**
 * `host:port`.
 */
address: string, 
/**
 * User name, when the proxy asks.
 */
user: string | null, };

/**
 * Why a file of a folder is left out. The word is the end of the keys `left.<reason>` and `left.one.<reason>`.
 */
export type Reason = "hidden" | "system" | "partial" | "sidecar" | "telemetry" | "special" | "deadLink" | "outside" | "format";

/**
 * A remark with the facts its sentence names. Never holds a secret.
 */
export type Remark = { 
/**
 * What is remarked.
 */
code: RemarkCode, 
/**
 * What the sentence names.
 */
facts?: Record<string, string>, };

/**
 * Every remark. The text is the key of its sentence in `ui/src/i18n` (`remark.<code>`).
 */
export type RemarkCode = "text.shortened" | "vod.failed" | "text.removed" | "name.guessed" | "vod.unasked" | "cover.refused" | "film.unfinished" | "film.hollow" | "film.cut" | "film.nosound" | "film.nopicture" | "subtitle.recoded" | "subtitle.damaged" | "subtitle.unread" | "cover.alone" | "cover.server";

/**
 * How a credential is followed by the next one.
 */
export type Renewal = "auto" | "anew" | "pasted";

/**
 * A fault that passes by itself.
 */
export type RestView = { 
/**
 * Why.
 */
fault: FaultView, 
/**
 * Which attempt comes next.
 */
attempt: number, 
/**
 * After how many a person is asked; 0: never.
 */
of: number, 
/**
 * Time left until then, when the frame was made.
 */
leftMs: number, };

/**
 * One line of the queue, finished for drawing.
 */
export type Row = { 
/**
 * Names the transfer to every command.
 */
id: TransferId, 
/**
 * The profile it goes out by.
 */
account: string, 
/**
 * The video this one is attached to.
 */
parent: TransferId | null, 
/**
 * An image with a parent is a cover.
 */
kind: Kind, 
/**
 * As VOD will show it.
 */
title: string, 
/**
 * The file's own name, for people.
 */
name: string, 
/**
 * Language tag of a subtitle, when its name carries one (`zh-CN`).
 */
language: string | null, 
/**
 * What it is doing.
 */
status: Status, 
/**
 * What is true.
 */
phase: Phase, 
/**
 * What the person wants.
 */
wish: Wish, 
/**
 * Bytes of the file; 0 until planned.
 */
sizeBytes: number, 
/**
 * Bytes the server has confirmed.
 */
doneBytes: number, 
/**
 * Bytes on their way, not confirmed.
 */
flightBytes: number, 
/**
 * Bytes per second, average of 5 s.
 */
rateBytes: number, 
/**
 * Time left, when there is an estimate.
 */
leftMs: number | null, 
/**
 * The map of parts, while it means something: none for one request.
 */
parts: Parts | null, 
/**
 * The upload credential, while one is held.
 */
credential: CredentialView | null, 
/**
 * VideoId, ImageId or MediaId.
 */
mediaId: string | null, 
/**
 * The cloud's own word for the state of the media, and when it was heard.
 */
vod: VodState | null, 
/**
 * Place in line, from 1, while waiting.
 */
place: number | null, 
/**
 * Why it needs the person.
 */
fault: FaultView | null, 
/**
 * Why it rests and until when.
 */
rest: RestView | null, 
/**
 * Why it is held.
 */
hold: Hold | null, 
/**
 * What may be asked of it now.
 */
can: Can, 
/**
 * A finished or queued transfer of the same file, when this one looks the same and waits for a decision.
 */
sameAs: SameAs | null, 
/**
 * Waits for the user's word, because of `same_as` or of what `remarks` say.
 */
undecided: boolean, 
/**
 * When it was added.
 */
addedMs: number, 
/**
 * When it ended.
 */
endedMs: number | null, 
/**
 * How long bytes moved, once it is over.
 */
tookMs: number | null, 
/**
 * What is worth telling about it.
 */
remarks: Array<Remark>, };

/**
 * The transfer this one looks like.
 */
export type SameAs = { 
/**
 * Its id.
 */
id: TransferId, 
/**
 * Its title.
 */
title: string, 
/**
 * When it ended; none while it is queued.
 */
endedMs: number | null, };

/**
 * Where a profile's secret is.
 */
export type SecretState = "stored" | "memory" | "locked" | "missing";

/**
 * What the page must know before its first paint.
 */
export type Session = { 
/**
 * `0.1.0`.
 */
version: string, 
/**
 * `linux`, `macos` or `windows`.
 */
platform: string, 
/**
 * Language of the system, as a BCP 47 tag.
 */
locale: string, 
/**
 * Preferences.
 */
settings: Settings, 
/**
 * All profiles; none means first run.
 */
profiles: Array<Profile>, 
/**
 * What is wrong with a file of the configuration as a whole, so that nothing is sent.
 */
fault: FaultView | null, 
/**
 * Where secrets can be kept.
 */
keyring: Keyring, 
/**
 * The regions that have a VOD service.
 */
regions: Array<string>, };

/**
 * Preferences. Every change is written at once.
 */
export type Settings = { 
/**
 * Transfers that send at a time, 1 to 10.
 */
files: number, 
/**
 * Parts on their way at a time; 0: automatic.
 */
parts: number, 
/**
 * MiB of one part; 0: automatic.
 */
partMib: number, 
/**
 * When a transfer counts as over.
 */
wait: Wait, 
/**
 * Start again by itself when a file changed; otherwise ask.
 */
restartChanged: boolean, 
/**
 * Days until what ended is taken out of the history with its timeline; 0: never.
 */
keepHistory: number, 
/**
 * Keep the computer awake while bytes move.
 */
awake: boolean, 
/**
 * Speed limit.
 */
limit: Limit, 
/**
 * Proxy.
 */
proxy: Proxy, 
/**
 * PEM file of an own root certificate.
 */
tlsRoot: string | null, 
/**
 * Sign with HMAC-SHA1 (RPC 1.0 at VOD, V1 at OSS) where a service takes nothing newer. Only in the file, not in the window.
 */
hmacSha1: boolean, 
/**
 * Which notifications.
 */
notify: Notify, 
/**
 * Theme.
 */
theme: Theme, 
/**
 * `system`, `en` or `zh-CN`.
 */
language: string, 
/**
 * Row height.
 */
density: Density, 
/**
 * Follow the system, or less motion always.
 */
reduceMotion: boolean, 
/**
 * Single-character shortcuts are on.
 */
singleKeys: boolean, 
/**
 * Which characters those are.
 */
keys: Keys, 
/**
 * What happens when everything is done.
 */
whenDone: WhenDone, 
/**
 * Start at login.
 */
autostart: boolean, };

/**
 * A file that is left out, and why.
 */
export type Skipped = { 
/**
 * File name.
 */
name: string, 
/**
 * Why.
 */
fault: FaultView, };

/**
 * Where upload credentials come from.
 */
export type Source = "access-key" | "sts" | "server" | "environment";

/**
 * What a row says it is doing.
 */
export type Status = "waiting" | "preparing" | "requesting" | "uploading" | "refreshing" | "resting" | "held" | "verifying" | "processing" | "linking" | "done" | "paused" | "failed" | "cancelled";

/**
 * Theme.
 */
export type Theme = "system" | "light" | "dark";

/**
 * Sums over the queue. Failed and cancelled transfers are left out of the byte sums.
 */
export type Totals = { 
/**
 * The headline.
 */
hero: Hero, 
/**
 * Time left for everything not failed.
 */
leftMs: number | null, 
/**
 * Bytes confirmed.
 */
doneBytes: number, 
/**
 * The rest of the transfers in progress.
 */
openBytes: number, 
/**
 * All bytes.
 */
sizeBytes: number, 
/**
 * Bytes per second, all together.
 */
rateBytes: number, 
/**
 * Rows in each group, children left out.
 */
counts: Counts, 
/**
 * Something can be paused.
 */
canPause: boolean, 
/**
 * Something can go on.
 */
canResume: boolean, 
/**
 * The network is there, as far as the last requests can tell.
 */
online: boolean, 
/**
 * Milliseconds the last request to VOD took.
 */
pingMs: number | null, 
/**
 * What the user must know about the queue's own file: `disk.full` and `db.write` while nothing can go on for it,
 * `db.broken` with the `path` of the copy that was kept, `db.damaged` and `db.rows`.
 */
notice: FaultView | null, };

/**
 * Names one transfer for its whole life. A UUIDv7, so ids sort by the time they were made.
 */
export type TransferId = string;

/**
 * What VOD says about a media id.
 */
export type VodState = { 
/**
 * `Uploading`, `UploadSucc`, `Transcoding`, `Checking`, `Normal` and whatever VOD may say.
 */
status: string, 
/**
 * When it said so.
 */
atMs: number, };

/**
 * When a transfer counts as over.
 */
export type Wait = "stored" | "playable";

/**
 * What happens when everything is done.
 */
export type WhenDone = "nothing" | "quit" | "sleep" | "shutdown";

/**
 * What the person wants. Only a command changes it.
 */
export type Wish = "run" | "pause" | "cancel";

