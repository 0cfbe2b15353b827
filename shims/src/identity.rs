//! Owns the first run after a yes by variable alone: the key, the checkout's folder, and `onramp.lock` with an id.
//!
//! Each file is whole before it has its name, and never takes a name that is taken: 50 first runs at once give one key
//! and one id. A lock that is there is never touched here: `onramp-analytics enable` can, with care.

use crate::consent::key;
use crate::paths::{Arena, checkout as names, state};
use crate::place::{Checkout, Person, digits_of, make_folders};
use crate::schema::{self, Sink};
use crate::sys::{self, Mode};

/// The checkout's digits; makes the key and the checkout's folder if they are not there.
pub fn folder(checkout: Checkout, person: &Person, arena: &mut Arena) -> Option<[u8; 16]> {
    let digits_of = || sys::with_scratch(|room| digits_of(checkout, person, room));
    let digits = digits_of().or_else(|| {
        make_folders(person.state, person, arena);
        let mut random = [0; 16];
        sys::random(&mut random).ok()?;
        put(person.state, state::KEY, &random, person, arena);
        digits_of()
    })?;
    make_folders(arena.keep(&[person.state, &digits])?.to_bytes(), person, arena);
    Some(digits)
}

/// Makes what [`folder`] makes, and a lock with an id if there is none. Whoever was first: what counts is what stands
/// there then.
pub fn make(checkout: Checkout, person: &Person, arena: &mut Arena) -> Option<()> {
    let digits = folder(checkout, person, arena)?;
    let mut random = [0; 16];
    sys::random(&mut random).ok()?;
    let mut text = Text { bytes: arena.take(256), length: 0 };
    text.put(key::ID.as_bytes());
    text.put(b"=");
    schema::uuid(random, &mut text);
    text.line(key::SCHEMA);
    schema::number(schema::VERSION.into(), &mut text);
    text.line(key::CHECKOUT);
    text.put(&digits);
    text.put(b"\n");
    put(checkout.way, names::CHOICE, &text.bytes[..text.length], person, arena);
    Some(())
}

/// Puts a file where none is: written under a name of our own first, then linked to its name.
fn put(folder: &[u8], name: &str, bytes: &[u8], person: &Person, arena: &mut Arena) {
    let mut own = [0; 64];
    let mut own = crate::paths::Path::new(&mut own, &[b"."]);
    own.add(name.as_bytes());
    own.add(b".");
    schema::number(sys::own_process().cast_unsigned().into(), &mut own);
    let (Some(own), Some(name)) = (arena.keep(&[folder, own.bytes()]), arena.keep(&[folder, name.as_bytes()])) else {
        return;
    };
    let Ok(file) = sys::open(sys::At::CURRENT, own, Mode::CREATE) else { return };
    let _ = file.give_to(person.user, u32::MAX);
    if file.write(bytes) == Ok(bytes.len()) {
        let _ = sys::link(own, name);
    }
    let _ = sys::unlink(own);
}

struct Text {
    bytes: &'static mut [u8],
    length: usize,
}

impl Text {
    fn line(&mut self, key: &str) {
        self.put(b"\n");
        self.put(key.as_bytes());
        self.put(b"=");
    }
}

impl Sink for Text {
    fn put(&mut self, bytes: &[u8]) {
        let end = self.length + bytes.len();
        if let Some(room) = self.bytes.get_mut(self.length..end) {
            room.copy_from_slice(bytes);
            self.length = end;
        }
    }
}
