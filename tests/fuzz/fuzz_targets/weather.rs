//! Weather as people write it. Knows that lines stand for themselves and that spelling does not matter.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vodlift_sandbox::Weather;

fuzz_target!(|text: &str| {
    let whole = text.parse::<Weather>();
    let first_bad = text.lines().position(|line| line.parse::<Weather>().is_err());
    match &whole {
        Ok(_) => assert_eq!(first_bad, None, "a whole of good lines only"),
        Err(error) => {
            assert_eq!(first_bad, Some(error.line - 1), "the line is the one that is bad");
            assert!(!error.why.is_empty() && !error.to_string().contains('\n'));
        }
    }
    // The chance of `seed` is drawn from the seed alone, so equal texts are equal weather.
    let face = |text: &str| text.parse::<Weather>().map(|weather| format!("{weather:?}")).ok();
    let plain = face(text);
    assert_eq!(plain, face(&text.replace('×', " x")), "× and x");
    let commented: String = text.lines().map(|line| format!("  {line} # a remark\n")).collect();
    assert_eq!(plain, face(&commented), "remarks and blanks");
});
