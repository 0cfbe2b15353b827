//! Owns the way to the kernel, and all of the project's `unsafe`: system calls, the entry point, and the vectors that
//! the kernel laid out at the start of the stack.
//!
//! Refuses to decide anything. Only calls that exist on both x86-64 and aarch64 are used (`openat`, never `open`).
//! Semantics: the section 2 man pages of Linux; structures: the kernel's own (`asm/stat.h`, `asm/signal.h`).
#![expect(unsafe_code, reason = "the one file that talks to the kernel")]

use crate::bytes::{has_zero, zeroes};
use core::cell::UnsafeCell;
use core::ffi::CStr;
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicUsize, Ordering};
use syscalls::{Sysno, raw};

/// An error number of the kernel (errno(3)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Errno(pub i32);

#[expect(missing_docs, reason = "errno(3) explains them")]
impl Errno {
    pub const PERM: Self = Self(1);
    pub const NOENT: Self = Self(2);
    pub const INTR: Self = Self(4);
    pub const TOO_BIG: Self = Self(7);
    pub const NOEXEC: Self = Self(8);
    pub const AGAIN: Self = Self(11);
    pub const NOMEM: Self = Self(12);
    pub const ACCES: Self = Self(13);
    pub const EXIST: Self = Self(17);
    pub const NOTDIR: Self = Self(20);
    pub const MFILE: Self = Self(24);
    pub const CONNREFUSED: Self = Self(111);
}

type Answer<T> = Result<T, Errno>;

fn answer(value: usize) -> Answer<usize> {
    let signed = value.cast_signed();
    if (-4095..0).contains(&signed) { Err(Errno(-signed as i32)) } else { Ok(value) }
}

/// Bytes as the kernel takes them: nothing unless the last of them, and no other, is zero.
#[must_use]
pub fn c_str(bytes: &[u8]) -> Option<&CStr> {
    let (last, text) = bytes.split_last()?;
    // SAFETY: the last byte is zero, and no other.
    (*last == 0 && !has_zero(text)).then(|| unsafe { CStr::from_bytes_with_nul_unchecked(bytes) })
}

/// A string for the kernel under construction, in somebody's buffer: no zero byte but the one behind its end.
#[derive(Debug)]
pub struct Text<'b> {
    /// Nothing in it is zero up to `length`, and what stands there is, unless there is no room at all.
    buffer: &'b mut [u8],
    length: usize,
}

impl<'b> Text<'b> {
    /// An empty one.
    pub fn new(buffer: &'b mut [u8]) -> Self {
        let mut text = Self { buffer, length: 0 };
        text.cut(0);
        text
    }

    /// Adds bytes, behind a slash if there should be one. False, and nothing is added, if there is a zero among them or no
    /// room.
    pub fn add(&mut self, slash: bool, bytes: &[u8]) -> bool {
        let start = self.length + usize::from(slash);
        let Some([room @ .., end]) = self.buffer.get_mut(start..=start + bytes.len()) else { return false };
        // SAFETY: the room has their size.
        let is_text = unsafe { copy_text(room.as_mut_ptr(), bytes.as_ptr(), bytes.len()) } == 0;
        *end = 0;
        if is_text {
            if slash {
                self.buffer[self.length] = b'/';
            }
            self.length = start + bytes.len();
        } else {
            self.cut(self.length);
        }
        is_text
    }

    /// Takes away all behind a length.
    pub fn cut(&mut self, length: usize) {
        self.length = length.min(self.length);
        if let Some(end) = self.buffer.get_mut(self.length) {
            *end = 0;
        }
    }

    /// Without the final zero byte.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.buffer.get(..self.length).unwrap_or_default()
    }

    /// For the kernel; nothing if there is no room for its end.
    #[must_use]
    pub fn c_str(&self) -> Option<&CStr> {
        let bytes = self.buffer.get(..=self.length)?;
        // SAFETY: the last byte is zero, and no other.
        Some(unsafe { CStr::from_bytes_with_nul_unchecked(bytes) })
    }

    /// The same for as long as the buffer lives.
    #[must_use]
    pub fn into_c_str(self) -> Option<&'b CStr> {
        let bytes = self.buffer.get(..=self.length)?;
        // SAFETY: as above.
        Some(unsafe { CStr::from_bytes_with_nul_unchecked(bytes) })
    }
}

/// The path `parts[0]/parts[1]/...` for the kernel, put together in a buffer: empty parts are left out, and an absolute part
/// starts anew. Nothing if it does not fit, is empty or has a zero byte in it.
pub fn join<'b>(buffer: &'b mut [u8], parts: &[&[u8]]) -> Option<&'b CStr> {
    let (mut length, mut found) = (0, 0);
    for part in parts {
        match part.first() {
            None => continue,
            Some(b'/') => length = 0,
            Some(_) if matches!(buffer[..length].last(), None | Some(b'/')) => {}
            Some(_) => {
                *buffer.get_mut(length)? = b'/';
                length += 1;
            }
        }
        let room = buffer.get_mut(length..)?;
        if room.len() <= part.len() {
            return None;
        }
        // SAFETY: the room is larger than the part.
        found |= unsafe { copy_text(room.as_mut_ptr(), part.as_ptr(), part.len()) };
        length += part.len();
    }
    *buffer.get_mut(length)? = 0;
    let bytes = buffer.get(..=length).filter(|_| found == 0 && length > 0)?;
    // SAFETY: the last byte is zero, and no other.
    Some(unsafe { CStr::from_bytes_with_nul_unchecked(bytes) })
}

/// Copies bytes, and answers with something else than 0 if a zero is among them. Where there is a word at all, the last one
/// overlaps the one before.
///
/// # Safety
/// `count` bytes must be readable and writable.
unsafe fn copy_text(to: *mut u8, from: *const u8, count: usize) -> u64 {
    let mut found = 0;
    let mut at = 0;
    // SAFETY: the caller's promise.
    unsafe {
        if count >= WORD {
            let last = count - WORD;
            loop {
                let word = from.add(at).cast::<u64>().read_unaligned();
                to.add(at).cast::<u64>().write_unaligned(word);
                found |= zeroes(u64::from_le(word));
                at += WORD;
                if at >= last {
                    break;
                }
                stay_a_loop();
            }
            let word = from.add(last).cast::<u64>().read_unaligned();
            to.add(last).cast::<u64>().write_unaligned(word);
            return found | zeroes(u64::from_le(word));
        }
        while at < count {
            let byte = *from.add(at);
            *to.add(at) = byte;
            found |= u64::from(byte == 0);
            at += 1;
            stay_a_loop();
        }
    }
    found
}

/// What is looked at at once where a byte is looked for.
const WORD: usize = size_of::<u64>();

/// Makes a system call; the arguments beyond those it takes are ignored by the kernel.
///
/// # Safety
/// Pointers among the arguments must be valid for what the call reads and writes.
unsafe fn call(number: Sysno, a: usize, b: usize, c: usize, d: usize) -> Answer<usize> {
    // SAFETY: the caller's promise.
    answer(unsafe { raw::syscall4(number as usize, a, b, c, d) })
}

// ---- files ----------------------------------------------------------------------------------------------------

/// An open file, never inherited by what we start. Dropped it is only put aside: [`close_aside`] closes what was opened one
/// after the other by one call, and what nobody closes ends with this process.
#[derive(Debug)]
pub struct File(i32);

/// How a file is opened (open(2)); `O_CLOEXEC` is always added.
#[derive(Clone, Copy, Debug)]
pub struct Mode(usize);

// These two differ between the architectures, the rest does not (asm/fcntl.h).
#[cfg(target_arch = "x86_64")]
const DIRECTORY_NOFOLLOW: (usize, usize) = (0o200_000, 0o400_000);
#[cfg(target_arch = "aarch64")]
const DIRECTORY_NOFOLLOW: (usize, usize) = (0o40_000, 0o100_000);

impl Mode {
    /// Reading; never blocks on a fifo that somebody put in the place of a file.
    pub const READ: Self = Self(0o4_000);
    /// Reading a directory's entries.
    pub const LIST: Self = Self(DIRECTORY_NOFOLLOW.0);
    /// A directory itself, not one that a symbolic link leads to.
    pub const OWN_FOLDER: Self = Self(DIRECTORY_NOFOLLOW.0 | DIRECTORY_NOFOLLOW.1);
    /// Only a handle of a directory.
    pub const HANDLE: Self = Self(0o10_000_000 | DIRECTORY_NOFOLLOW.0);
    /// Appending to what is there; not through a symbolic link, and never waiting for a fifo's reader.
    pub const APPEND: Self = Self(0o1 | 0o2_000 | 0o4_000 | DIRECTORY_NOFOLLOW.1);
    /// The same; made if it is not there.
    pub const BEGIN: Self = Self(Self::APPEND.0 | 0o100);
    /// Made anew; an error if it is there.
    pub const CREATE: Self = Self(0o1 | 0o100 | 0o200 | DIRECTORY_NOFOLLOW.1);
}

/// Where a relative path begins.
#[derive(Clone, Copy, Debug)]
pub struct At(i32);

impl At {
    /// The current folder.
    pub const CURRENT: Self = Self(-100);
}

impl File {
    /// The file as the place where relative paths begin.
    #[must_use]
    pub fn at(&self) -> At {
        At(self.0)
    }

    /// The descriptor's number.
    #[must_use]
    pub fn number(&self) -> i32 {
        self.0
    }

    /// Reads until the buffer is full or the file ends; the count.
    ///
    /// # Errors
    /// read(2).
    pub fn read(&self, buffer: &mut [u8]) -> Answer<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            let rest = &mut buffer[filled..];
            // SAFETY: `rest` is writable for its length.
            match unsafe { call(Sysno::read, self.0 as usize, rest.as_mut_ptr() as usize, rest.len(), 0) }? {
                0 => break,
                count => filled += count,
            }
        }
        Ok(filled)
    }

    /// Reads a regular file in one call: the kernel gives all that fits. The count.
    ///
    /// # Errors
    /// read(2).
    pub fn read_once(&self, buffer: &mut [u8]) -> Answer<usize> {
        // SAFETY: `buffer` is writable for its length.
        unsafe { call(Sysno::read, self.0 as usize, buffer.as_mut_ptr() as usize, buffer.len(), 0) }
    }

    /// Writes in one call; the count may be smaller than asked for.
    ///
    /// # Errors
    /// write(2).
    pub fn write(&self, bytes: &[u8]) -> Answer<usize> {
        write(self.0, bytes)
    }

    /// What the kernel knows about it.
    ///
    /// # Errors
    /// fstat(2).
    pub fn stat(&self) -> Answer<Stat> {
        let mut raw = MaybeUninit::<RawStat>::uninit();
        // SAFETY: `raw` is the kernel's own structure, writable; the kernel fills it unless it fails.
        unsafe {
            call(Sysno::fstat, self.0 as usize, raw.as_mut_ptr() as usize, 0, 0)?;
            Ok(raw.assume_init_ref().into())
        }
    }

    /// Takes a shared lock without waiting; false if somebody holds it exclusively.
    #[must_use]
    pub fn lock_shared(&self) -> bool {
        // SAFETY: no pointers. 1 | 4 is LOCK_SH | LOCK_NB.
        unsafe { call(Sysno::flock, self.0 as usize, 1 | 4, 0, 0) }.is_ok()
    }

    /// Fills the buffer with directory entries; the count of bytes, 0 at the end.
    ///
    /// # Errors
    /// getdents64(2).
    pub fn entries(&self, buffer: &mut [u8]) -> Answer<usize> {
        // SAFETY: `buffer` is writable for its length.
        unsafe { call(Sysno::getdents64, self.0 as usize, buffer.as_mut_ptr() as usize, buffer.len(), 0) }
    }

    /// Gives the file to another owner.
    ///
    /// # Errors
    /// fchown(2).
    pub fn give_to(&self, owner: u32, group: u32) -> Answer<()> {
        // SAFETY: no pointers.
        unsafe { call(Sysno::fchown, self.0 as usize, owner as usize, group as usize, 0) }.map(drop)
    }
}

impl Drop for File {
    #[inline(never)]
    fn drop(&mut self) {
        let aside = &OURS.aside;
        let first = aside.first.load(Ordering::Relaxed);
        if self.0 != aside.end.load(Ordering::Relaxed) || self.0 - first == MOST_ASIDE {
            close_aside();
            aside.first.store(self.0, Ordering::Relaxed);
        }
        aside.end.store(self.0 + 1, Ordering::Relaxed);
    }
}

/// Descriptors that were put aside: these numbers, without the last.
struct Aside {
    first: AtomicI32,
    end: AtomicI32,
}

/// How many descriptors are put aside at most; the limit of them all may be small.
const MOST_ASIDE: i32 = 8;

/// Closes the files that were put aside.
pub fn close_aside() {
    let first = OURS.aside.first.load(Ordering::Relaxed);
    let end = OURS.aside.end.load(Ordering::Relaxed);
    OURS.aside.end.store(first, Ordering::Relaxed);
    // SAFETY: the descriptors are ours and are not used again.
    unsafe {
        if end - first > 1 && call(Sysno::close_range, first as usize, end as usize - 1, 0, 0).is_ok() {
            return;
        }
        // One alone; or before Linux 5.9.
        for fd in first..end {
            let _ = call(Sysno::close, fd as usize, 0, 0, 0);
        }
    }
}

/// Opens a file; a new one gets mode 0600.
///
/// # Errors
/// openat(2).
pub fn open(at: At, path: &CStr, mode: Mode) -> Answer<File> {
    const CLOSE_ON_EXEC: usize = 0o2_000_000;
    // SAFETY: `path` ends with a zero byte.
    let open = || unsafe { call(Sysno::openat, at.0 as usize, path.as_ptr() as usize, mode.0 | CLOSE_ON_EXEC, 0o600) };
    let opened = open().or_else(|error| match error {
        // Few descriptors are allowed, and what was put aside has them.
        Errno::MFILE => {
            close_aside();
            open()
        }
        _ => Err(error),
    });
    Ok(File(opened? as i32))
}

/// Writes to standard error; whether all of it was written. What was put aside is closed first: where the caller closed
/// standard error, a file of ours may have got its number, and the words would go into that file.
pub fn say(parts: &[&[u8]]) -> bool {
    close_aside();
    parts.iter().all(|part| write(2, part) == Ok(part.len()))
}

fn write(fd: i32, bytes: &[u8]) -> Answer<usize> {
    // SAFETY: `bytes` is readable for its length.
    unsafe { call(Sysno::write, fd as usize, bytes.as_ptr() as usize, bytes.len(), 0) }
}

/// What the kernel knows about a file.
#[derive(Clone, Copy, Debug, Default)]
#[expect(missing_docs, reason = "inode(7) explains them")]
pub struct Stat {
    pub device: u64,
    pub inode: u64,
    pub mode: u32,
    pub links: u64,
    pub owner: u32,
    pub group: u32,
    pub size: u64,
    /// Seconds since 1970-01-01, and nanoseconds.
    pub modified: [i64; 2],
}

impl Stat {
    /// Whether it is a regular file.
    #[must_use]
    pub const fn is_file(&self) -> bool {
        self.mode & 0o170_000 == 0o100_000
    }

    /// Whether it is a directory.
    #[must_use]
    pub const fn is_folder(&self) -> bool {
        self.mode & 0o170_000 == 0o040_000
    }
}

/// `struct stat` of asm/stat.h.
#[cfg(target_arch = "x86_64")]
#[repr(C)]
struct RawStat {
    device: u64,
    inode: u64,
    links: u64,
    mode: u32,
    owner: u32,
    group: u32,
    _pad: u32,
    _special: u64,
    size: i64,
    _block: [i64; 2],
    _accessed: [i64; 2],
    modified: [i64; 2],
    _changed: [i64; 2],
    _unused: [i64; 3],
}

/// `struct stat` of asm-generic/stat.h.
#[cfg(target_arch = "aarch64")]
#[repr(C)]
struct RawStat {
    device: u64,
    inode: u64,
    mode: u32,
    links: u32,
    owner: u32,
    group: u32,
    _special: u64,
    _pad: u64,
    size: i64,
    _block: [i64; 2],
    _accessed: [i64; 2],
    modified: [i64; 2],
    _changed: [i64; 2],
    _unused: [u32; 2],
}

impl From<&RawStat> for Stat {
    #[expect(clippy::useless_conversion, reason = "the count of links is narrower on aarch64")]
    fn from(raw: &RawStat) -> Self {
        Self {
            device: raw.device,
            inode: raw.inode,
            mode: raw.mode,
            links: raw.links.into(),
            owner: raw.owner,
            group: raw.group,
            size: raw.size.cast_unsigned(),
            modified: raw.modified,
        }
    }
}

/// What the kernel knows about a path; about the link itself unless it is followed.
///
/// # Errors
/// newfstatat(2).
pub fn stat(at: At, path: &CStr, follow: bool) -> Answer<Stat> {
    const NO_FOLLOW: usize = 0x100;
    let mut raw = MaybeUninit::<RawStat>::uninit();
    let flags = if follow { 0 } else { NO_FOLLOW };
    // SAFETY: `path` ends with a zero byte; `raw` is the kernel's own structure, writable, and filled unless it fails.
    unsafe {
        call(NEWFSTATAT, at.0 as usize, path.as_ptr() as usize, raw.as_mut_ptr() as usize, flags)?;
        Ok(raw.assume_init_ref().into())
    }
}

#[cfg(target_arch = "x86_64")]
const NEWFSTATAT: Sysno = Sysno::newfstatat;
#[cfg(target_arch = "aarch64")]
const NEWFSTATAT: Sysno = Sysno::fstatat;

/// Reads a symbolic link into the buffer; the count.
///
/// # Errors
/// readlinkat(2).
pub fn read_link(path: &CStr, buffer: &mut [u8]) -> Answer<usize> {
    let (to, room) = (buffer.as_mut_ptr() as usize, buffer.len());
    // SAFETY: `path` ends with a zero byte; `buffer` is writable for its length.
    unsafe { call(Sysno::readlinkat, At::CURRENT.0 as usize, path.as_ptr() as usize, to, room) }
}

/// Makes a folder with mode 0700.
///
/// # Errors
/// mkdirat(2).
pub fn make_folder(path: &CStr) -> Answer<()> {
    // SAFETY: `path` ends with a zero byte.
    unsafe { call(Sysno::mkdirat, At::CURRENT.0 as usize, path.as_ptr() as usize, 0o700, 0) }.map(drop)
}

/// Gives a file a second name; an error if that is taken.
///
/// # Errors
/// linkat(2).
pub fn link(old: &CStr, new: &CStr) -> Answer<()> {
    let current = At::CURRENT.0 as usize;
    let (old, new) = (old.as_ptr() as usize, new.as_ptr() as usize);
    // SAFETY: both paths end with a zero byte.
    answer(unsafe { raw::syscall5(Sysno::linkat as usize, current, old, current, new, 0) }).map(drop)
}

/// Removes a name.
///
/// # Errors
/// unlinkat(2).
pub fn unlink(path: &CStr) -> Answer<()> {
    // SAFETY: `path` ends with a zero byte.
    unsafe { call(Sysno::unlinkat, At::CURRENT.0 as usize, path.as_ptr() as usize, 0, 0) }.map(drop)
}

/// The current folder's path, without the final zero byte.
///
/// # Errors
/// getcwd(2).
pub fn current_folder(buffer: &mut [u8]) -> Answer<&[u8]> {
    // SAFETY: `buffer` is writable for its length.
    let count = unsafe { call(Sysno::getcwd, buffer.as_mut_ptr() as usize, buffer.len(), 0, 0) }?;
    buffer.get(..count.saturating_sub(1)).filter(|path| path.first() == Some(&b'/')).ok_or(Errno::NOENT)
}

// ---- time and chance ------------------------------------------------------------------------------------------

/// A clock of clock_gettime(2).
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// Never set back; for durations.
    Steady = 1,
    /// The calendar, by the same tick that dates files.
    Calendar = 5,
}

/// Nanoseconds on a clock; 0 if the kernel refuses.
#[must_use]
pub fn now(clock: Clock) -> u64 {
    let mut time = [0_u64; 2];
    // SAFETY: `time` has the layout of struct timespec, writable.
    let _ = unsafe { call(Sysno::clock_gettime, clock as usize, time.as_mut_ptr() as usize, 0, 0) };
    time[0].wrapping_mul(1_000_000_000).wrapping_add(time[1])
}

/// Fills the buffer (up to 256 bytes) with random bytes.
///
/// # Errors
/// getrandom(2).
pub fn random(buffer: &mut [u8]) -> Answer<()> {
    // SAFETY: `buffer` is writable for its length.
    let count = unsafe { call(Sysno::getrandom, buffer.as_mut_ptr() as usize, buffer.len(), 0, 0) }?;
    if count == buffer.len() { Ok(()) } else { Err(Errno::AGAIN) }
}

// ---- the engine's socket --------------------------------------------------------------------------------------

/// Connects to a Unix socket and hangs up; never waits.
///
/// # Errors
/// connect(2); `AGAIN` means that somebody listens but is busy.
pub fn knock(path: &[u8]) -> Answer<()> {
    const STREAM_NONBLOCK_CLOEXEC: usize = 1 | 0o4_000 | 0o2_000_000;
    let mut address = [0_u8; 110];
    address[..2].copy_from_slice(&1_u16.to_ne_bytes());
    let room = address.get_mut(2..2 + path.len()).filter(|_| path.len() < 108).ok_or(Errno::NOENT)?;
    room.copy_from_slice(path);
    // SAFETY: no pointers. 1 is AF_UNIX.
    let socket = File(unsafe { call(Sysno::socket, 1, STREAM_NONBLOCK_CLOEXEC, 0, 0) }? as i32);
    // SAFETY: `address` has the layout of struct sockaddr_un.
    unsafe { call(Sysno::connect, socket.0 as usize, address.as_ptr() as usize, address.len(), 0) }.map(drop)
}

// ---- processes and signals ------------------------------------------------------------------------------------

/// A signal's number (signal(7)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal(pub u8);

#[expect(missing_docs, reason = "signal(7) explains them")]
impl Signal {
    pub const HUP: Self = Self(1);
    pub const INT: Self = Self(2);
    pub const QUIT: Self = Self(3);
    pub const KILL: Self = Self(9);
    pub const PIPE: Self = Self(13);
    pub const TERM: Self = Self(15);
    pub const CHLD: Self = Self(17);
    pub const CONT: Self = Self(18);
    pub const STOP: Self = Self(19);
    pub const TSTP: Self = Self(20);
    pub const TTIN: Self = Self(21);
    pub const TTOU: Self = Self(22);
    pub const WINCH: Self = Self(28);

    /// This signal alone, as a mask.
    #[must_use]
    pub const fn mask(self) -> u64 {
        1 << (self.0 - 1)
    }
}

/// Every signal.
pub const ALL_SIGNALS: u64 = !0;

/// Sets the signal mask; the one before.
pub fn set_mask(mask: u64) -> u64 {
    let mut before = 0_u64;
    // SAFETY: both masks are 8 bytes. 2 is SIG_SETMASK.
    let _ = unsafe {
        call(Sysno::rt_sigprocmask, 2, (&raw const mask) as usize, (&raw mut before) as usize, size_of::<u64>())
    };
    before
}

/// Takes signals from the mask.
fn unblock(signals: u64) {
    // SAFETY: the mask is 8 bytes. 1 is SIG_UNBLOCK.
    let _ = unsafe { call(Sysno::rt_sigprocmask, 1, (&raw const signals) as usize, 0, size_of::<u64>()) };
}

/// `struct kernel_sigaction`: handler, flags, restorer, mask.
type Action = [usize; 4];
const DEFAULT: Action = [0; 4];
const IGNORE: Action = [1, 0, 0, 0];

fn action(signal: Signal, new: Option<&Action>) -> Action {
    let mut old = DEFAULT;
    let new = new.map_or(0, |action| action.as_ptr() as usize);
    // SAFETY: both structures are the kernel's own; 8 is the size of the mask.
    let _ = unsafe { call(Sysno::rt_sigaction, usize::from(signal.0), new, old.as_mut_ptr() as usize, 8) };
    old
}

/// Lets a child's status be waited for, whatever the caller wished (it may ignore SIGCHLD, and then waiting fails);
/// answers whether the child has to be given that wish back.
#[must_use]
pub fn hear_of_children() -> bool {
    const NO_ZOMBIES: usize = 2;
    let old = action(Signal::CHLD, None);
    if old[0] == IGNORE[0] || old[1] & NO_ZOMBIES != 0 {
        action(Signal::CHLD, Some(&DEFAULT));
    }
    old[0] == IGNORE[0]
}

/// A signal that came, and all that the kernel tells of it (siginfo_t).
#[derive(Debug)]
pub struct Arrival {
    /// Which it is.
    pub signal: Signal,
    info: [i32; 32],
}

impl Arrival {
    /// Whether the kernel sent it (for a terminal, a timer, a child), and not a process.
    #[must_use]
    pub fn is_from_kernel(&self) -> bool {
        self.code() > 0
    }

    /// Whether it tells that a child goes on (CLD_CONTINUED of sigaction(2)).
    #[must_use]
    pub fn tells_of_going_on(&self) -> bool {
        self.code() == 6
    }

    /// Sends the same to a process. What was queued keeps what it carries and names its sender (sigqueue(3)); of what
    /// kill(2) sent the kernel lets nobody tell another sender than this process.
    pub fn pass_on(&self, process: i32) {
        let (number, info) = (usize::from(self.signal.0), self.info.as_ptr() as usize);
        // SAFETY: `info` has the 128 bytes of siginfo_t.
        let is_sent =
            self.code() < 0 && unsafe { call(Sysno::rt_sigqueueinfo, process as usize, number, info, 0) }.is_ok();
        if !is_sent {
            let _ = kill(process, self.signal.0);
        }
    }

    fn code(&self) -> i32 {
        self.info[2]
    }
}

/// Waits for a signal of the mask.
///
/// # Errors
/// rt_sigtimedwait(2).
pub fn next_signal(mask: u64) -> Answer<Arrival> {
    let mut info = MaybeUninit::<[i32; 32]>::uninit();
    // SAFETY: the mask is 8 bytes; `info` has the 128 bytes of siginfo_t, all of which the kernel fills.
    unsafe {
        let mask = (&raw const mask) as usize;
        let signal = call(Sysno::rt_sigtimedwait, mask, info.as_mut_ptr() as usize, 0, size_of::<u64>())?;
        Ok(Arrival { signal: Signal(signal as u8), info: info.assume_init() })
    }
}

/// Sends a signal.
///
/// # Errors
/// kill(2).
pub fn kill(process: i32, signal: u8) -> Answer<()> {
    // SAFETY: no pointers.
    unsafe { call(Sysno::kill, process as usize, usize::from(signal), 0, 0) }.map(drop)
}

/// Whether a process is there.
#[must_use]
pub fn is_alive(process: i32) -> bool {
    process > 0 && matches!(kill(process, 0), Ok(()) | Err(Errno::PERM))
}

/// This process. The kernel is asked once.
#[must_use]
pub fn own_process() -> i32 {
    let known = OURS.process.load(Ordering::Relaxed);
    if known != 0 {
        return known;
    }
    // SAFETY: no pointers.
    let process = unsafe { call(Sysno::getpid, 0, 0, 0, 0) }.map_or(0, |pid| pid as i32);
    OURS.process.store(process, Ordering::Relaxed);
    process
}

/// What became of a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    None,
    /// It exited with this code.
    Exited(u8),
    /// A signal ended it.
    Killed(Signal),
    /// A signal stopped it.
    Stopped(Signal),
    /// It goes on.
    Continued,
}

/// How to wait for a child (wait4(2)).
#[derive(Clone, Copy, Debug)]
pub enum Wait {
    /// For its end.
    End = 0,
    /// Not at all; tells of stops.
    Poll = 1 | 2,
    /// Not at all; tells of going on.
    PollContinued = 1 | 8,
}

/// Asks what became of a child.
///
/// # Errors
/// wait4(2).
pub fn wait(child: i32, how: Wait) -> Answer<Change> {
    let mut status = 0_i32;
    // SAFETY: `status` is writable; no usage is asked for.
    let who = unsafe { call(Sysno::wait4, child as usize, (&raw mut status) as usize, how as usize, 0) }?;
    let high = (status >> 8 & 0xff) as u8;
    Ok(match (who, status & 0x7f) {
        (0, _) => Change::None,
        _ if status == 0xffff => Change::Continued,
        (_, 0) => Change::Exited(high),
        (_, 0x7f) => Change::Stopped(Signal(high)),
        (_, signal) => Change::Killed(Signal(signal as u8)),
    })
}

/// Whether this process is its session's leader: the one that a terminal's end is told to.
#[must_use]
pub fn leads_session() -> bool {
    // SAFETY: no pointers.
    let session = unsafe { call(Sysno::getsid, 0, 0, 0, 0) };
    session == Ok(own_process() as usize)
}

/// Whether a process (0 is this one) is in the foreground group of the terminal that we have, if we have one.
#[must_use]
pub fn is_in_foreground(process: i32) -> bool {
    const GET_FOREGROUND_GROUP: usize = 0x540f;
    let Ok(terminal) = open(At::CURRENT, c"/dev/tty", Mode::READ) else { return false };
    let mut group = 0_i32;
    // SAFETY: `group` is writable.
    let asked = unsafe { call(Sysno::ioctl, terminal.0 as usize, GET_FOREGROUND_GROUP, (&raw mut group) as usize, 0) };
    // SAFETY: no pointers.
    asked.is_ok() && unsafe { call(Sysno::getpgid, process as usize, 0, 0, 0) } == Ok(group as usize)
}

/// Whether a descriptor is a terminal (isatty(3)).
#[must_use]
pub fn is_terminal(fd: i32) -> bool {
    const GET_ATTRIBUTES: usize = 0x5401;
    let mut attributes = [0_u8; 64];
    // SAFETY: the kernel's struct termios has 36 bytes, `attributes` is longer.
    unsafe { call(Sysno::ioctl, fd as usize, GET_ATTRIBUTES, attributes.as_mut_ptr() as usize, 0) }.is_ok()
}

/// Stops this process as a signal would; returns when it goes on. The signal is sent while it is blocked, so that it
/// and the terminal's own, which may still wait, are one: two would stop us twice.
pub fn stop_self(signal: Signal) {
    let old = if signal == Signal::STOP { DEFAULT } else { action(signal, Some(&DEFAULT)) };
    let _ = kill(own_process(), signal.0);
    let mask = set_mask(ALL_SIGNALS & !signal.mask());
    if old != DEFAULT {
        action(signal, Some(&old));
    }
    set_mask(mask);
}

/// Ends this process with an exit code.
pub fn exit(code: u8) -> ! {
    loop {
        // SAFETY: no pointers; it does not return.
        let _ = unsafe { call(Sysno::exit_group, usize::from(code), 0, 0, 0) };
    }
}

/// Ends this process by a signal, as the command ended; without a core file of our own. As process 1, which the kernel
/// protects from its own signals, with the code that a shell would show.
pub fn die(signal: Signal) -> ! {
    const SET_DUMPABLE: usize = 4;
    const DUMPS_CORE: u64 = 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 10 | 1 << 23 | 1 << 24 | 1 << 30;
    if DUMPS_CORE & signal.mask() != 0 {
        // SAFETY: no pointers.
        let _ = unsafe { call(Sysno::prctl, SET_DUMPABLE, 0, 0, 0) };
    }
    action(signal, Some(&DEFAULT));
    let _ = kill(own_process(), signal.0);
    set_mask(ALL_SIGNALS & !signal.mask());
    exit(128 + signal.0)
}

// ---- argv and environment -------------------------------------------------------------------------------------

/// Strings that the kernel laid out at the start of the stack: they live as long as the process.
#[derive(Clone, Copy, Debug)]
pub struct Strings {
    first: *const *const u8,
    count: usize,
}

impl Strings {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The first byte of the string at a place: 0 if it is empty. Costs nothing, while a string's length is counted.
    #[must_use]
    pub fn first_byte(&self, place: usize) -> u8 {
        if place >= self.count {
            return 0;
        }
        // SAFETY: `place` is inside the vector, and each of its strings has at least its final zero byte.
        unsafe { **self.first.add(place) }
    }

    /// The string at a place, without its final zero byte.
    #[must_use]
    pub fn get(&self, place: usize) -> Option<&'static [u8]> {
        if place >= self.count {
            return None;
        }
        // SAFETY: `place` is inside the vector, and each of its strings ends with a zero byte and is never freed.
        Some(unsafe { CStr::from_ptr((*self.first.add(place)).cast()) }.to_bytes())
    }
}

/// What the kernel handed over: command line, environment, and who we are.
///
/// The vectors are changed in place, so that no memory is needed for the marker or for a script's shell. [`entry!`]
/// leaves [`SPARE`] free slots below them.
#[derive(Debug)]
pub struct Start {
    words: *mut *const u8,
    word_count: usize,
    entries: *mut *const u8,
    entry_count: usize,
    /// Whether the first entry of the environment is our marker.
    marked: bool,
    /// The effective user.
    pub person: u32,
    /// The path under which the kernel found this program: what execve(2) was called with.
    pub program: Option<&'static [u8]>,
}

/// Free slots below the vectors: one for the marker, one for a script's shell.
pub const SPARE: usize = 4;

impl Start {
    /// Reads the initial stack: count, words, null, environment, null, auxiliary vector (the System V ABI's process
    /// initialization).
    ///
    /// # Safety
    /// `stack` must be the stack pointer at entry, with [`SPARE`] writable slots below; only once in a process.
    #[must_use]
    pub unsafe fn of_stack(stack: *mut usize) -> Self {
        const EFFECTIVE_USER: usize = 12;
        const PROGRAM: usize = 31;
        // A page of zeroes that is read before it is written to is mapped twice.
        OURS.is_taken.store(false, Ordering::Relaxed);
        // SAFETY: the ABI's layout; each vector ends with a null.
        unsafe {
            let word_count = *stack;
            let words = stack.add(1).cast::<*const u8>();
            let entries = words.add(word_count + 1);
            let mut entry_count = 0;
            while !(*entries.add(entry_count)).is_null() {
                entry_count += 1;
            }
            let mut auxiliary = entries.add(entry_count + 1).cast::<[usize; 2]>();
            let (mut person, mut program) = (u32::MAX, None);
            while (*auxiliary)[0] != 0 {
                match *auxiliary {
                    [EFFECTIVE_USER, user] => person = user as u32,
                    [PROGRAM, path] => program = Some(CStr::from_ptr(path as *const _).to_bytes()),
                    _ => {}
                }
                auxiliary = auxiliary.add(1);
            }
            Self { words, word_count, entries, entry_count, marked: false, person, program }
        }
    }

    /// The command line.
    #[must_use]
    pub fn words(&self) -> Strings {
        Strings { first: self.words, count: self.word_count }
    }

    /// The environment.
    #[must_use]
    pub fn entries(&self) -> Strings {
        Strings { first: self.entries, count: self.entry_count }
    }

    /// Adds an entry `NAME=value` to the environment, or puts it in the place of one of that name.
    pub fn mark(&mut self, entry: &'static CStr, replaces: bool) {
        let old = if replaces { self.same_name(entry) } else { None };
        // SAFETY: `old` is inside the vector. Otherwise the words move down by one into a spare slot, and the null
        // between the vectors moves with them: its old slot is the new entry's.
        unsafe {
            if let Some(place) = old {
                *self.entries.add(place) = entry.as_ptr().cast();
                return;
            }
            core::ptr::copy(self.words, self.words.sub(1), self.word_count + 1);
            self.words = self.words.sub(1);
            self.entries = self.entries.sub(1);
            *self.entries = entry.as_ptr().cast();
            self.entry_count += 1;
            self.marked = true;
        }
    }

    /// The place of the entry with the same name.
    #[cold]
    fn same_name(&self, entry: &CStr) -> Option<usize> {
        let name = entry.to_bytes().split_inclusive(|b| *b == b'=').next()?;
        (0..self.entry_count).find(|place| self.entries().get(*place).is_some_and(|e| e.starts_with(name)))
    }

    /// Takes the marker out again; false if there was none to take.
    fn unmark(&mut self) -> bool {
        if self.marked {
            // SAFETY: the marker is the first entry; the slot before the environment need not be null for execve(2).
            self.entries = unsafe { self.entries.add(1) };
            self.entry_count -= 1;
        }
        core::mem::take(&mut self.marked)
    }

    /// Becomes the program at `path`. Returns only if it can't.
    pub fn become_program(&mut self, path: &CStr) -> Errno {
        let mut errno = self.execute(path);
        if errno == Errno::TOO_BIG && self.unmark() {
            errno = self.execute(path);
        }
        if errno == Errno::NOEXEC && self.word_count > 0 {
            // A script without `#!`: what a shell does.
            // SAFETY: there is a spare slot before the words; the first word's slot takes the script's path. Where there is
            // no shell either, all is as it was: another program may be tried.
            unsafe {
                let typed = self.words.replace(path.as_ptr().cast());
                self.words = self.words.sub(1);
                *self.words = c"/bin/sh".as_ptr().cast();
                self.execute(c"/bin/sh");
                self.words = self.words.add(1);
                *self.words = typed;
            }
        }
        errno
    }

    fn execute(&self, path: &CStr) -> Errno {
        // SAFETY: `path` ends with a zero byte, both vectors with a null.
        let done =
            unsafe { call(Sysno::execve, path.as_ptr() as usize, self.words as usize, self.entries as usize, 0) };
        done.err().unwrap_or(Errno::NOEXEC)
    }

    /// Starts the program at `path` as a child that dies with us, with this signal mask, and with SIGCHLD ignored if
    /// the caller ignored it. `until_end` waits for its end: until the child is the program it uses our memory, and is
    /// a process like any other. Who sleeps meanwhile, as after vfork(2), can't stop with it when it is stopped, and
    /// a terminal waits for ever.
    ///
    /// # Errors
    /// Why the program could not be started.
    pub fn spawn<T>(
        &mut self,
        path: &CStr,
        mask: u64,
        ignore_children: bool,
        until_end: impl FnOnce(i32) -> T,
    ) -> Answer<T> {
        let parent = own_process();
        let kind = Kind::Command { start: self, path, mask, ignore_children, parent };
        let mut birth = Birth { kind, failed: AtomicI32::new(0) };
        // That there can be no process is always the same error, so that it can't be taken for one of the program's.
        let sleep = if is_in_valgrind() { SLEEP } else { 0 };
        let flags = SHARE_MEMORY | sleep | Signal::CHLD.0 as usize;
        let child = birth.clone_process(flags).map_err(|_| Errno::AGAIN)?;
        let end = until_end(child);
        match birth.failed.load(Ordering::Relaxed) {
            0 => Ok(end),
            errno => Err(Errno(errno)),
        }
    }
}

/// What a child does first; lives in the parent's memory, which both share until the child is another program.
struct Birth<'a> {
    kind: Kind<'a>,
    /// Why it could not become another program (errno); 0 as long as it can.
    failed: AtomicI32,
}

enum Kind<'a> {
    Command { start: &'a mut Start, path: &'a CStr, mask: u64, ignore_children: bool, parent: i32 },
    Sender { words: [*const u8; WORDS], entries: *const *const u8 },
}

/// The most words of a sender's command line, with the final null.
const WORDS: usize = 6;

/// CLONE_VM: no memory is copied.
const SHARE_MEMORY: usize = 0x100;
/// CLONE_VFORK: the parent sleeps until the child is another program.
const SLEEP: usize = 0x4000;

/// Whether valgrind runs this program. It gives up where memory is shared by who does not sleep, and makes a fork of what
/// does. Asked by instructions that do nothing anywhere else (valgrind.h, RUNNING_ON_VALGRIND).
#[cfg(target_arch = "x86_64")]
fn is_in_valgrind() -> bool {
    let request: [u64; 6] = [0x1001, 0, 0, 0, 0, 0];
    let mut answer = 0_u64;
    // SAFETY: the rotations make a whole turn, and the exchange is of a register with itself.
    unsafe {
        core::arch::asm!(
            "rol rdi, 3",
            "rol rdi, 13",
            "rol rdi, 61",
            "rol rdi, 51",
            "xchg rbx, rbx",
            in("rax") request.as_ptr(),
            inlateout("rdx") answer,
            options(nostack),
        );
    }
    answer != 0
}

/// Not asked here: its instructions are others, and this machine is untried.
#[cfg(target_arch = "aarch64")]
const fn is_in_valgrind() -> bool {
    false
}

impl Birth<'_> {
    /// clone(2) with shared memory. The child has a stack of its own and never returns, so the parent's frames stay as
    /// they are.
    fn clone_process(&mut self, flags: usize) -> Answer<i32> {
        let top = OURS.child_stack.get() as usize + STACK;
        let me = core::ptr::from_mut(self);
        let pid: usize;
        // SAFETY: the child runs `first_steps` on its own stack and leaves by execve or exit; the parent goes on behind
        // the label with its registers and stack untouched.
        #[cfg(target_arch = "x86_64")]
        unsafe {
            core::arch::asm!(
                "syscall",
                "test rax, rax",
                "jnz 2f",
                "xor ebp, ebp",
                "mov rdi, r12",
                "call {first_steps}",
                "ud2",
                "2:",
                first_steps = sym first_steps,
                inlateout("rax") Sysno::clone as usize => pid,
                in("rdi") flags,
                in("rsi") top,
                in("rdx") 0,
                in("r10") 0,
                in("r8") 0,
                in("r12") me,
                out("rcx") _,
                out("r11") _,
            );
        }
        // SAFETY: as above.
        #[cfg(target_arch = "aarch64")]
        unsafe {
            core::arch::asm!(
                "svc 0",
                "cbnz x0, 2f",
                "mov x29, 0",
                "mov x0, x20",
                "bl {first_steps}",
                "brk 1",
                "2:",
                first_steps = sym first_steps,
                inlateout("x0") flags => pid,
                in("x1") top,
                in("x2") 0,
                in("x3") 0,
                in("x4") 0,
                in("x8") Sysno::clone as usize,
                in("x20") me,
                out("x30") _,
            );
        }
        answer(pid).map(|pid| pid as i32)
    }
}

/// What the child does between clone and execve.
extern "C" fn first_steps(birth: *mut Birth<'_>) -> ! {
    // SAFETY: the parent waits, and its frame with the Birth lives.
    let birth = unsafe { &mut *birth };
    let errno = match &mut birth.kind {
        Kind::Command { start, path, mask, ignore_children, parent } => {
            die_with_parent(*parent);
            if *ignore_children {
                action(Signal::CHLD, Some(&IGNORE));
            }
            set_mask(*mask);
            start.become_program(path)
        }
        Kind::Sender { words, entries } => detach(words, *entries),
    };
    birth.failed.store(errno.0, Ordering::Relaxed);
    exit(127)
}

/// Asks for SIGKILL when the parent ends; if it has ended already, there is nobody left to run for.
fn die_with_parent(parent: i32) {
    const SET_PARENT_DEATH_SIGNAL: usize = 1;
    // SAFETY: no pointers.
    unsafe {
        let _ = call(Sysno::prctl, SET_PARENT_DEATH_SIGNAL, usize::from(Signal::KILL.0), 0, 0);
        let now = call(Sysno::getppid, 0, 0, 0, 0);
        // A parent outside of the child's PID namespace (`unshare -p`) has no number there.
        if now != Ok(parent as usize) && now != Ok(0) {
            exit(128 + Signal::KILL.0);
        }
    }
}

/// Starts a program that has nothing to do with this process any more: own session, no inherited descriptor, folder
/// `/`, no blocked or ignored signals. `words` are its command line, the first of them its path. Nobody waits for it:
/// it shares this process's memory until it is another program, also if this process has ended by then, so this is the
/// last thing to do. Works once.
pub fn send_off(words: &[&'static CStr], start: &Start) {
    if was_set(&OURS.is_sent_off) {
        return;
    }
    let mut vector = [core::ptr::null(); WORDS];
    for (slot, word) in vector.iter_mut().zip(words).take(WORDS - 1) {
        *slot = word.as_ptr().cast();
    }
    let kind = Kind::Sender { words: vector, entries: start.entries };
    // SAFETY: the flag lets one caller in, once. The birth stands there and not here, since it outlives this function.
    let birth = unsafe { (*OURS.sender.get()).write(Birth { kind, failed: AtomicI32::new(0) }) };
    let _ = birth.clone_process(SHARE_MEMORY);
}

fn detach(words: &[*const u8; WORDS], entries: *const *const u8) -> Errno {
    const UNBLOCK_NONE: u64 = 0;
    // SAFETY: the vectors end as execve(2) wants them; the other calls take no pointers but `c"/"`.
    unsafe {
        let _ = call(Sysno::setsid, 0, 0, 0, 0);
        let _ = call(Sysno::chdir, c"/".as_ptr() as usize, 0, 0, 0);
        if call(Sysno::close_range, 0, u32::MAX as usize, 0, 0).is_err() {
            // Before Linux 5.9: the descriptors that anybody is likely to have.
            for fd in 0..1024 {
                let _ = call(Sysno::close, fd, 0, 0, 0);
            }
        }
        for signal in 1..=31 {
            action(Signal(signal), Some(&DEFAULT));
        }
        set_mask(UNBLOCK_NONE);
        let done = call(Sysno::execve, words[0] as usize, words.as_ptr() as usize, entries as usize, 0);
        done.err().unwrap_or(Errno::NOEXEC)
    }
}

// ---- memory ---------------------------------------------------------------------------------------------------

/// Beside the stack, all that we write to. All zero at first: then the file holds none of it. It is in one place on
/// purpose: what is used lies side by side at the end of the child's stack and behind it, so that few pages are ever
/// touched. Each costs as much as many instructions. The linker puts it at a page's start.
#[repr(C, align(64))]
struct Ours {
    child_stack: UnsafeCell<[u8; STACK]>,
    last: Last,
    process: AtomicI32,
    aside: Aside,
    sender: UnsafeCell<MaybeUninit<Birth<'static>>>,
    is_sent_off: AtomicBool,
    is_lent: AtomicBool,
    is_taken: AtomicBool,
    memory: UnsafeCell<[u8; MEMORY]>,
    scratch: UnsafeCell<[u8; SCRATCH]>,
}

/// The child's stack until it is another program. Its upper end, which is all that is used, shares a page with the rest.
const STACK: usize = 4096 + 1024;

/// Room for a path or the start of a file, used again and again: a fresh buffer on the stack would be cleared each time.
const SCRATCH: usize = 4096;

/// All the memory that is handed out. Untouched pages cost nothing.
const MEMORY: usize = 512 * 1024;

// SAFETY: the child's stack is used by one child at a time: the parent waits until that child has ended. The
// sender is written once, by `send_off`; the scratch buffer is lent to one borrower at a time, and the memory handed out
// once.
unsafe impl Sync for Ours {}

static OURS: Ours = Ours {
    child_stack: UnsafeCell::new([0; STACK]),
    last: Last {
        path: AtomicPtr::new(core::ptr::null_mut()),
        start: AtomicPtr::new(core::ptr::null_mut()),
        child: AtomicI32::new(0),
        unblocked: AtomicUsize::new(0),
        end: AtomicI32::new(0),
    },
    process: AtomicI32::new(0),
    aside: Aside { first: AtomicI32::new(0), end: AtomicI32::new(0) },
    sender: UnsafeCell::new(MaybeUninit::zeroed()),
    is_sent_off: AtomicBool::new(false),
    is_lent: AtomicBool::new(false),
    is_taken: AtomicBool::new(false),
    memory: UnsafeCell::new([0; MEMORY]),
    scratch: UnsafeCell::new([0; SCRATCH]),
};

/// The memory, once; nothing the second time.
pub fn memory() -> &'static mut [u8] {
    if was_set(&OURS.is_taken) {
        return &mut [];
    }
    // SAFETY: the flag gives it to the first caller only.
    unsafe { &mut *OURS.memory.get() }
}

/// Lends the scratch buffer; whoever asks while it is lent gets an empty one, in which nothing fits.
pub fn with_scratch<T>(borrow: impl FnOnce(&mut [u8]) -> T) -> T {
    if was_set(&OURS.is_lent) {
        return borrow(&mut []);
    }
    // SAFETY: the flag gives it to one borrower, until it is taken back below.
    let answer = borrow(unsafe { &mut *OURS.scratch.get() });
    OURS.is_lent.store(false, Ordering::Relaxed);
    answer
}

/// Sets a flag; whether it was set already. There is one thread, so a load and a store do: on aarch64 an exchange in one
/// step is a function that asks libc which processor this is, and there is no libc.
fn was_set(flag: &AtomicBool) -> bool {
    let before = flag.load(Ordering::Relaxed);
    flag.store(true, Ordering::Relaxed);
    before
}

/// The aligned part of some memory as numbers.
pub fn as_numbers(memory: &mut [u8]) -> &mut [u64] {
    // SAFETY: every pattern of bytes is a number.
    unsafe { memory.align_to_mut().1 }
}

// ---- the last resort ------------------------------------------------------------------------------------------

/// What [`rescue`] needs.
struct Last {
    path: AtomicPtr<core::ffi::c_char>,
    start: AtomicPtr<Start>,
    child: AtomicI32,
    /// The signals that are to be taken from the mask; all are blocked meanwhile.
    unblocked: AtomicUsize,
    /// How the command ended: [`HAS_ENDED`] and its exit code, or [`BY_SIGNAL`] and the signal.
    end: AtomicI32,
}

const HAS_ENDED: i32 = 0x100;
const BY_SIGNAL: i32 = 0x200;

/// Remembers the real command for [`rescue`].
pub fn remember_command(start: &mut Start, path: &'static CStr) {
    OURS.last.start.store(core::ptr::from_mut(start), Ordering::Relaxed);
    OURS.last.path.store(path.as_ptr().cast_mut(), Ordering::Relaxed);
}

/// Remembers the running command for [`rescue`], and the signal mask to restore.
pub fn remember_child(child: i32, mask: u64) {
    OURS.last.unblocked.store(!mask as usize, Ordering::Relaxed);
    OURS.last.child.store(child, Ordering::Relaxed);
}

/// Remembers for [`rescue`] how the command ended: it has run, and is not started again.
pub fn remember_end(end: Change) {
    OURS.last.child.store(0, Ordering::Relaxed);
    OURS.last.start.store(core::ptr::null_mut(), Ordering::Relaxed);
    let end = match end {
        Change::Exited(code) => HAS_ENDED | i32::from(code),
        Change::Killed(signal) => BY_SIGNAL | i32::from(signal.0),
        Change::None | Change::Stopped(_) | Change::Continued => return,
    };
    OURS.last.end.store(end, Ordering::Relaxed);
}

/// What the panic handler does: becomes the real command if it has not been started yet, else waits for it and ends as
/// it ends. Our fault is not the user's.
pub fn rescue() -> ! {
    let last = &OURS.last;
    let child = last.child.load(Ordering::Relaxed);
    last.child.store(0, Ordering::Relaxed);
    if child > 0 {
        loop {
            match wait(child, Wait::End) {
                Ok(Change::Exited(code)) => exit(code),
                Ok(Change::Killed(signal)) => die(signal),
                Ok(_) | Err(Errno::INTR) => {}
                Err(_) => exit(1),
            }
        }
    }
    let (start, path) = (last.start.load(Ordering::Relaxed), last.path.load(Ordering::Relaxed));
    last.start.store(core::ptr::null_mut(), Ordering::Relaxed);
    if !start.is_null() && !path.is_null() {
        unblock(last.unblocked.load(Ordering::Relaxed) as u64);
        // SAFETY: both were remembered by `main`, whose frame never ends.
        unsafe { (*start).become_program(CStr::from_ptr(path)) };
    }
    match last.end.load(Ordering::Relaxed) {
        0 => exit(126),
        end if end & BY_SIGNAL != 0 => die(Signal(end as u8)),
        end => exit(end as u8),
    }
}

// ---- the entry point ------------------------------------------------------------------------------------------

/// Makes a program of this crate: `_start`, which hands the initial stack to `$main`, the panic handler, and the memory
/// functions that the compiler calls and a libc would bring. Must stand in the binary, not in this library: the command
/// links this library beside a real libc.
#[macro_export]
macro_rules! entry {
    ($main:path) => {
        // The stack at entry is aligned to 16 bytes; four slots stay free below the vectors (`sys::SPARE`).
        #[cfg(target_arch = "x86_64")]
        core::arch::global_asm!(
            ".globl _start",
            "_start:",
            "xor ebp, ebp",
            "mov rdi, rsp",
            "sub rsp, 32",
            "call {main}",
            "ud2",
            main = sym entry_of_stack
        );
        #[cfg(target_arch = "aarch64")]
        core::arch::global_asm!(
            ".globl _start",
            "_start:",
            "mov x29, 0",
            "mov x0, sp",
            "sub sp, sp, 32",
            "bl {main}",
            "brk 1",
            main = sym entry_of_stack
        );

        /// Marks this file as a shim, for other shims.
        #[used]
        #[unsafe(link_section = ".note.onramp")]
        static NOTE: [u8; $crate::paths::ELF_NOTE.len()] = $crate::paths::ELF_NOTE;

        extern "C" fn entry_of_stack(stack: *mut usize) -> ! {
            // SAFETY: called by `_start` only, with the stack pointer at entry and four free slots below.
            let start = unsafe { $crate::sys::Start::of_stack(stack) };
            $main(start)
        }

        #[panic_handler]
        fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
            $crate::sys::rescue()
        }

        /// core is built with unwind tables that name these; nothing ever unwinds.
        #[unsafe(no_mangle)]
        extern "C" fn rust_eh_personality() {}
        #[unsafe(no_mangle)]
        extern "C" fn _Unwind_Resume() -> ! {
            $crate::sys::rescue()
        }

        /// memcpy(3).
        ///
        /// # Safety
        /// As memcpy(3).
        #[unsafe(no_mangle)]
        unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
            // SAFETY: the caller's promise.
            unsafe { $crate::sys::copy_up(to, from, count) }
        }

        /// memmove(3).
        ///
        /// # Safety
        /// As memmove(3).
        #[unsafe(no_mangle)]
        unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
            // SAFETY: the caller's promise; the direction is chosen so that nothing is read after it was written.
            unsafe {
                if (to as usize).wrapping_sub(from as usize) >= count {
                    $crate::sys::copy_up(to, from, count)
                } else {
                    $crate::sys::copy_down(to, from, count);
                    to
                }
            }
        }

        /// memset(3).
        ///
        /// # Safety
        /// As memset(3).
        #[unsafe(no_mangle)]
        unsafe extern "C" fn memset(to: *mut u8, byte: i32, count: usize) -> *mut u8 {
            // SAFETY: the caller's promise.
            unsafe { $crate::sys::fill(to, byte as u8, count) };
            to
        }

        /// memcmp(3).
        ///
        /// # Safety
        /// As memcmp(3).
        #[unsafe(no_mangle)]
        unsafe extern "C" fn memcmp(a: *const u8, b: *const u8, count: usize) -> i32 {
            // SAFETY: the caller's promise.
            unsafe { $crate::sys::compare(a, b, count) }
        }

        /// bcmp(3): memcmp whose sign does not matter.
        ///
        /// # Safety
        /// As memcmp(3).
        #[unsafe(no_mangle)]
        unsafe extern "C" fn bcmp(a: *const u8, b: *const u8, count: usize) -> i32 {
            // SAFETY: the caller's promise.
            unsafe { $crate::sys::compare(a, b, count) }
        }

        /// strlen(3).
        ///
        /// # Safety
        /// As strlen(3).
        #[unsafe(no_mangle)]
        unsafe extern "C" fn strlen(text: *const u8) -> usize {
            // SAFETY: the caller's promise.
            unsafe { $crate::sys::length(text) }
        }
    };
}

/// What is copied, filled and compared at once where there is enough of it.
type Block = u128;
const BLOCK: usize = size_of::<Block>();
const TWO_BLOCKS: usize = 2 * BLOCK;

/// Keeps the compiler from seeing a loop for what it is: it would put a call of memcpy into memcpy.
#[inline(always)]
fn stay_a_loop() {
    // SAFETY: there is no instruction in it.
    unsafe { core::arch::asm!("", options(nostack, preserves_flags)) };
}

/// Copies upwards: what overlaps may lie above, not below. Answers with `to`, as memcpy(3) does.
///
/// # Safety
/// `count` bytes must be readable and writable, and `to` not inside `from..from+count`.
pub unsafe fn copy_up(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    // SAFETY: the caller's promise. Each pair reads both ends before it writes: together they cover all between.
    unsafe {
        match count {
            TWO_BLOCKS.. => {
                let last = count - TWO_BLOCKS;
                let end = from.add(last).cast::<[Block; 2]>().read_unaligned();
                let mut at = 0;
                while at < last {
                    to.add(at).cast::<[Block; 2]>().write_unaligned(from.add(at).cast::<[Block; 2]>().read_unaligned());
                    at += TWO_BLOCKS;
                    stay_a_loop();
                }
                to.add(last).cast::<[Block; 2]>().write_unaligned(end);
            }
            BLOCK.. => copy_ends::<Block>(to, from, count),
            8.. => copy_ends::<u64>(to, from, count),
            4.. => copy_ends::<u32>(to, from, count),
            2.. => copy_ends::<u16>(to, from, count),
            1 => *to = *from,
            0 => {}
        }
    }
    to
}

/// Copies the first and the last `T` of so many bytes.
///
/// # Safety
/// As [`copy_up`], for at least one `T` and at most two.
unsafe fn copy_ends<T: Copy>(to: *mut u8, from: *const u8, count: usize) {
    let last = count - size_of::<T>();
    // SAFETY: the caller's promise.
    unsafe {
        let ends = (from.cast::<T>().read_unaligned(), from.add(last).cast::<T>().read_unaligned());
        to.cast::<T>().write_unaligned(ends.0);
        to.add(last).cast::<T>().write_unaligned(ends.1);
    }
}

/// Copies downwards.
///
/// # Safety
/// As [`copy_up`], with `to` above `from`.
pub unsafe fn copy_down(to: *mut u8, from: *const u8, count: usize) {
    for at in (0..count).rev() {
        // SAFETY: the caller's promise.
        unsafe { *to.add(at) = *from.add(at) };
        stay_a_loop();
    }
}

/// Fills memory with a byte.
///
/// # Safety
/// `count` bytes must be writable.
pub unsafe fn fill(to: *mut u8, byte: u8, count: usize) {
    let block = Block::from_ne_bytes([byte; BLOCK]);
    let blocks = count.saturating_sub(BLOCK);
    // SAFETY: the caller's promise; the last block overlaps the one before.
    unsafe {
        for at in (0..blocks).step_by(BLOCK) {
            to.add(at).cast::<Block>().write_unaligned(block);
            stay_a_loop();
        }
        if count >= BLOCK {
            return to.add(blocks).cast::<Block>().write_unaligned(block);
        }
        for at in 0..count {
            *to.add(at) = byte;
            stay_a_loop();
        }
    }
}

/// Compares memory; negative, zero or positive.
///
/// # Safety
/// `count` bytes of both must be readable.
#[must_use]
pub unsafe fn compare(a: *const u8, b: *const u8, count: usize) -> i32 {
    let mut at = 0;
    // SAFETY: the caller's promise. What is no whole number of words ends with one that overlaps the one before: so far both
    // are the same.
    unsafe {
        if count >= WORD {
            let last = count - WORD;
            loop {
                let (x, y) = (a.add(at).cast::<u64>().read_unaligned(), b.add(at).cast::<u64>().read_unaligned());
                if x != y {
                    return if u64::from_be(x) < u64::from_be(y) { -1 } else { 1 };
                }
                if at == last {
                    return 0;
                }
                at += WORD;
                if at > last {
                    at = last;
                }
                stay_a_loop();
            }
        }
        while at < count {
            let (x, y) = (*a.add(at), *b.add(at));
            if x != y {
                return i32::from(x) - i32::from(y);
            }
            at += 1;
            stay_a_loop();
        }
    }
    0
}

/// The length of a string that ends with a zero byte.
///
/// # Safety
/// It must end.
#[must_use]
pub unsafe fn length(text: *const u8) -> usize {
    let ahead = text as usize % WORD;
    // SAFETY: the caller's promise. A word on a word's boundary ends in the page in which it begins, so that what lies
    // before the string and behind it may be read with it.
    unsafe {
        let mut word = text.sub(ahead).cast::<u64>();
        // What lies before the string counts as filled.
        let mut found = zeroes(u64::from_le(word.read_volatile()) | !(!0 << (8 * ahead)));
        while found == 0 {
            word = word.add(1);
            found = zeroes(u64::from_le(word.read_volatile()));
        }
        word as usize + found.trailing_zeros() as usize / 8 - text as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that differ from their neighbours.
    fn bytes(count: usize, seed: u8) -> Vec<u8> {
        (0..count).map(|n| (n as u8).wrapping_mul(37).wrapping_add(seed)).collect()
    }

    #[test]
    fn memory_is_copied_filled_and_compared_at_every_length() {
        for count in 0..70 {
            let from = bytes(count, 1);
            let mut to = vec![0; count + 2];
            // SAFETY: both have room for `count` bytes, here and below.
            unsafe { copy_up(to[1..].as_mut_ptr(), from.as_ptr(), count) };
            assert_eq!((to[0], &to[1..=count], to[count + 1]), (0, &from[..], 0), "{count}");
            // SAFETY: as above.
            unsafe { fill(to[1..].as_mut_ptr(), 7, count) };
            assert_eq!((to[0], to[count + 1]), (0, 0), "{count}");
            assert!(to[1..=count].iter().all(|b| *b == 7), "{count}");
            for place in 0..count {
                let mut other = from.clone();
                other[place] = other[place].wrapping_add(1);
                // SAFETY: both have `count` bytes.
                let order = unsafe { compare(from.as_ptr(), other.as_ptr(), count) };
                assert_eq!(order.signum(), from.cmp(&other) as i32, "{count} {place}");
            }
            // SAFETY: as above.
            assert_eq!(unsafe { compare(from.as_ptr(), from.as_ptr(), count) }, 0);
        }
    }

    #[test]
    fn what_overlaps_is_copied_in_its_direction() {
        for count in 0..70 {
            for apart in 1..40 {
                let mut memory = bytes(count + apart, 3);
                let mut expected = memory.clone();
                expected.copy_within(apart.., 0);
                let start = memory.as_mut_ptr();
                // SAFETY: both parts lie in `memory`.
                unsafe { copy_up(start, start.add(apart), count) };
                assert_eq!(memory, expected, "up {count} {apart}");
                expected.copy_within(..count, apart);
                let start = memory.as_mut_ptr();
                // SAFETY: as above.
                unsafe { copy_down(start.add(apart), start, count) };
                assert_eq!(memory, expected, "down {count} {apart}");
            }
        }
    }

    #[test]
    fn a_string_ends_at_its_first_zero() {
        for count in 0..40 {
            let text: Vec<u8> = (0..count).map(|n| 128 + n as u8).chain([0]).collect();
            for skipped in 0..=count {
                // SAFETY: the last byte is zero.
                assert_eq!(unsafe { length(text[skipped..].as_ptr()) }, count - skipped);
            }
            assert_eq!(c_str(&text).map(CStr::count_bytes), Some(count));
            assert_eq!(c_str(&text[..count]), None);
            for place in 0..count {
                let mut torn = text.clone();
                torn[place] = 0;
                assert_eq!(c_str(&torn), None, "{count} {place}");
            }
        }
    }

    #[test]
    fn a_text_has_no_zero_but_the_one_behind_it() {
        for length in 0..40 {
            let added = bytes(length, 128).iter().map(|byte| byte | 1).collect::<Vec<_>>();
            for place in (0..length).map(Some).chain([None]) {
                let mut memory = vec![7; length + 3];
                let mut text = Text::new(&mut memory);
                assert!(text.add(false, b"a"));
                let mut torn = added.clone();
                place.into_iter().for_each(|place| torn[place] = 0);
                assert_eq!(text.add(true, &torn), place.is_none(), "{length} {place:?}");
                let whole = if place.is_none() { [b"a/", &added[..]].concat() } else { b"a".to_vec() };
                assert_eq!(text.c_str().unwrap().to_bytes(), whole);
                assert!(!text.add(true, &[9; 60]));
                assert_eq!(text.into_c_str().unwrap().to_bytes(), whole);
            }
        }
        assert_eq!(Text::new(&mut []).c_str(), None);
    }

    /// A process that is rescued after its command has ended.
    #[test]
    #[ignore = "a process of its own, that the next test starts"]
    fn rescued_after_the_end() {
        let (words, entries) = ([c"true".as_ptr().cast::<u8>(), core::ptr::null()], [core::ptr::null::<u8>()]);
        let mut start = Start {
            words: words.as_ptr().cast_mut(),
            word_count: 1,
            entries: entries.as_ptr().cast_mut(),
            entry_count: 0,
            marked: false,
            person: 0,
            program: None,
        };
        remember_command(&mut start, c"/bin/true");
        remember_child(0, 0);
        remember_end(Change::Exited(7));
        rescue();
    }

    #[test]
    fn a_command_that_has_run_is_not_run_again() {
        let own = std::env::current_exe().unwrap();
        let words = ["--exact", "sys::tests::rescued_after_the_end", "--include-ignored"];
        let ended = std::process::Command::new(own).args(words).output().unwrap();
        assert_eq!(ended.status.code(), Some(7), "{ended:?}");
    }
}
