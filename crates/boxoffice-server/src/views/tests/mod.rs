//! Tests of the views against hand-made entries.

mod ends;
mod feed;
mod following;
mod histories;
mod maps;
mod streams;
mod totals;
