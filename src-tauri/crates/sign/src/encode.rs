//! Percent-encoding and canonical queries, once for every scheme. Knows no signature.

/// RFC 3986: all but `A-Z a-z 0-9 - _ . ~` becomes `%XX` in upper case; a space is `%20`.
pub fn percent(text: &str) -> String {
    encode(text, false)
}

/// As [`percent`], but keeps `/`: for object keys in a path.
pub fn percent_path(text: &str) -> String {
    encode(text, true)
}

fn encode(text: &str, keep_slash: bool) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(text.len() + text.len() / 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || (keep_slash && byte == b'/') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(DIGITS[usize::from(byte >> 4)]));
            out.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
    out
}

/// Undoes percent-encoding in a path (`+` stays). A stray `%` stays; bytes outside UTF-8 become U+FFFD.
pub fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let digit = |at: usize| {
        let digit = char::from(*bytes.get(at)?).to_digit(16)?;
        u8::try_from(digit).ok()
    };
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte == b'%'
            && let (Some(high), Some(low)) = (digit(at + 1), digit(at + 2))
        {
            out.push(high << 4 | low);
            at += 3;
        } else {
            out.push(byte);
            at += 1;
        }
    }
    String::from_utf8(out).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
}

/// Names and values of a query or form body, decoded, in order of arrival; `+` is a space.
/// `name` alone has an empty value.
pub fn parse_query(query: &str) -> Vec<(String, String)> {
    let text = |part: &str| decode(&part.replace('+', " "));
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (text(name), text(value))
        })
        .collect()
}

/// OpenAPI's form (ACS3 and RPC): sorted by raw name, `name=value` joined with `&`, `name=` if empty.
pub fn canonical_query(parameters: &[(String, String)]) -> String {
    let mut sorted: Vec<_> = parameters.iter().collect();
    sorted.sort();
    let pairs: Vec<_> = sorted
        .iter()
        .map(|(name, value)| format!("{}={}", percent(name), percent(value)))
        .collect();
    pairs.join("&")
}

/// OSS V4's form: sorted by encoded name; a name without value stands alone (`uploads`).
pub fn canonical_query_oss(parameters: &[(String, String)]) -> String {
    let mut encoded: Vec<_> =
        parameters.iter().map(|(name, value)| (percent(name), percent(value))).collect();
    encoded.sort();
    let pairs: Vec<_> = encoded
        .into_iter()
        .map(|(name, value)| if value.is_empty() { name } else { format!("{name}={value}") })
        .collect();
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn the_characters_encoders_go_wrong_on() {
        assert_eq!(percent(" *~+/!'()"), "%20%2A~%2B%2F%21%27%28%29");
        assert_eq!(percent("视🎬"), "%E8%A7%86%F0%9F%8E%AC");
        assert_eq!(percent_path("a/b c"), "a/b%20c");
    }

    #[test]
    fn decoding_undoes_encoding_and_survives_rubbish() {
        let text = "视频 *~+/!'()%25 🎬\u{0}\u{7f}";
        assert_eq!(decode(&percent(text)), text);
        assert_eq!(decode("%"), "%");
        assert_eq!(decode("%4"), "%4");
        assert_eq!(decode("%zz%41"), "%zzA");
        assert_eq!(decode("%ff"), "\u{fffd}");
        assert_eq!(decode("a+b"), "a+b");
    }

    #[test]
    fn a_query_comes_back() {
        let pairs = own(&[("b", "1 2"), ("a", ""), ("视", "+&=")]);
        let mut back = parse_query(&canonical_query(&pairs));
        assert_eq!(canonical_query(&pairs), "a=&b=1%202&%E8%A7%86=%2B%26%3D");
        let mut sorted = pairs.clone();
        sorted.sort();
        back.sort();
        assert_eq!(back, sorted);
        assert_eq!(
            parse_query("uploads&x=a+b&&y="),
            own(&[("uploads", ""), ("x", "a b"), ("y", "")])
        );
        assert_eq!(canonical_query_oss(&parse_query("uploads=&a=b")), "a=b&uploads");
    }
}
