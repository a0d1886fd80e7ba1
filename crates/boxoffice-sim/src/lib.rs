//! A whole house, simulated by seed: the real engine, writer and recovery over a disk, a network,
//! clocks and clients that do everything that can go wrong, and a judge that shares no code with
//! them.
//!
//! A run of a seed is the same on every machine. `boxoffice-sim --seed N` replays it.
//!
//! Invariants: one thread, virtual time; all randomness comes from the seed.
//! Never: the network, files, or the clocks of the machine that it runs on.

pub mod history;
pub mod judge;
pub mod model;
pub mod rng;
pub mod run;
pub mod world;
