//! The only way to the kernel. (Follows.)
