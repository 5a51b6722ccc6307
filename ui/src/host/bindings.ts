// What the page and its host say to each other. Generated from the types of the engine and the app; do not edit.

export type TransferId = string;

export type Kind = "video" | "audio" | "image" | "subtitle" | "watermark" | "material";

export type About = { title: string, description: string, tags: Array<string>, category: number | null, templateGroup: string | null, workflow: string | null, storage: string | null, appId: string | null, userData: string | null, coverUrl: string | null };

export type Wait = "stored" | "playable";

export type Wish = "run" | "pause" | "cancel";

export type Phase = "found" | "planned" | "reserved" | "opened" | "sent" | "sealed" | "verified" | "settled" | "discarded";

export type Code = "net.offline" | "net.dns" | "net.timeout" | "net.tls" | "net.proxy" | "net.portal" | "auth.key" | "auth.sign" | "auth.clock" | "auth.ram" | "auth.sts" | "auth.closed" | "auth.debt" | "auth.region" | "cred.expired" | "cred.pasted.expired" | "cred.refresh" | "cred.base64" | "cred.json" | "cred.field" | "cred.swapped" | "cred.mismatch" | "srv.down" | "srv.auth" | "srv.shape" | "req.title" | "req.meta" | "req.ext" | "req.template" | "req.workflow" | "req.storage" | "req.category" | "req.throttle" | "req.server" | "media.gone" | "oss.noupload" | "oss.part" | "oss.crc" | "oss.denied" | "file.gone" | "file.drive" | "file.changed" | "file.read" | "file.empty" | "file.large" | "file.name" | "vod.UploadFail" | "vod.TranscodeFail" | "vod.ProduceFail" | "vod.Blocked" | "vod.unknown" | "key.locked" | "key.none" | "disk.full" | "db.broken" | "unknown";

export type Frame = { "frame": "snapshot", rev: number, rows: Array<Row>, totals: Totals } | { "frame": "delta", rev: number, changed: Array<Row>, gone: Array<TransferId>, order: Array<TransferId> | null, totals: Totals };

export type Status = "waiting" | "preparing" | "requesting" | "uploading" | "refreshing" | "resting" | "held" | "verifying" | "processing" | "linking" | "done" | "paused" | "failed" | "cancelled";

export type Row = { id: TransferId, parent: TransferId | null, kind: Kind, title: string, name: string, language: string | null, status: Status, phase: Phase, wish: Wish, sizeBytes: number, doneBytes: number, flightBytes: number, rateBytes: number, leftMs: number | null, parts: Parts | null, credential: CredentialView | null, mediaId: string | null, vod: VodState | null, place: number | null, fault: FaultView | null, rest: RestView | null, hold: Hold | null, can: Can, sameAs: SameAs | null, addedMs: number, endedMs: number | null, tookMs: number | null };

export type Parts = { total: number, done: number, flying: number, sizeBytes: number, map: string };

export type CredentialView = { leftMs: number, lifeMs: number, renewal: Renewal, tight: boolean };

export type Renewal = "auto" | "anew" | "pasted";

export type VodState = { status: string, atMs: number };

export type FaultView = { code: Code, facts: Record<string, string>, operation: string | null, cloudCode: string | null, cloudMessage: string | null, requestId: string | null };

export type RestView = { fault: FaultView, attempt: number, of: number, leftMs: number };

export type Hold = "network" | "schedule" | "clock" | "account" | "parent";

export type Can = { pause: boolean, resume: boolean, cancel: boolean, retry: boolean, restart: boolean, remove: boolean };

export type SameAs = { id: TransferId, title: string, endedMs: number | null };

export type Hero = "left" | "almost" | "preparing" | "paused" | "idle" | "offline" | "empty";

export type Totals = { hero: Hero, leftMs: number | null, doneBytes: number, openBytes: number, sizeBytes: number, rateBytes: number, counts: Counts, online: boolean, pingMs: number | null };

export type Counts = { all: number, active: number, waiting: number, processing: number, failed: number, done: number, cancelled: number };

export type Session = { version: string, platform: string, locale: string, settings: Settings, profiles: Array<Profile>, keyring: Keyring, notice: FaultView | null };

export type Keyring = "unknown" | "open" | "locked" | "none";

export type Source = "access-key" | "sts" | "server" | "environment";

export type Profile = { name: string, region: string, endpoint: string | null, source: Source, accessKeyId: string | null, server: string | null, active: boolean, sandbox: boolean, secret: SecretState, tested: boolean };

export type SecretState = "stored" | "memory" | "locked" | "missing";

export type ProfileDraft = { name: string, replaces: string | null, region: string, endpoint: string | null, source: Source, accessKeyId: string | null, accessKeySecret: string | null, securityToken: string | null, server: string | null, serverSecret: string | null };

export type Check = { what: CheckWhat, ok: boolean, fault: FaultView | null, figure: number | null };

export type CheckWhat = "keyring" | "clock" | "identity" | "video" | "image" | "attached" | "status";

export type Settings = { files: number, parts: number, partMib: number, wait: Wait, restartChanged: boolean, awake: boolean, limit: Limit, proxy: Proxy, tlsRoot: string | null, notify: Notify, theme: Theme, language: string, density: Density, reduceMotion: boolean, singleKeys: boolean, whenDone: WhenDone, autostart: boolean };

export type Limit = { on: boolean, rateBytes: number, periods: Array<Period> };

export type Period = { days: Array<number>, fromMin: number, toMin: number };

export type Proxy = { "mode": "system" } | { "mode": "none" } | { "mode": "http", address: string, user: string | null } | { "mode": "socks5", address: string, user: string | null };

export type Notify = { done: boolean, failed: boolean, all: boolean };

export type Theme = "system" | "light" | "dark";

export type Density = "auto" | "comfortable" | "compact";

export type WhenDone = "nothing" | "quit" | "sleep" | "shutdown";

export type Offer = { id: string, scanning: boolean, files: number, sizeBytes: number, items: Array<OfferItem>, more: number, skipped: Array<Skipped>, kinds: Record<string, number> };

export type OfferItem = { name: string, kind: Kind, sizeBytes: number, paired: Array<Paired>, sameAs: SameAs | null };

export type Paired = { name: string, kind: Kind, language: string | null };

export type Skipped = { name: string, fault: FaultView };

export type Decoded = { address: Blob | null, auth: Blob | null, usable: boolean, leftMs: number | null, fromPaste: boolean };

export type Blob = { short: string, length: number, fields: Array<Field>, fault: FaultView | null };

export type Field = { name: string, value: string | null, secretLength: number | null, extra: boolean };

export type Details = { row: Row, about: About, folder: string, account: string, method: string, endpoint: string | null, bucket: string | null, object: string | null, uploadId: string | null, crc64: string | null, attempts: number, requestIds: Array<string>, parts: Parts | null, locked: boolean };

export type Line = { atMs: number, what: string, facts: Record<string, string> };

export type HistoryQuery = { text: string, outcome: string, offset: number, limit: number };

export type HistoryPage = { total: number, items: Array<HistoryItem>, days: Array<number>, sizeBytes: number, rateBytes: number };

export type HistoryItem = { id: TransferId, kind: Kind, title: string, name: string, sizeBytes: number, rateBytes: number, tookMs: number | null, mediaId: string | null, phase: Phase, percent: number, fault: FaultView | null, endedMs: number, fileThere: boolean };

export type Choice = { value: string, label: string };

export type Desk = { "desk": "enter", offer: Offer, x: number, y: number } | { "desk": "move", x: number, y: number } | { "desk": "leave" } | { "desk": "drop", offer: string, x: number, y: number } | { "desk": "offer", offer: Offer } | { "desk": "open", page: string } | { "desk": "session", session: Session };
