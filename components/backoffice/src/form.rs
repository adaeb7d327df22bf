//! What a browser sends: the fields of a form, and its files.

use futures::stream;
use merkato_commerce::Invalid;
use merkato_contract::problem::{Code, Problem};
use merkato_edge::Request;

/// Most fields of a form: a product of a hundred variants has about eight hundred.
const FIELDS_MAX: usize = 2_000;
/// Most files of a form: the pictures of a product.
const FILES_MAX: usize = 20;

/// A file that was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Name of its field.
    pub field: String,
    /// What it is called where it comes from.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// A form that was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    fields: Vec<(String, String)>,
    files: Vec<File>,
}

impl Form {
    /// The form in the body of `request`, with or without files.
    pub async fn of(request: &Request) -> Result<Self, Problem> {
        const FORM: &str = "application/x-www-form-urlencoded";
        let media_type = request.header("content-type").unwrap_or_default();
        if let Ok(boundary) = multer::parse_boundary(media_type) {
            return Self::with_files(request, boundary).await;
        }
        request.media_type(|media_type| media_type == FORM, FORM)?;
        let fields = form_urlencoded::parse(&request.body).into_owned().take(FIELDS_MAX + 1);
        let form = Self { fields: fields.collect(), files: Vec::new() };
        form.within_limits()
    }

    async fn with_files(request: &Request, boundary: String) -> Result<Self, Problem> {
        let malformed = |error: multer::Error| {
            Problem::new(Code::MalformedRequest, format!("The form cannot be read: {error}."))
        };
        let body = stream::iter([Ok::<_, std::convert::Infallible>(request.body.clone())]);
        let mut parts = multer::Multipart::new(body, boundary);
        let mut form = Self::default();
        while let Some(part) = parts.next_field().await.map_err(malformed)? {
            let field = part.name().unwrap_or_default().to_owned();
            let file = part.file_name().map(str::to_owned);
            let bytes = part.bytes().await.map_err(malformed)?;
            match file {
                // A field in which no file was chosen comes with an empty name.
                Some(name) if !name.is_empty() => {
                    form.files.push(File { field, name, bytes: bytes.to_vec() });
                }
                Some(_) => {}
                None => form.fields.push((field, String::from_utf8_lossy(&bytes).into_owned())),
            }
            form = form.within_limits()?;
        }
        Ok(form)
    }

    fn within_limits(self) -> Result<Self, Problem> {
        if self.fields.len() <= FIELDS_MAX && self.files.len() <= FILES_MAX {
            return Ok(self);
        }
        let detail = format!("A form may have {FIELDS_MAX} fields and {FILES_MAX} files.");
        Err(Problem::new(Code::MalformedRequest, detail))
    }

    /// What was typed into `name`, without the blanks around it; of a field that appears twice, the last. Empty where
    /// there is none.
    pub fn text(&self, name: &str) -> &str {
        let field = self.fields.iter().rev().find(|(field, _)| field == name);
        field.map(|(_, value)| value.trim()).unwrap_or_default()
    }

    /// The same with the line ends of texts, which browsers send as two characters.
    pub fn lines(&self, name: &str) -> String {
        self.text(name).replace("\r\n", "\n")
    }

    /// What was typed into `name`, if anything was.
    pub fn optional(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// The password in `name`, blanks and all.
    pub fn secret(&self, name: &str) -> String {
        self.fields
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.clone())
            .unwrap_or_default()
    }

    /// The number in `name`; `label` is how a complaint calls it.
    pub fn number(&self, name: &str) -> Result<i64, Invalid> {
        let typed = self.text(name).replace(',', "");
        typed.parse().map_err(|_| Invalid::new(name, "must be a whole number"))
    }

    /// All fields, in the order of the form.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The files that were chosen in `field`.
    pub fn files<'a>(&'a self, field: &'a str) -> impl Iterator<Item = &'a File> {
        self.files.iter().filter(move |file| file.field == field)
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use http::{HeaderMap, HeaderValue, Method};

    use super::*;

    fn form(media_type: &'static str, body: &str) -> Result<Form, Problem> {
        let headers =
            HeaderMap::from_iter([(http::header::CONTENT_TYPE, HeaderValue::from_static(media_type))]);
        block_on(Form::of(&Request::new(Method::POST, "/", headers, body.as_bytes().to_vec())))
    }

    const PARTS: &str = "multipart/form-data; boundary=b";

    #[test]
    fn a_form_gives_its_fields_and_a_field_that_is_missing_is_empty() {
        let form = form("application/x-www-form-urlencoded", "a=+1+&b=x%0D%0Ay&a=2").expect("a form");
        assert_eq!((form.text("a"), form.lines("b").as_str(), form.text("c")), ("2", "x\ny", ""));
        assert_eq!((form.number("a"), form.number("c").is_err()), (Ok(2), true));
    }

    #[test]
    fn a_form_with_files_gives_both_and_a_file_that_was_not_chosen_is_none() {
        let body = "--b\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nproof\r\n\
                    --b\r\nContent-Disposition: form-data; name=\"sheet\"; filename=\"a.csv\"\r\n\
                    Content-Type: text/csv\r\n\r\nx,y\r\n\r\n\
                    --b\r\nContent-Disposition: form-data; name=\"other\"; filename=\"\"\r\n\r\n\r\n--b--\r\n";
        let form = form(PARTS, body).expect("a form");
        assert_eq!(form.text("csrf"), "proof");
        let file = form.files("sheet").next().expect("a file");
        assert_eq!((file.name.as_str(), file.bytes.as_slice()), ("a.csv", b"x,y\r\n".as_slice()));
        assert_eq!(form.files("other").count(), 0);
    }

    #[test]
    fn what_is_no_form_or_breaks_off_is_refused() {
        assert_eq!(form("application/json", "{}").expect_err("a problem").code, Code::UnsupportedMediaType);
        for body in ["", "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx", "--c--\r\n"] {
            assert_eq!(form(PARTS, body).expect_err("a problem").code, Code::MalformedRequest, "{body}");
        }
        let many = "a=1&".repeat(FIELDS_MAX + 1);
        let problem = form("application/x-www-form-urlencoded", &many).expect_err("a problem");
        assert_eq!(problem.code, Code::MalformedRequest);
    }
}
