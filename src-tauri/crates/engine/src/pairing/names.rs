//! Languages and qualifiers in the names of subtitles. One reader for pairing and for the journal; knows no video.

/// What the end of a name says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    languages: Vec<String>,
    qualifiers: Vec<&'static str>,
    /// Languages that nothing but a dot or a dash joins: they may be words of the name.
    loose: bool,
}

impl Said {
    /// BCP 47 tags with `+` between them: `en`, `zh-Hans+en`.
    pub fn language(&self) -> Option<String> {
        (!self.languages.is_empty()).then(|| self.languages.join("+"))
    }
}

const BETWEEN: &[char] = &['.', '_', '-', ' ', '\u{3000}'];
const BRACKETS: &[char] =
    &['[', ']', '(', ')', '{', '}', '【', '】', '（', '）', '「', '」', '〔', '〕'];
const JOINS: &[char] = &['&', '+', ',', '，', '、', '＆', '＋', '/'];

/// All ways to split a lower-case stem into a base and an end that says something, the longest end last.
pub fn splits(stem: &str) -> Vec<(String, Said)> {
    let mut found = Vec::new();
    let mut before: Option<char> = None;
    for (at, c) in stem.char_indices() {
        // `film.en`, `film[en]`, and `film中文` without anything between.
        let separator = BETWEEN.contains(&c) || BRACKETS.contains(&c);
        let glued = is_han(c) && before.is_some_and(|before| !is_han(before));
        let tail = if separator { &stem[at + c.len_utf8()..] } else { &stem[at..] };
        before = Some(c);
        if at == 0 || !(separator || glued && tail.chars().all(is_han)) {
            continue;
        }
        let base =
            stem[..at].trim_end_matches(|c: char| BETWEEN.contains(&c) || BRACKETS.contains(&c));
        if let Some(said) = meaning(tail).filter(|_| !base.is_empty()) {
            found.push((base.to_owned(), said));
        }
    }
    found.reverse();
    found
}

/// The language in a lower-case stem whose base nobody knows: the longest end of which no word can be the name's own.
pub fn alone(stem: &str) -> Option<String> {
    let sure = |(base, said): &(String, Said)| {
        let end = &stem[base.len()..];
        // "So it is": words of two letters behind a space are words.
        let word = end.starts_with(' ') && end.is_ascii() && !end.contains(['[', '(']);
        !said.loose && !word
    };
    splits(stem).into_iter().rfind(sure)?.1.language()
}

/// What a whole text of tags says; none when one word of it is something else.
fn meaning(text: &str) -> Option<Said> {
    let words = words(text);
    let mut said = Said::default();
    let mut heard_hi = false;
    let mut at = 0;
    while let Some((joined, word)) = words.get(at).copied() {
        at += 1;
        if word == "hi" {
            heard_hi = true;
        } else if let Some(qualifier) = QUALIFIERS.iter().find(|known| **known == word) {
            said.qualifiers.push(qualifier);
        } else if let Some(language) = language(word) {
            let mut tag = language.to_owned();
            while let Some((by, next)) = words.get(at).copied() {
                let Some(longer) = subtag(&tag, by, next) else { break };
                tag = longer;
                at += 1;
            }
            said.loose |= !said.languages.is_empty() && !JOINS.contains(&joined);
            said.languages.push(tag);
        } else if !chinese(word, &mut said) {
            return None;
        }
    }
    // Hindi, or for the hard of hearing when another language stands beside it.
    match (heard_hi, said.languages.is_empty()) {
        (true, true) => said.languages.push("hi".to_owned()),
        (true, false) => said.qualifiers.push("hi"),
        (false, _) => {}
    }
    tidy(&mut said.languages);
    said.loose &= said.languages.len() > 1;
    (!said.languages.is_empty() || !said.qualifiers.is_empty()).then_some(said)
}

/// The words with what stands before each.
fn words(text: &str) -> Vec<(char, &str)> {
    let mut words = Vec::new();
    let (mut by, mut from) = ('.', 0);
    let is_edge = |c: char| BETWEEN.contains(&c) || BRACKETS.contains(&c) || JOINS.contains(&c);
    for (at, c) in text.char_indices().filter(|(_, c)| is_edge(*c)) {
        if at > from {
            words.push((by, &text[from..at]));
            by = c;
        } else if JOINS.contains(&c) {
            by = c;
        }
        from = at + c.len_utf8();
    }
    if from < text.len() {
        words.push((by, &text[from..]));
    }
    words
}

/// `zh` and `cn` behind a dash, a script, a region of the UN.
fn subtag(tag: &str, by: char, next: &str) -> Option<String> {
    if !matches!(by, '-' | '_') || tag.ends_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let pieces = tag.split('-').count();
    match (tag, next) {
        ("zh", "chs" | "sc" | "simplified") => return Some("zh-Hans".to_owned()),
        ("zh", "cht" | "tc" | "traditional") => return Some("zh-Hant".to_owned()),
        (_, "cc") => return None,
        (_, _) => {}
    }
    if pieces == 1 && SCRIPTS.contains(&next) {
        return Some(format!("{tag}-{}{}", next[..1].to_uppercase(), &next[1..]));
    }
    let region = next.len() == 2 && listed(COUNTRIES, next)
        || next.len() == 3 && next.bytes().all(|b| b.is_ascii_digit());
    let has_region = tag.split('-').skip(1).any(|piece| piece.len() == 2);
    (region && !has_region).then(|| format!("{tag}-{}", next.to_uppercase()))
}

/// Each once; `zh` beside `zh-Hans` says nothing more.
fn tidy(languages: &mut Vec<String>) {
    let all = languages.clone();
    let mut seen = std::collections::BTreeSet::new();
    languages.retain(|tag| {
        let finer = all.iter().any(|other| {
            other.strip_prefix(tag.as_str()).is_some_and(|rest| rest.starts_with('-'))
        });
        !finer && seen.insert(tag.clone())
    });
}

fn language(word: &str) -> Option<&'static str> {
    if let Some((_, tag)) =
        WORDS.iter().find(|(known, _)| known.split(' ').any(|known| known == word))
    {
        return Some(tag);
    }
    let at = CODES.split(' ').position(|code| code == word)?;
    CODES.split(' ').nth(at)
}

fn listed(list: &str, word: &str) -> bool {
    list.split(' ').any(|known| known == word)
}

fn is_han(c: char) -> bool {
    matches!(u32::from(c), 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF)
}

/// Reads a run of Chinese words, the longest first: 简英双语. False when one of it is another word.
fn chinese(word: &str, said: &mut Said) -> bool {
    if !word.chars().all(is_han) || word.chars().count() < 2 && !"简繁中英".contains(word) {
        return false;
    }
    let mut rest = word;
    while !rest.is_empty() {
        let known = HAN.iter().filter(|(known, _)| rest.starts_with(known));
        let Some((known, means)) = known.max_by_key(|(known, _)| known.len()) else { return false };
        match means {
            Han::Language(tag) => said.languages.push((*tag).to_owned()),
            Han::Qualifier(name) => said.qualifiers.push(name),
            Han::Filler => {}
        }
        rest = &rest[known.len()..];
    }
    true
}

enum Han {
    Language(&'static str),
    Qualifier(&'static str),
    /// "Subtitle", "in two languages".
    Filler,
}

const QUALIFIERS: &[&str] = &[
    "forced",
    "sdh",
    "cc",
    "default",
    "commentary",
    "captions",
    "signs",
    "songs",
    "full",
    "auto",
    "original",
    "sub",
    "subs",
    "subtitle",
    "subtitles",
];

const SCRIPTS: &[&str] =
    &["hans", "hant", "latn", "cyrl", "arab", "deva", "jpan", "kore", "hebr", "thai"];

/// Names, usual short forms and codes of three letters (ISO 639-2, both forms) with the BCP 47 tag.
const WORDS: &[(&str, &str)] = &[
    ("chs sc zhs hans simplified gb zhcn", "zh-Hans"),
    ("cht tc zht hant traditional big5", "zh-Hant"),
    ("zhtw", "zh-TW"),
    ("zhhk", "zh-HK"),
    ("chi zho cn chinese mandarin cmn", "zh"),
    ("cantonese", "yue"),
    ("eng english", "en"),
    ("jpn jp jap japanese 日本語", "ja"),
    ("kor kr korean 한국어", "ko"),
    ("fre fra french français francais", "fr"),
    ("ger deu german deutsch", "de"),
    ("spa esp spanish español espanol castellano", "es"),
    ("latino", "es-419"),
    ("por portuguese português portugues", "pt"),
    ("pob ptbr brazilian", "pt-BR"),
    ("rus russian русский", "ru"),
    ("ita italian italiano", "it"),
    ("ara arabic العربية", "ar"),
    ("hin hindi हिन्दी", "hi"),
    ("tha thai ไทย", "th"),
    ("vie vietnamese việt", "vi"),
    ("ind indonesian", "id"),
    ("may msa malay melayu", "ms"),
    ("tur turkish türkçe", "tr"),
    ("pol polish polski", "pl"),
    ("dut nld dutch nederlands", "nl"),
    ("swe swedish svenska", "sv"),
    ("dan danish dansk", "da"),
    ("nor norwegian norsk", "no"),
    ("nob", "nb"),
    ("fin finnish suomi", "fi"),
    ("cze ces czech čeština", "cs"),
    ("slo slk slovak", "sk"),
    ("hun hungarian magyar", "hu"),
    ("rum ron romanian română", "ro"),
    ("bul bulgarian български", "bg"),
    ("gre ell greek ελληνικά", "el"),
    ("heb hebrew עברית", "he"),
    ("ukr ukrainian українська", "uk"),
    ("per fas persian farsi فارسی", "fa"),
    ("hrv croatian hrvatski", "hr"),
    ("srp serbian srpski", "sr"),
    ("slv slovenian", "sl"),
    ("est estonian", "et"),
    ("lav latvian", "lv"),
    ("lit lithuanian", "lt"),
    ("ice isl icelandic", "is"),
    ("cat catalan català", "ca"),
    ("glg galician", "gl"),
    ("baq eus basque", "eu"),
    ("ben bengali", "bn"),
    ("tam tamil", "ta"),
    ("tel telugu", "te"),
    ("mal malayalam", "ml"),
    ("mar marathi", "mr"),
    ("kan kannada", "kn"),
    ("urd urdu", "ur"),
    ("pan punjabi", "pa"),
    ("mon mongolian", "mn"),
    ("kaz kazakh", "kk"),
    ("uzb uzbek", "uz"),
    ("uig uyghur", "ug"),
    ("tib bod tibetan", "bo"),
    ("mya bur burmese", "my"),
    ("khm khmer", "km"),
    ("lao", "lo"),
    ("geo kat georgian", "ka"),
    ("arm hye armenian", "hy"),
    ("alb sqi albanian", "sq"),
    ("mac mkd macedonian", "mk"),
    ("fil filipino", "fil"),
    ("tgl tagalog", "tl"),
    ("lat latin", "la"),
    ("yue", "yue"),
    ("und", "und"),
];

/// ISO 639-1, without those that video people use for something else (sd, dv, ts) and without made languages.
const CODES: &str = "aa ab af ak am ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cv cy da de dz ee el en es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hr ht hu hy hz id ig ii ik is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr tt tw ty ug uk ur uz ve vi wa wo xh yi yo za zh zu";

/// ISO 3166-1.
const COUNTRIES: &str = "ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bl bm bn bo bq br bs bt bv bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mf mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug um us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw";

const HAN: &[(&str, Han)] = &[
    ("简体中文", Han::Language("zh-Hans")),
    ("中文简体", Han::Language("zh-Hans")),
    ("简体", Han::Language("zh-Hans")),
    ("簡體", Han::Language("zh-Hans")),
    ("简中", Han::Language("zh-Hans")),
    ("简", Han::Language("zh-Hans")),
    ("簡", Han::Language("zh-Hans")),
    ("繁體中文", Han::Language("zh-Hant")),
    ("繁体中文", Han::Language("zh-Hant")),
    ("繁體", Han::Language("zh-Hant")),
    ("繁体", Han::Language("zh-Hant")),
    ("正體", Han::Language("zh-Hant")),
    ("繁中", Han::Language("zh-Hant")),
    ("繁", Han::Language("zh-Hant")),
    ("中文", Han::Language("zh")),
    ("汉语", Han::Language("zh")),
    ("国语", Han::Language("zh")),
    ("國語", Han::Language("zh")),
    ("普通话", Han::Language("zh")),
    ("中", Han::Language("zh")),
    ("粤语", Han::Language("yue")),
    ("粵語", Han::Language("yue")),
    ("粤", Han::Language("yue")),
    ("英文", Han::Language("en")),
    ("英语", Han::Language("en")),
    ("英語", Han::Language("en")),
    ("英", Han::Language("en")),
    ("日本語", Han::Language("ja")),
    ("日本语", Han::Language("ja")),
    ("日文", Han::Language("ja")),
    ("日语", Han::Language("ja")),
    ("日語", Han::Language("ja")),
    ("日", Han::Language("ja")),
    ("韩文", Han::Language("ko")),
    ("韩语", Han::Language("ko")),
    ("韓文", Han::Language("ko")),
    ("韓語", Han::Language("ko")),
    ("韩", Han::Language("ko")),
    ("法文", Han::Language("fr")),
    ("法语", Han::Language("fr")),
    ("德文", Han::Language("de")),
    ("德语", Han::Language("de")),
    ("俄文", Han::Language("ru")),
    ("俄语", Han::Language("ru")),
    ("西班牙语", Han::Language("es")),
    ("葡萄牙语", Han::Language("pt")),
    ("意大利语", Han::Language("it")),
    ("阿拉伯语", Han::Language("ar")),
    ("泰语", Han::Language("th")),
    ("泰文", Han::Language("th")),
    ("越南语", Han::Language("vi")),
    ("双语", Han::Filler),
    ("雙語", Han::Filler),
    ("字幕", Han::Filler),
    ("双字", Han::Filler),
    ("对照", Han::Filler),
    ("版", Han::Filler),
    ("强制", Han::Qualifier("forced")),
    ("強制", Han::Qualifier("forced")),
    ("听障", Han::Qualifier("sdh")),
    ("聽障", Han::Qualifier("sdh")),
    ("默认", Han::Qualifier("default")),
    ("解说", Han::Qualifier("commentary")),
    ("评论", Han::Qualifier("commentary")),
];
