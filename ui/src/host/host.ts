// Everything the page may ask of its host, and nothing more. Knows no shell.
import type {
  About,
  Added,
  Certificates,
  Check,
  Choice,
  Decoded,
  Described,
  Desk,
  Details,
  Frame,
  HistoryPage,
  HistoryQuery,
  Kind,
  Line,
  Offer,
  PolicyScope,
  Profile,
  ProfileDraft,
  SecretState,
  Session,
  Settings,
  TransferId,
} from './bindings';

type Ids = TransferId[];

/** A command asks; the answer of a transfer is the next frame. A refusal is a `FaultView`. */
export interface Host {
  session(): Promise<Session>;
  watch(hear: (frame: Frame) => void): Promise<void>;
  desk(hear: (word: Desk) => void): Promise<void>;
  setVisible(visible: boolean): Promise<void>;
  inspect(id: TransferId | null): Promise<void>;

  pick(what: 'file' | 'files' | 'folder'): Promise<Offer | null>;
  /** Adds the files on the clipboard as if they were dropped. */
  paste(): Promise<void>;
  add(offer: string, start: boolean, attachTo: TransferId | null): Promise<Added>;
  dropOffer(offer: string): Promise<void>;
  addPair(offer: string, address: string, auth: string): Promise<TransferId>;
  givePair(id: TransferId, address: string, auth: string): Promise<void>;

  pause(ids: Ids): Promise<void>;
  resume(ids: Ids): Promise<void>;
  retry(ids: Ids): Promise<void>;
  restart(ids: Ids): Promise<void>;
  cancel(ids: Ids): Promise<void>;
  uncancel(ids: Ids): Promise<void>;
  remove(ids: Ids): Promise<void>;
  restore(ids: Ids): Promise<void>;
  next(ids: Ids): Promise<void>;
  reorder(ids: Ids, before: TransferId | null): Promise<void>;
  edit(ids: Ids, patch: Partial<About>): Promise<void>;
  attach(ids: Ids, parent: TransferId | null): Promise<void>;
  sendAnyway(id: TransferId): Promise<void>;
  /** Null: by its content. */
  setKind(id: TransferId, kind: Kind | null): Promise<void>;
  locate(id: TransferId): Promise<void>;

  /** What is to be changed of many; those that have left the list are left out. */
  described(ids: Ids): Promise<Described[]>;
  details(id: TransferId): Promise<Details>;
  timeline(id: TransferId): Promise<Line[]>;
  /** Which transfers hold this text in title, file name or media id. */
  search(text: string): Promise<Ids>;
  history(query: HistoryQuery): Promise<HistoryPage>;
  historyExport(query: HistoryQuery): Promise<void>;
  historyAgain(ids: Ids): Promise<Ids>;

  /** Of a root certificate it takes only what `pickRoot` gave, or none. */
  saveSettings(settings: Settings): Promise<Settings>;
  /** Where the password of the proxy is; null forgets it. */
  proxyPassword(): Promise<SecretState>;
  saveProxyPassword(password: string | null): Promise<SecretState>;
  /** The path of a certificate the person chose in a dialog. */
  pickRoot(): Promise<string | null>;
  setZoom(factor: number): Promise<void>;
  profiles(): Promise<Profile[]>;
  saveProfile(draft: ProfileDraft): Promise<Profile>;
  testProfile(draft: ProfileDraft): Promise<Check[]>;
  useProfile(name: string): Promise<void>;
  forgetProfile(name: string): Promise<void>;
  startTrial(): Promise<Profile>;
  trialSample(): Promise<TransferId>;
  policy(scope: PolicyScope): Promise<string>;
  decode(address: string, auth: string): Promise<Decoded>;
  categories(): Promise<Choice[]>;
  templateGroups(): Promise<Choice[]>;
  /** Storage the account was seen to use; VOD has no list of it. */
  storages(): Promise<string[]>;

  /** Where a transfer's own picture can be drawn from; null where there is no such place. */
  still(id: TransferId): string | null;
  /** The same of its film's first picture, made in another place; null where it cannot be made. */
  poster(id: TransferId): Promise<string | null>;

  copy(text: string): Promise<void>;
  copyMediaIds(ids: Ids): Promise<void>;
  reveal(id: TransferId): Promise<void>;
  openConsole(id: TransferId): Promise<void>;
  openNetworkPage(): Promise<void>;
  /** What the far side of a transfer that it does not trust shows of itself, asked now. */
  certificates(id: TransferId): Promise<Certificates>;
  /** What the credential server said that could not be used, masked; null when it is not kept any more. */
  answer(id: TransferId): Promise<string | null>;
  /** Opens the date settings of the system; false where there are none to be opened. */
  dateSettings(): Promise<boolean>;
  /** Shows in the file browser what the notice at the top speaks of. */
  showNotice(): Promise<void>;
  /** Shows in the file browser the file of the configuration that cannot be followed. */
  showConfig(): Promise<void>;
  checkNow(): Promise<void>;
  unlockKeyring(): Promise<void>;
  /** Writes a report without secrets, shows it in the file browser, and says where it lies. */
  diagnostics(): Promise<string>;
  quit(): Promise<void>;
  /** What the settings ask for when everything is done does not happen this time. */
  stay(): Promise<void>;
}
