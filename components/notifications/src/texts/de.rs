//! German.

use super::{Text, Words};
use crate::template::Template;

pub(super) const WORDS: Words = Words {
    greeting: "Guten Tag,",
    greeting_by_name: "Guten Tag {first_name},",
    closing: "Ihr Merkato",
    subtotal: "Zwischensumme",
    discount: "Rabatt",
    shipping: "Versand",
    tax: "Steuer",
    total: "Gesamtbetrag",
    consent: "Sie erhalten diese Nachricht, weil Sie von unseren Angeboten hören wollten.",
    unsubscribe: "Abbestellen",
    unsubscribe_question: "Möchten Sie keine Angebote mehr von uns erhalten?",
    unsubscribed: "Sie erhalten keine Angebote mehr von uns.",
};

pub(super) const fn text(template: Template) -> Text {
    match template {
        Template::OrderPlaced => Text {
            subject: "Ihre Bestellung {number}",
            paragraphs: &[
                "Vielen Dank für Ihre Bestellung vom {date}. Wir schreiben Ihnen, sobald sie bezahlt ist.",
            ],
            action: "Zur Bestellung",
        },
        Template::OrderPaid => Text {
            subject: "Ihre Bestellung {number} ist bezahlt",
            paragraphs: &[
                "Ihre Zahlung für die Bestellung {number} wurde angenommen. Wir packen sie jetzt ein.",
            ],
            action: "Zur Bestellung",
        },
        Template::PaymentDeclined => Text {
            subject: "Die Zahlung für Ihre Bestellung {number} wurde abgelehnt",
            paragraphs: &[
                "Ihre Zahlung von {total} für die Bestellung {number} ist nicht zustande gekommen. Es wurde kein Geld abgebucht.",
                "Sie können es mit derselben oder einer anderen Karte noch einmal versuchen.",
            ],
            action: "Bestellung bezahlen",
        },
        Template::OrderShipped => Text {
            subject: "Ihre Bestellung {number} ist unterwegs",
            paragraphs: &[
                "{carrier} bringt Ihnen Ihre Bestellung {number}. Das Paket hat die Nummer {tracking_number}.",
            ],
            action: "Zur Bestellung",
        },
        Template::OrderDelivered => Text {
            subject: "Ihre Bestellung {number} ist angekommen",
            paragraphs: &["Ihre Bestellung {number} wurde zugestellt. Wir wünschen Ihnen viel Freude daran."],
            action: "Zur Bestellung",
        },
        Template::OrderCancelled => Text {
            subject: "Ihre Bestellung {number} wurde storniert",
            paragraphs: &[
                "Ihre Bestellung {number} wurde storniert. Falls Sie schon bezahlt haben, erhalten Sie Ihr Geld zurück.",
            ],
            action: "Zur Bestellung",
        },
        Template::OrderRefunded => Text {
            subject: "Ihr Geld für die Bestellung {number} ist auf dem Weg zurück",
            paragraphs: &[
                "Wir haben Ihnen Geld für Ihre Bestellung {number} zurückgesandt. Bei Ihrer Bank kann es einige Tage dauern, bis es zu sehen ist.",
            ],
            action: "Zur Bestellung",
        },
        Template::VerifyEmail => Text {
            subject: "Bitte bestätigen Sie Ihre Adresse",
            paragraphs: &[
                "Bitte bestätigen Sie, dass diese Adresse Ihnen gehört. Wenn Sie nicht wissen, worum es geht, brauchen Sie nichts zu tun.",
            ],
            action: "Adresse bestätigen",
        },
        Template::ResetPassword => Text {
            subject: "Wählen Sie ein neues Passwort",
            paragraphs: &[
                "Sie haben um ein neues Passwort gebeten. Wenn Sie das nicht waren, brauchen Sie nichts zu tun: Ihr Passwort bleibt, wie es ist.",
            ],
            action: "Neues Passwort wählen",
        },
        Template::PasswordChanged => Text {
            subject: "Ihr Passwort wurde geändert",
            paragraphs: &[
                "Das Passwort Ihres Kontos wurde geändert. Wenn Sie das nicht waren, wählen Sie bitte sofort ein neues.",
            ],
            action: "Neues Passwort wählen",
        },
        Template::EmailInUse => Text {
            subject: "Sie haben schon ein Konto bei uns",
            paragraphs: &[
                "Jemand wollte mit dieser Adresse ein Konto eröffnen, aber es gibt schon eines. Wenn Sie das waren, melden Sie sich bitte an.",
            ],
            action: "Anmelden",
        },
        Template::BackInStock => Text {
            subject: "Wieder da: {product}",
            paragraphs: &[
                "Sie wollten wissen, wann es {product} wieder gibt. Jetzt ist es so weit, solange der Vorrat reicht.",
            ],
            action: "Im Laden ansehen",
        },
        Template::AbandonedCart => Text {
            subject: "Ihr Warenkorb wartet",
            paragraphs: &["In Ihrem Warenkorb liegt noch etwas."],
            action: "Zum Warenkorb",
        },
        Template::Promotion => Text { subject: "{title}", paragraphs: &["{text}"], action: "Zum Laden" },
    }
}
