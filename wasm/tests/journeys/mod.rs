//! What the package promises, a file for each matter. They run in every environment.

mod abort;
mod backpressure;
mod byob;
mod chunks;
mod close;
mod collapse;
mod connect;
mod credit;
mod crowd;
mod deadlines;
mod direct;
mod echo;
mod endings;
mod fuzz;
mod heartbeat;
mod hidden;
mod idle;
mod incoming;
mod iteration;
mod options;
mod priority;
mod server;
mod settings;
mod signals;
mod sockets;
mod stats;
