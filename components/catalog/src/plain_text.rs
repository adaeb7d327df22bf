//! Plain text out of HTML: descriptions come as HTML from other shops, and are kept and shown as text, so that no
//! foreign markup ever reaches a page.

/// Elements whose content is no text.
const SILENT: [&str; 3] = ["script", "style", "template"];
/// Elements that end a paragraph.
const PARAGRAPHS: [&str; 12] =
    ["p", "div", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote"];
/// Elements that end a line.
const LINES: [&str; 2] = ["br", "tr"];
/// The longest name of a character reference that is looked for, in bytes; a longer run after `&` is text.
const REFERENCE_BYTES_MAX: usize = 10;

/// The text of `html`. An empty line parts paragraphs, a hyphen leads items of a list.
pub fn plain_text(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        text.push_str(&unescaped(&rest[..start]).replace(['\n', '\r', '\t'], " "));
        let after = &rest[start + 1..];
        let is_tag =
            after.starts_with(|first: char| first.is_ascii_alphabetic() || matches!(first, '/' | '!' | '?'));
        let Some(end) = after.find('>').filter(|_| is_tag) else {
            // A lone `<` is text.
            text.push('<');
            rest = after;
            continue;
        };
        let tag = &after[..end];
        rest = if tag.starts_with("!--") { after_comment(after) } else { &after[end + 1..] };
        let name = tag
            .trim_start_matches('/')
            .split(|c: char| !c.is_ascii_alphanumeric())
            .next()
            .unwrap_or_default();
        let name = name.to_ascii_lowercase();
        if SILENT.contains(&name.as_str()) && !tag.starts_with('/') {
            rest = after_element(rest, &name);
        } else if PARAGRAPHS.contains(&name.as_str()) {
            text.push_str("\n\n");
        } else if LINES.contains(&name.as_str()) {
            text.push('\n');
        } else if name == "li" && !tag.starts_with('/') {
            text.push_str("\n- ");
        }
    }
    text.push_str(&unescaped(rest).replace(['\n', '\r', '\t'], " "));
    tidied(&text)
}

fn after_comment(text: &str) -> &str {
    text.find("-->").map_or("", |end| &text[end + 3..])
}

/// What follows the end tag of `name`; nothing if it never ends.
fn after_element<'text>(text: &'text str, name: &str) -> &'text str {
    let end_tag = format!("</{name}");
    // ASCII lower-casing keeps every byte where it is.
    let Some(start) = text.to_ascii_lowercase().find(&end_tag) else { return "" };
    text[start..].find('>').map_or("", |end| &text[start + end + 1..])
}

/// Single spaces within lines, at most one empty line between them, no item without text.
fn tidied(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        let line = if line == "-" { String::new() } else { line };
        if !line.is_empty() || lines.last().is_some_and(|last| !last.is_empty()) {
            lines.push(line);
        }
    }
    lines.join("\n").trim_end().to_owned()
}

/// `text` with its character references resolved: the five of XML, a few that shops use, and all numbers.
fn unescaped(text: &str) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        result.push_str(&rest[..start]);
        let after = &rest[start + 1..];
        let end = after.bytes().take(REFERENCE_BYTES_MAX).position(|byte| byte == b';');
        if let Some((letter, end)) = end.and_then(|end| Some((referenced(&after[..end])?, end))) {
            result.push(letter);
            rest = &after[end + 1..];
        } else {
            result.push('&');
            rest = after;
        }
    }
    result + rest
}

fn referenced(name: &str) -> Option<char> {
    let named = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "ndash" => '–',
        "mdash" => '—',
        "hellip" => '…',
        "lsquo" => '‘',
        "rsquo" => '’',
        "ldquo" => '“',
        "rdquo" => '”',
        "bull" => '•',
        "deg" => '°',
        "trade" => '™',
        "reg" => '®',
        "copy" => '©',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
                None => number.parse().ok()?,
            };
            return char::from_u32(code).filter(|letter| !letter.is_control());
        }
    };
    Some(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_becomes_paragraphs_lines_and_items() {
        let html = "<p>Wash\nby   hand.</p><p>Made in <b>Addis&nbsp;Ababa</b><br/>since 1998</p>\
                    <ul><li>one</li><li>two</li><li></li></ul>";
        assert_eq!(plain_text(html), "Wash by hand.\n\nMade in Addis Ababa\nsince 1998\n\n- one\n- two");
    }

    #[test]
    fn a_script_is_no_text_even_if_it_never_ends() {
        assert_eq!(plain_text("a<script>alert('<b>')</SCRIPT >b<!-- <p> -->c<style>p{}"), "abc");
    }

    #[test]
    fn character_references_are_resolved_once_and_what_is_none_stays() {
        assert_eq!(
            plain_text("R&amp;D &lt;3 &#233; &#x2014; &amp;lt; AT&T &unknown; 5 < 6"),
            "R&D <3 é — &lt; AT&T &unknown; 5 < 6"
        );
    }

    #[test]
    fn text_without_markup_stays_as_it_is() {
        assert_eq!(plain_text("  Plain é text. "), "Plain é text.");
        assert_eq!(plain_text(""), "");
        assert_eq!(plain_text("&é;<"), "&é;<");
    }
}
