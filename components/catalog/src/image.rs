//! Pictures that staff upload. A picture is named by a digest of its bytes, so the same picture is kept once and its
//! address can be cached for ever; what kind it is, its first bytes say and not the client.

use std::{fmt, str::FromStr};

use sha2::{Digest, Sha256};

/// Bytes of the digest in a name: no two pictures of any shop share it by chance.
const DIGEST_BYTES: usize = 16;

/// Kinds of pictures that browsers show and that hold no script; SVG is not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Png,
    Jpeg,
    Webp,
    Gif,
    Avif,
}

impl Kind {
    const ALL: [Self; 5] = [Self::Png, Self::Jpeg, Self::Webp, Self::Gif, Self::Avif];

    /// The kind of a file that begins so.
    fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            [_, _, _, _, b'f', b't', b'y', b'p', b'a', b'v', b'i', b'f' | b's', ..] => Some(Self::Avif),
            _ => None,
        }
    }

    const fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Webp => "webp",
            Self::Gif => "gif",
            Self::Avif => "avif",
        }
    }
}

/// The name of a picture in addresses: digest and kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageName {
    digest: String,
    kind: Kind,
}

impl ImageName {
    /// The name of these bytes, if they are a picture.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let kind = Kind::of(bytes)?;
        Some(Self { digest: hex::encode(&Sha256::digest(bytes)[..DIGEST_BYTES]), kind })
    }

    /// Where it is kept.
    pub fn key(&self) -> String {
        format!("image/{self}")
    }

    /// What it is.
    pub const fn media_type(&self) -> &'static str {
        match self.kind {
            Kind::Png => "image/png",
            Kind::Jpeg => "image/jpeg",
            Kind::Webp => "image/webp",
            Kind::Gif => "image/gif",
            Kind::Avif => "image/avif",
        }
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.digest, self.kind.extension())
    }
}

/// The text is no name of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAName;

impl FromStr for ImageName {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        let (digest, extension) = text.split_once('.').ok_or(NotAName)?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.extension() == extension).ok_or(NotAName)?;
        let hexadecimal = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if digest.len() != 2 * DIGEST_BYTES || !digest.bytes().all(hexadecimal) {
            return Err(NotAName);
        }
        Ok(Self { digest: digest.to_owned(), kind })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_known_by_its_first_bytes_and_named_by_all_of_them() {
        let one = ImageName::of(b"\x89PNG\r\n\x1a\nrest").expect("a picture");
        assert_eq!(one.media_type(), "image/png");
        assert_eq!(one.to_string().parse(), Ok(one.clone()));
        assert_ne!(ImageName::of(b"\x89PNG\r\n\x1a\nREST"), Some(one));
        assert_eq!(ImageName::of(b"RIFF\0\0\0\0WEBPVP8 ").map(|name| name.media_type()), Some("image/webp"));
    }

    #[test]
    fn a_script_in_the_clothes_of_a_picture_is_none() {
        for bytes in
            [&b""[..], b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", b"GIF89", b"<html>"]
        {
            assert_eq!(ImageName::of(bytes), None);
        }
    }

    #[test]
    fn no_name_leads_to_another_key() {
        let digest = "0".repeat(32);
        for name in
            ["", "x.png", "../secret.png", &format!("{digest}.svg"), &format!("{digest}.png.png"), &digest]
        {
            assert_eq!(name.parse::<ImageName>(), Err(NotAName), "{name}");
        }
    }
}
