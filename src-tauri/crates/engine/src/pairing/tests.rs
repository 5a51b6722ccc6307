//! Which files belong together, and which language each name says.

use super::*;

fn paired(paths: &[&str]) -> Vec<Group> {
    let kind = |path: &str| match path.rsplit('.').next() {
        Some("mp4" | "mov") => Kind::Video,
        Some("jpg" | "png") => Kind::Image,
        Some("mp3") => Kind::Audio,
        _ => Kind::Subtitle,
    };
    let files: Vec<File<'_>> =
        paths.iter().map(|path| File { path: Path::new(path), kind: kind(path) }).collect();
    pair(&files)
}

/// What becomes of `other` beside `Film.mp4`: none when it stands alone.
fn belongs(film: &str, other: &str) -> Option<String> {
    let groups = paired(&[&format!("/a/{film}"), &format!("/a/{other}")]);
    let first = groups[0].attached.first().cloned();
    assert_eq!(groups.len(), if first.is_some() { 1 } else { 2 }, "{other}");
    first.map(|attached| attached.language.unwrap_or_default())
}

#[test]
fn the_table_of_names() {
    for (name, language) in [
        ("Film.srt", ""),
        ("film.en.srt", "en"),
        ("FILM.EN.srt", "en"),
        ("Film_zh-CN.vtt", "zh-CN"),
        ("Film.zh_CN.srt", "zh-CN"),
        ("Film.zh_Hans_CN.srt", "zh-Hans-CN"),
        ("Film-pt-br.ass", "pt-BR"),
        ("Film.es-419.srt", "es-419"),
        ("Film.sr-Latn.srt", "sr-Latn"),
        ("Film.sr-Latn-RS.srt", "sr-Latn-RS"),
        ("Film.zh-hans.srt", "zh-Hans"),
        ("Film.eng.srt", "en"),
        ("Film.fre.srt", "fr"),
        ("Film.fil.srt", "fil"),
        ("Film.yue.srt", "yue"),
        ("Film.English.srt", "en"),
        ("Film (English).srt", "en"),
        ("Film - Français.srt", "fr"),
        ("Film.Brazilian.srt", "pt-BR"),
        ("Film.chs.srt", "zh-Hans"),
        ("Film.cht.srt", "zh-Hant"),
        ("Film.sc.srt", "zh-Hans"),
        ("Film.big5.srt", "zh-Hant"),
        ("Film.zh-tc.srt", "zh-Hant"),
        ("Film.cn.srt", "zh"),
        ("Film.jp.srt", "ja"),
        ("Film.jpn.srt", "ja"),
        ("Film.kor.srt", "ko"),
        ("Film.中文.srt", "zh"),
        ("Film.简体.srt", "zh-Hans"),
        ("Film.简体中文.srt", "zh-Hans"),
        ("Film.中文.简体.srt", "zh-Hans"),
        ("Film.chinese.simplified.srt", "zh-Hans"),
        ("Film【繁體】.srt", "zh-Hant"),
        ("Film 日本語.srt", "ja"),
        ("Film.한국어.srt", "ko"),
        ("Film中文字幕.srt", "zh"),
        // Two languages at once.
        ("Film.chs&eng.srt", "zh-Hans+en"),
        ("Film.zh+en.srt", "zh+en"),
        ("Film.zh-en.srt", "zh+en"),
        ("Film.zh.en.srt", "zh+en"),
        ("Film.简英双语.srt", "zh-Hans+en"),
        ("Film.中英字幕.srt", "zh+en"),
        ("Film[简体&英文].srt", "zh-Hans+en"),
        // Qualifiers, before or behind the language, in any brackets.
        ("Film.en.sdh.srt", "en"),
        ("Film.en.forced.srt", "en"),
        ("Film.forced.en.srt", "en"),
        ("Film.en.hi.srt", "en"),
        ("Film.hi.srt", "hi"),
        ("Film.hi.forced.srt", "hi"),
        ("Film.en[cc].srt", "en"),
        ("Film.en-cc.srt", "en"),
        ("Film [en] (SDH).srt", "en"),
        ("Film.en.default.forced.srt", "en"),
        ("Film.zh-CN.commentary.srt", "zh-CN"),
        ("Film.zh.强制.srt", "zh"),
        ("Film.forced.srt", ""),
        ("Film.jpg", ""),
        ("Film.cover.png", ""),
        ("Film-poster.jpg", ""),
        ("Film 封面.jpg", ""),
    ] {
        assert_eq!(belongs("Film.mp4", name).as_deref(), Some(language), "{name}");
    }
    for name in [
        "Film 2.srt",
        "Film.director.srt",
        "Film.web.srt",
        "Film.hd.srt",
        "Film.sd.srt",
        "Film.1080p.srt",
        "Film.final.srt",
        "Film.v2.srt",
        "Film.en-web.srt",
        "Filmen.srt",
        "Other.jpg",
        "Film.mp3",
        "../b/Film.srt",
    ] {
        assert_eq!(belongs("Film.mp4", name), None, "{name}");
    }
    // The base is the video's whole name, whatever its words would mean.
    assert_eq!(belongs("Film.web.en.mp4", "Film.web.en.srt").as_deref(), Some(""));
    assert_eq!(belongs("Film.web.en.mp4", "Film.web.en.zh.srt").as_deref(), Some("zh"));
    assert_eq!(belongs("It is.mp4", "It is.de.srt").as_deref(), Some("de"));
}

#[test]
fn the_form_of_the_letters_makes_no_other_name() {
    // é in one letter and in two; ガ with its mark apart, as macOS writes it.
    assert_eq!(belongs("Caf\u{e9}.mp4", "Cafe\u{301}.fr.srt").as_deref(), Some("fr"));
    assert_eq!(belongs("Cafe\u{301}.mp4", "CAF\u{c9}.jpg").as_deref(), Some(""));
    assert_eq!(belongs("\u{30ac}.mp4", "\u{30ab}\u{3099}.srt").as_deref(), Some(""));
    let here = paired(&["in/a.mp4", "./in/a.srt"]);
    assert_eq!(here.len(), 1, "one folder, spelled twice");
}

#[test]
fn two_videos_of_one_name_get_nothing_and_say_so() {
    let groups = paired(&["/a/x.mp4", "/a/x.mov", "/a/x.srt"]);
    assert_eq!(groups.len(), 3);
    assert!(groups[0].ambiguous && groups[1].ambiguous && groups[0].attached.is_empty());
}

#[test]
fn a_second_cover_stands_alone() {
    let groups = paired(&["/a/x.mp4", "/a/x.jpg", "/a/x-poster.jpg"]);
    assert_eq!(groups.len(), 2);
    assert_eq!(groups[0].attached.len(), 1);
}

#[test]
fn a_language_is_read_without_a_video_too() {
    for (name, tag) in [
        ("a.en.srt", Some("en")),
        ("a_zh-CN.vtt", Some("zh-CN")),
        ("Film.zh_CN.srt", Some("zh-CN")),
        ("a.en.sdh.srt", Some("en")),
        ("a.chs&eng.srt", Some("zh-Hans+en")),
        ("a 简英双语.srt", Some("zh-Hans+en")),
        ("a (English).srt", Some("en")),
        ("Let.it.be.en.srt", Some("en")),
        ("a.srt", None),
        ("en.srt", None),
        ("So it is.srt", None),
        ("a.web.srt", None),
        ("a.hd.srt", None),
        ("a.1080p.srt", None),
    ] {
        assert_eq!(language(Path::new(name)).as_deref(), tag, "{name}");
    }
}
