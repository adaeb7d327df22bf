//! Writes a message: subject, plain text and page. All that came from people is escaped in the page, and the subject is
//! one line.

use std::collections::BTreeMap;

use maud::{DOCTYPE, html};
use merkato_contract::order::Order;

use crate::{
    contact::Contact,
    locale::Locale,
    template::Template,
    texts::{self, Words},
};

/// Longest subject, in characters: mail programs show about half of it, and longer ones look like a trick.
const SUBJECT_CHARACTERS_MAX: usize = 150;
/// Longest short message, in characters: three parts of the 67 that one holds in any script.
const SMS_CHARACTERS_MAX: usize = 201;

/// What is to be written.
#[derive(Debug, Clone)]
pub struct Letter<'a> {
    /// What it says.
    pub template: Template,
    /// In which language.
    pub locale: Locale,
    /// What stands for the words between braces.
    pub values: BTreeMap<&'static str, String>,
    /// The order whose lines and sums are to be listed.
    pub order: Option<&'a Order>,
    /// Where it leads.
    pub action_url: Option<String>,
    /// Where its reader ends such messages.
    pub unsubscribe_url: Option<String>,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// What it is about, in one line.
    pub subject: String,
    /// What it says, in plain text.
    pub text: String,
    /// The same as a page.
    pub html: String,
}

/// A line of an order or of its sums.
struct Sum {
    what: String,
    amount: String,
}

impl<'a> Letter<'a> {
    /// What `template` says of an order.
    pub fn of_order(template: Template, locale: Locale, order: &'a Order) -> Self {
        let mut values = BTreeMap::from([
            ("number", order.number.clone()),
            ("total", locale.money(order.totals.total)),
            ("date", locale.date(order.placed_at.0)),
        ]);
        if let Some(shipment) = order.shipments.last() {
            values.insert("carrier", shipment.carrier.clone());
            values.insert("tracking_number", shipment.tracking_number.clone());
        }
        Self { template, locale, values, order: Some(order), action_url: None, unsubscribe_url: None }
    }

    /// What `template` says beside orders.
    pub fn plain(
        template: Template,
        locale: Locale,
        values: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Self {
        let values = values.into_iter().collect();
        Self { template, locale, values, order: None, action_url: None, unsubscribe_url: None }
    }

    /// What `template` says to somebody with an account.
    pub(crate) fn to_contact(template: Template, contact: &Contact) -> Self {
        Self::plain(template, contact.locale(), [("first_name", contact.first_name.clone())])
    }

    /// Writes it as an e-mail.
    pub fn write(&self) -> Written {
        let (text, words) = (texts::text(self.locale, self.template), texts::words(self.locale));
        // A value may hold paragraphs of its own.
        let filled = text.paragraphs.iter().map(|paragraph| filled(paragraph, &self.values));
        let paragraphs = filled.collect::<Vec<_>>().join("\n");
        let paragraphs =
            paragraphs.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>();
        let sums = self.order.map(|order| self.sums(order, &words)).unwrap_or_default();
        let subject = self.subject();
        let action = self.action_url.as_deref().map(|url| (text.action, url));
        Written {
            text: self.plain_text(&paragraphs, &sums, action, &words),
            html: self.page(&subject, &paragraphs, &sums, action, &words),
            subject,
        }
    }

    /// Writes it as a short message: what it is about, and the way to more.
    pub fn write_sms(&self) -> String {
        let subject = self.subject();
        let room = self.action_url.as_ref().map_or(0, |url| url.chars().count() + 1);
        let subject = subject.chars().take(SMS_CHARACTERS_MAX.saturating_sub(room)).collect::<String>();
        let parts = [Some(subject), self.action_url.clone()];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// What it is about, in one line.
    pub fn subject(&self) -> String {
        let subject = filled(texts::text(self.locale, self.template).subject, &self.values);
        let one_line = subject.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
        one_line.take(SUBJECT_CHARACTERS_MAX).collect()
    }

    fn greeting(&self, words: &Words) -> String {
        let known = self.values.get("first_name").is_some_and(|name| !name.trim().is_empty());
        if known { filled(words.greeting_by_name, &self.values) } else { words.greeting.to_owned() }
    }

    fn sums(&self, order: &Order, words: &Words) -> Vec<Sum> {
        let sum = |what: &str, money| Sum { what: what.to_owned(), amount: self.locale.money(money) };
        let lines =
            order.lines.iter().map(|line| sum(&format!("{} × {}", line.quantity, line.title), line.total));
        let totals = &order.totals;
        let others = [
            (words.discount, totals.discount, -1),
            (words.shipping, totals.shipping, 1),
            (words.tax, totals.tax, 1),
        ];
        let others =
            others.into_iter().filter(|(_, money, _)| money.amount != 0).map(|(what, mut money, sign)| {
                money.amount = money.amount.saturating_mul(sign);
                sum(what, money)
            });
        lines
            .chain([sum(words.subtotal, totals.subtotal)])
            .chain(others)
            .chain([sum(words.total, totals.total)])
            .collect()
    }

    fn plain_text(
        &self,
        paragraphs: &[&str],
        sums: &[Sum],
        action: Option<(&str, &str)>,
        words: &Words,
    ) -> String {
        let mut parts = vec![self.greeting(words)];
        parts.extend(paragraphs.iter().map(|paragraph| (*paragraph).to_owned()));
        if !sums.is_empty() {
            let lines = sums.iter().map(|sum| format!("{}: {}", sum.what, sum.amount));
            parts.push(lines.collect::<Vec<_>>().join("\n"));
        }
        parts.extend(action.map(|(label, url)| format!("{label}: {url}")));
        parts.push(words.closing.to_owned());
        if let Some(url) = &self.unsubscribe_url {
            parts.push(format!("{}\n{}: {url}", words.consent, words.unsubscribe));
        }
        parts.join("\n\n") + "\n"
    }

    fn page(
        &self,
        subject: &str,
        paragraphs: &[&str],
        sums: &[Sum],
        action: Option<(&str, &str)>,
        words: &Words,
    ) -> String {
        // Mail programs read styles only where they stand.
        let page = html! {
            (DOCTYPE)
            html lang=(self.locale.tag()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (subject) }
                }
                body style="margin:0;padding:24px;background:#faf7f2;color:#2b2320;font:16px/1.5 sans-serif" {
                    div style="max-width:560px;margin:0 auto;padding:24px;background:#fff;border-radius:8px" {
                        p { (self.greeting(words)) }
                        @for paragraph in paragraphs { p { (paragraph) } }
                        @if !sums.is_empty() {
                            table style="width:100%;border-collapse:collapse" {
                                @for sum in sums {
                                    tr {
                                        td style="padding:4px 0" { (sum.what) }
                                        td style="padding:4px 0;text-align:right;white-space:nowrap" { (sum.amount) }
                                    }
                                }
                            }
                        }
                        @if let Some((label, url)) = action {
                            p {
                                a href=(url) style="display:inline-block;padding:10px 18px;background:#8a3b12;color:#fff;text-decoration:none;border-radius:6px" {
                                    (label)
                                }
                            }
                        }
                        p { (words.closing) }
                    }
                    @if let Some(url) = &self.unsubscribe_url {
                        p style="max-width:560px;margin:16px auto;font-size:13px;color:#6b5f58" {
                            (words.consent) " " a href=(url) { (words.unsubscribe) }
                        }
                    }
                }
            }
        };
        page.into_string()
    }
}

/// `text` with each name between braces replaced by its value. What a value holds between braces is left as it is.
fn filled(text: &str, values: &BTreeMap<&'static str, String>) -> String {
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        written.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        written.push_str(values.get(name).map(String::as_str).unwrap_or_default());
        rest = after;
    }
    written + rest
}

#[cfg(test)]
mod tests {
    use merkato_contract::order::Shipment;
    use serde_json::json;

    use super::*;

    fn order() -> Order {
        let money = |amount: i64| json!({ "amount": amount, "currency": "USD" });
        let address = json!({ "name": "Hanna", "line1": "1 Street", "city": "Town", "postal_code": "1", "country": "US" });
        let order = json!({
            "id": "0197f2f0-0000-7000-8000-000000000000", "number": "M-1042", "state": "confirmed",
            "email": "hanna@merkato.example",
            "lines": [{ "sku": "A", "title": "<b>Cup</b> & saucer", "unit_price": money(900), "quantity": 2, "total": money(1_800) }],
            "promotions": [], "shipping_method": "standard", "shipments": [], "history": [],
            "totals": { "subtotal": money(1_800), "discount": money(100), "shipping": money(500), "tax": money(0), "total": money(2_200) },
            "addresses": { "shipping": address, "billing": address },
            "payment": { "state": "authorized", "method": "card" },
            "placed_at": "2026-11-21T05:14:00Z",
        });
        serde_json::from_value(order).expect("an order")
    }

    #[test]
    fn an_order_is_told_with_its_lines_and_sums() {
        let order = order();
        let mut letter = Letter::of_order(Template::OrderPlaced, Locale::En, &order);
        letter.action_url = Some("http://shop/orders/1".to_owned());
        let written = letter.write();
        assert_eq!(written.subject, "Your order M-1042");
        assert_eq!(
            written.text,
            "Hello,\n\nThank you for your order of 21 November 2026. We write again as soon as it is paid for.\n\n\
             2 × <b>Cup</b> & saucer: $18.00\nSubtotal: $18.00\nDiscount: \u{2212}$1.00\nShipping: $5.00\n\
             Total: $22.00\n\nSee your order: http://shop/orders/1\n\nYour Merkato\n"
        );
    }

    #[test]
    fn what_people_wrote_is_escaped_in_the_page_and_cannot_break_the_subject() {
        let mut order = order();
        let page = Letter::of_order(Template::OrderPlaced, Locale::De, &order).write().html;
        assert!(page.contains("&lt;b&gt;Cup&lt;/b&gt; &amp; saucer") && !page.contains("<b>Cup"), "{page}");
        assert!(page.contains("18,00\u{a0}$") && page.contains("lang=\"de\""), "{page}");
        order.shipments =
            vec![Shipment { carrier: "<script>".to_owned(), tracking_number: "{total}".to_owned() }];
        let written = Letter::of_order(Template::OrderShipped, Locale::En, &order).write();
        assert!(!written.html.contains("<script>"), "{}", written.html);
        assert!(
            written.text.contains("number {total}"),
            "a value is never filled in itself: {}",
            written.text
        );
        let title = "Sale\r\nBcc: all@example.com".to_owned();
        let letter =
            Letter::plain(Template::Promotion, Locale::En, [("title", title), ("text", "x".to_owned())]);
        assert_eq!(letter.subject(), "Sale  Bcc: all@example.com");
    }

    #[test]
    fn every_template_can_be_written_in_every_language_with_nothing_left_open() {
        let mut order = order();
        order.shipments = vec![Shipment { carrier: "Post".to_owned(), tracking_number: "P1".to_owned() }];
        for template in Template::ALL {
            for locale in Locale::ALL {
                let mut letter = Letter::of_order(template, locale, &order);
                for name in template.placeholders() {
                    letter.values.entry(name).or_insert_with(|| "value".to_owned());
                }
                letter.unsubscribe_url = template.is_marketing().then(|| "http://shop/end".to_owned());
                let written = letter.write();
                assert!(
                    !written.subject.is_empty() && !written.subject.contains('{'),
                    "{template:?} {locale:?}"
                );
                assert!(!written.text.contains('{'), "{template:?} {locale:?}: {}", written.text);
                assert_eq!(written.html.contains("http://shop/end"), template.is_marketing());
                assert_eq!(written.text.contains("http://shop/end"), template.is_marketing());
            }
        }
    }

    #[test]
    fn a_short_message_says_what_it_is_about_and_where_to_look_and_stays_short() {
        let order = order();
        let mut letter = Letter::of_order(Template::OrderDelivered, Locale::En, &order);
        letter.action_url = Some("http://shop/orders/1".to_owned());
        assert_eq!(letter.write_sms(), "Your order M-1042 has arrived http://shop/orders/1");
        letter.values.insert("number", "9".repeat(500));
        assert_eq!(letter.write_sms().chars().count(), 150 + 1 + "http://shop/orders/1".len());
    }

    #[test]
    fn whoever_has_told_their_name_is_greeted_by_it() {
        let greeted = |name: &str| {
            let letter =
                Letter::plain(Template::PasswordChanged, Locale::En, [("first_name", name.to_owned())]);
            letter.write()
        };
        assert!(greeted("Hanna").text.starts_with("Hello Hanna,\n"));
        assert!(greeted(" ").text.starts_with("Hello,\n"));
        assert!(greeted("<i>").html.contains("Hello &lt;i&gt;,"));
    }

    #[test]
    fn a_text_of_several_paragraphs_stays_so() {
        let text = "One.\n\nTwo <3".to_owned();
        let letter =
            Letter::plain(Template::Promotion, Locale::En, [("title", "T".to_owned()), ("text", text)]);
        let written = letter.write();
        assert!(written.html.contains("<p>One.</p><p>Two &lt;3</p>"), "{}", written.html);
        assert!(written.text.contains("One.\n\nTwo <3"));
    }
}
