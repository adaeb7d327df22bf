//! Amharic.

use super::{Text, Words};
use crate::template::Template;

pub(super) const WORDS: Words = Words {
    greeting: "ሰላም፣",
    greeting_by_name: "ሰላም {first_name}፣",
    closing: "የእርስዎ መርካቶ",
    subtotal: "ንዑስ ድምር",
    discount: "ቅናሽ",
    shipping: "ማጓጓዣ",
    tax: "ግብር",
    total: "ጠቅላላ ድምር",
    consent: "ይህ መልእክት የደረሰዎት ስለ ቅናሾቻችን መስማት እንደሚፈልጉ ስለነገሩን ነው።",
    unsubscribe: "ከዝርዝሩ ለመውጣት",
    unsubscribe_question: "ከእኛ ሌላ የቅናሽ መልእክት አይፈልጉም?",
    unsubscribed: "ከእኛ ሌላ የቅናሽ መልእክት አይደርስዎትም።",
};

pub(super) const fn text(template: Template) -> Text {
    match template {
        Template::OrderPlaced => Text {
            subject: "ትዕዛዝዎ {number}",
            paragraphs: &["በ{date} ስላዘዙ እናመሰግናለን። ክፍያው ሲጠናቀቅ እንጽፍልዎታለን።"],
            action: "ትዕዛዝዎን ይመልከቱ",
        },
        Template::OrderPaid => Text {
            subject: "የትዕዛዝ {number} ክፍያ ተጠናቋል",
            paragraphs: &["ለትዕዛዝ {number} የከፈሉት ክፍያ ተቀባይነት አግኝቷል። አሁን እያሸግነው ነው።"],
            action: "ትዕዛዝዎን ይመልከቱ",
        },
        Template::PaymentDeclined => Text {
            subject: "የትዕዛዝ {number} ክፍያ አልተሳካም",
            paragraphs: &[
                "ለትዕዛዝ {number} የ{total} ክፍያዎ አልተሳካም፤ ምንም ገንዘብ አልተወሰደም።",
                "በዚሁ ወይም በሌላ ካርድ እንደገና መሞከር ይችላሉ።",
            ],
            action: "ትዕዛዝዎን ይክፈሉ",
        },
        Template::OrderShipped => Text {
            subject: "ትዕዛዝ {number} በመንገድ ላይ ነው",
            paragraphs: &["{carrier} ትዕዛዝ {number} ያመጣልዎታል። የጥቅሉ ቁጥር {tracking_number} ነው።"],
            action: "ትዕዛዝዎን ይመልከቱ",
        },
        Template::OrderDelivered => Text {
            subject: "ትዕዛዝ {number} ደርሷል",
            paragraphs: &["ትዕዛዝ {number} ደርሶልዎታል። እንደሚወዱት ተስፋ እናደርጋለን።"],
            action: "ትዕዛዝዎን ይመልከቱ",
        },
        Template::OrderCancelled => Text {
            subject: "ትዕዛዝ {number} ተሰርዟል",
            paragraphs: &["ትዕዛዝ {number} ተሰርዟል። ከፍለው ከሆነ ገንዘብዎ ይመለስልዎታል።"],
            action: "ትዕዛዝዎን ይመልከቱ",
        },
        Template::OrderRefunded => Text {
            subject: "የትዕዛዝ {number} ገንዘብዎ እየተመለሰ ነው",
            paragraphs: &["ለትዕዛዝ {number} ገንዘብ መልሰናል። በባንክዎ እስኪታይ ጥቂት ቀናት ሊወስድ ይችላል።"],
            action: "ትዕዛዝዎን ይመልከቱ",
        },
        Template::VerifyEmail => Text {
            subject: "እባክዎ አድራሻዎን ያረጋግጡ",
            paragraphs: &["እባክዎ ይህ አድራሻ የእርስዎ መሆኑን ያረጋግጡ። ስለ ምን እንደሆነ ካላወቁ ምንም ማድረግ አያስፈልግዎትም።"],
            action: "አድራሻዎን ያረጋግጡ",
        },
        Template::ResetPassword => Text {
            subject: "አዲስ የይለፍ ቃል ይምረጡ",
            paragraphs: &["አዲስ የይለፍ ቃል ጠይቀዋል። እርስዎ ካልሆኑ ምንም ማድረግ አያስፈልግዎትም፤ የይለፍ ቃልዎ አይቀየርም።"],
            action: "አዲስ የይለፍ ቃል ይምረጡ",
        },
        Template::PasswordChanged => Text {
            subject: "የይለፍ ቃልዎ ተቀይሯል",
            paragraphs: &["የመለያዎ የይለፍ ቃል ተቀይሯል። እርስዎ ካልሆኑ ወዲያውኑ አዲስ ይምረጡ።"],
            action: "አዲስ የይለፍ ቃል ይምረጡ",
        },
        Template::EmailInUse => Text {
            subject: "ቀድሞውኑ መለያ አለዎት",
            paragraphs: &["አንድ ሰው በዚህ አድራሻ መለያ ለመክፈት ሞክሯል፤ ግን መለያ አለው። እርስዎ ከሆኑ እባክዎ ይግቡ።"],
            action: "ይግቡ",
        },
        Template::BackInStock => Text {
            subject: "እንደገና አለ፦ {product}",
            paragraphs: &["{product} እንደገና ሲገኝ ማወቅ ፈልገው ነበር። አሁን አለ፤ እስኪያልቅ ድረስ።"],
            action: "በሱቁ ውስጥ ይመልከቱ",
        },
        Template::AbandonedCart => {
            Text {
                subject: "ጋሪዎ እየጠበቀዎት ነው", paragraphs: &["በጋሪዎ ውስጥ አሁንም ዕቃ አለ።"], action: "ወደ ጋሪዎ ይሂዱ"
            }
        }
        Template::Promotion => {
            Text { subject: "{title}", paragraphs: &["{text}"], action: "ወደ ሱቁ ይሂዱ" }
        }
    }
}
