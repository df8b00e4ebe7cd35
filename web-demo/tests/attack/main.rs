//! The program as a whole against peers that attack it, and against what can happen to a process. Measured is
//! what the system says of its memory.
#![cfg(target_os = "linux")]

mod demo;
mod faults;
mod hostile;
